// Package wordindex finds rows by their words. It is an inverted index in the
// form of a log-structured merge tree (O'Neil et al., 1996): each batch of rows
// becomes a run, which never changes, and small runs are merged into larger
// ones. A run is a list of leaves that a caller keeps wherever it likes, in the
// order of their first word and id.
//
// Rows have ids that grow with time, so that runs seldom overlap, and the newest
// rows are found in the newest runs. Nothing is ever removed from a run: a row
// that was deleted is found until its run is merged with a filter that leaves it
// out. Deleted rows may be the rows of a word in another index. Ids are not negative.
package wordindex

// Run is what is known of a run without its leaves.
type Run struct {
	// Number tells a run from all others of an index.
	Number int64
	// First and Last are the lowest and the highest id of its rows.
	First, Last int64
	// Rows is how many it was made of.
	Rows int64
}

// overlaps reports whether a run may have ids with from ≤ id < until.
func (r *Run) overlaps(from, until int64) bool { return r.First < until && r.Last >= from }

// Leaf is a part of a run: words in order, each with ids in order. A word with
// many ids goes on in the next leaf.
type Leaf struct {
	// Word is the first word, and First the first id that the leaf has of it.
	Word  []byte
	First int64
	// Data is what follows from these and the first id of the run.
	Data []byte
}

// Word is a word that is looked for, or the beginning of one.
type Word struct {
	Text   string
	Prefix bool
}
