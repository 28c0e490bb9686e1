package sqlstore

import (
	"context"
	"errors"
	"slices"

	"github.com/mesher/mesher/internal/store"
)

const (
	// scarce is up to how many rows are looked up to see whose they are. The word
	// index takes 0.07 µs to step over a row, and looking one up takes some 3 µs,
	// so that for a day of 60,000 rows it comes to the same.
	scarce = 1000
	// maxBegun is how many words the beginning of one may stand for to be looked
	// for one by one; FTS5 gathers every row of all of them before it gives the first.
	maxBegun = 20
)

// narrow makes a query as selective as SQLite's word index can use. FTS5
// compares the lists of two words row by row, so it is asked for what few rows
// have, and for the project and the issue only where the words say too little.
func (q *rowQuery) narrow(ctx context.Context, c conn) error {
	if q.words.empty() && len(q.words.none) == 0 && len(q.issueIDs) > 0 {
		return nil // the index of issues says it
	}
	if err := q.spellOut(ctx, c); err != nil {
		return err
	}
	few, err := q.leaveOutCommon(ctx, c)
	if err != nil || few {
		return err
	}
	if len(q.issueIDs) > 0 { // they are of the project
		q.words.requireIssue(q.issueIDs)
		q.issueIDs = nil
	} else {
		q.words.require(word{text: projectToken(q.projectID)})
	}
	return nil
}

// spellOut replaces beginnings of words by the words that begin so, where they are few.
func (q *rowQuery) spellOut(ctx context.Context, c conn) error {
	for i, group := range q.words.all {
		if !prefixed(group.words) {
			continue
		}
		var spelt []word
		for _, w := range group.words {
			if !w.prefix {
				spelt = append(spelt, w)
				continue
			}
			begun, err := wordsFrom(ctx, c, q.table, w.text)
			if err != nil {
				return err
			}
			spelt = append(spelt, begun...)
		}
		q.words.all[i].words = spelt
	}
	return nil
}

// wordsFrom returns the words of an index that begin so, or the beginning itself
// when they are too many or none. Each step goes to the first word after the one before.
func wordsFrom(ctx context.Context, c conn, table wordTable, beginning string) ([]word, error) {
	next := "(SELECT term FROM " + table.vocabulary + " WHERE term >= "
	list, err := all(ctx, c, func(r scanner) (w word, err error) { return w, r.Scan(&w.text) },
		"WITH RECURSIVE begun (term) AS (SELECT "+next+"$1 LIMIT 1) UNION ALL SELECT "+next+"begun.term || char(1) LIMIT 1) FROM begun WHERE substr(begun.term, 1, length($1)) = $1) "+
			"SELECT term FROM begun WHERE substr(term, 1, length($1)) = $1 LIMIT $2", beginning, maxBegun+1)
	if len(list) == 0 || len(list) > maxBegun {
		return []word{{beginning, true}}, err
	}
	return list, err
}

// leaveOutCommon leaves out groups of common words that are verified anyway when
// others are scarce, and reports whether the words are scarce together.
func (q *rowQuery) leaveOutCommon(ctx context.Context, c conn) (few bool, err error) {
	if q.words.empty() || slices.ContainsFunc(q.words.all, func(g wordGroup) bool { return prefixed(g.words) }) {
		return false, nil
	}
	if slices.ContainsFunc(q.words.all, func(g wordGroup) bool { return g.verified }) {
		var kept []wordGroup
		for _, group := range q.words.all {
			scarce, err := q.scarce(ctx, c, &wordMatch{all: []wordGroup{group}})
			if err != nil {
				return false, err
			}
			if scarce || !group.verified {
				kept = append(kept, group)
			}
			few = few || scarce
		}
		if few {
			q.words.all = kept
			return true, nil
		}
	}
	return q.scarce(ctx, c, q.words)
}

// scarce reports whether few rows of the query's span have words, whoever they belong to.
func (q *rowQuery) scarce(ctx context.Context, c conn, words *wordMatch) (bool, error) {
	w := &where{}
	w.add(c.d.wordsMatch(q.table), c.d.match(words))
	w.add("w.rowid >= ? AND w.rowid < ?", q.span.from, q.span.until)
	var id int64
	err := c.row(ctx, "SELECT w.rowid FROM "+q.table.words+" w WHERE "+w.String()+w.numbered(" ORDER BY w.rowid"+q.span.order()+" LIMIT 1 OFFSET ?", scarce), w.args, &id)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}
