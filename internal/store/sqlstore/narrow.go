package sqlstore

import (
	"context"
	"errors"

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
// have, and for the project or the issue only where the words say too little.
func (q *rowQuery) narrow(ctx context.Context, c conn) error {
	if q.words.empty() && len(q.words.none) == 0 && len(q.issueIDs) > 0 {
		return nil // the index of issues says it
	}
	if err := q.spellOut(ctx, c); err != nil {
		return err
	}
	scope, groups := wordGroup{words: []word{{text: projectToken(q.projectID)}}}, q.words.all
	if len(q.issueIDs) > 0 { // the token of an issue stands for its project too
		scope = issueTokens(q.issueIDs)
		groups = append(groups, scope)
	}
	scarce, common, err := q.sift(ctx, c, groups)
	if err != nil {
		return err
	}
	if len(scarce) == 0 {
		q.words.all, q.issueIDs = append(q.words.all, scope), nil // the token says it
		return nil
	}
	q.words.all, q.sorted = scarce, true
	for _, group := range common {
		if !group.verified {
			q.words.all = append(q.words.all, group)
		}
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

// sift parts groups by whether few rows of the query's span have one of their words, whoever they belong to.
func (q *rowQuery) sift(ctx context.Context, c conn, groups []wordGroup) (scarceOnes, common []wordGroup, err error) {
	for _, group := range groups {
		few := false
		if !prefixed(group.words) {
			if few, err = q.scarce(ctx, c, group); err != nil {
				return nil, nil, err
			}
		}
		if few {
			scarceOnes = append(scarceOnes, group)
		} else {
			common = append(common, group)
		}
	}
	return scarceOnes, common, nil
}

func (q *rowQuery) scarce(ctx context.Context, c conn, group wordGroup) (bool, error) {
	w := &where{}
	w.add(c.d.wordsMatch(q.table), c.d.match(&wordMatch{all: []wordGroup{group}}))
	w.add("w.rowid >= ? AND w.rowid < ?", q.span.from, q.span.until)
	var id int64
	err := c.row(ctx, "SELECT w.rowid FROM "+q.table.words+" w WHERE "+w.String()+w.numbered(" ORDER BY w.rowid LIMIT 1 OFFSET ?", scarce), w.args, &id)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}
