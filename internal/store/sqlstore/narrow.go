package sqlstore

import "context"

const (
	// rare is up to how many rows of a day are asked one by one for the other words
	// of a query. Reading a row's words takes some 100 µs with its block, and FTS5
	// 1 to 4 ms to step over those that a common word has in a day of 60,000 rows.
	rare = 20
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
	if q.words.nothing() && len(q.issueIDs) > 0 {
		return nil // the index of issues says it
	}
	if err := q.spellOut(ctx, c); err != nil {
		return err
	}
	found, err := q.sift(ctx, c)
	if err != nil {
		return err
	}
	if found.none {
		q.span.until = q.span.from
		return nil
	}
	if len(found.scarce) == 0 {
		q.words.all, q.issueIDs = append(q.words.all, q.scope()), nil // the token says it
		return nil
	}
	q.words.all, q.sorted = found.scarce, true
	for _, group := range found.rest {
		switch {
		case group.verified:
		case found.rare:
			q.left.all = append(q.left.all, group)
		default:
			q.words.all = append(q.words.all, group)
		}
	}
	if found.rare {
		q.left.none, q.words.none = q.words.none, nil
		q.span.limit = max(q.span.limit, rare) // all at once, not one after the other until enough are left
	}
	return nil
}

// scope is the token of the query's issue, which stands for its project too, or of its project.
func (q *rowQuery) scope() wordGroup {
	if len(q.issueIDs) > 0 {
		return issueTokens(q.issueIDs)
	}
	return wordGroup{words: []word{{text: projectToken(q.projectID)}}}
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

// sifted are a query's groups by how many rows of its span have one of their words, whoever they belong to.
type sifted struct {
	scarce, rest []wordGroup
	// rare is set when the scarce ones are, and none when no row has one of a group.
	rare, none bool
}

// sift looks for rare groups first, because to count up to what is scarce takes ten times as long.
func (q *rowQuery) sift(ctx context.Context, c conn) (s sifted, err error) {
	groups := q.words.all
	// An issue that is likely to be scarce is one of them, any other only where the words are all common.
	seldom := len(q.issueIDs) > 0 && q.issueEvents <= 10*scarce
	if seldom {
		groups = append([]wordGroup{q.scope()}, groups...)
	}
	if s, err = q.siftBy(ctx, c, groups, rare); err != nil || s.none || len(s.scarce) > 0 {
		s.rare = q.askable
		return s, err
	}
	if s, err = q.siftBy(ctx, c, groups, scarce); err != nil || len(s.scarce) > 0 || seldom || len(q.issueIDs) == 0 {
		return s, err
	}
	issue, err := q.siftBy(ctx, c, []wordGroup{q.scope()}, scarce)
	s.scarce, s.none = issue.scarce, issue.none
	return s, err
}

// siftBy parts groups by whether at most so many rows have one of their words.
// To count up to what is scarce takes half a millisecond, so that one group of
// these is enough: the others are asked for with it, but for the verified ones.
func (q *rowQuery) siftBy(ctx context.Context, c conn, groups []wordGroup, most int) (s sifted, err error) {
	for _, group := range groups {
		if enough := most == scarce && len(s.scarce) > 0 && !group.verified; enough || prefixed(group.words) {
			s.rest = append(s.rest, group)
			continue
		}
		n, err := q.count(ctx, c, group, most+1)
		if err != nil {
			return s, err
		}
		if n > most {
			s.rest = append(s.rest, group)
			continue
		}
		s.scarce = append(s.scarce, group)
		if s.none = n == 0; s.none {
			break
		}
	}
	return s, nil
}

// count is how many rows of the span have one of a group's words, up to so many.
func (q *rowQuery) count(ctx context.Context, c conn, group wordGroup, most int) (n int, err error) {
	w := &where{}
	w.add(c.d.wordsMatch(q.table), c.d.match(&wordMatch{all: []wordGroup{group}}))
	w.add("w.rowid >= ? AND w.rowid < ?", q.span.from, q.span.until)
	err = c.row(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM "+q.table.words+" w WHERE "+w.String()+w.numbered(" LIMIT ?)", most), w.args, &n)
	return n, err
}
