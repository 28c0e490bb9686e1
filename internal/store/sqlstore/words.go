package sqlstore

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
)

// maxWords bounds the words that one event or log entry adds to the index.
const maxWords = 150

// usualWords are as many as most add, those of its project and issue included.
const usualWords = 28

// tagTokenBits keeps a tag's token short in the index; a collision is sorted
// out when the summary is verified.
const tagTokenBits = 40

// tagToken stands for a tag in the index of words. Words of a text have no upper
// case, as its mark has on SQLite; on PostgreSQL no text of its form is likely.
func (d *dialect) tagToken(key, value string) string {
	var room [maxTagToken]byte
	return string(d.appendTagToken(room[:0], key, value))
}

// beginTokens returns the beginning of a word that a text term asks for if tokens
// of tags begin so too: what the index finds must then be asked for the word itself.
func (d *dialect) beginTokens(t search.Term) (beginning string, ok bool) {
	words := search.Words(t.Value)
	if !t.Prefix || len(words) == 0 || t.Negate && len(words) > 1 { // the last is verified with the others
		return "", false
	}
	last := words[len(words)-1]
	return last, strings.HasPrefix(d.tagMark, last) || strings.HasPrefix(last, d.tagMark)
}

// hasWordFrom reports whether a text has a word in the index that begins so.
func hasWordFrom(text, beginning string) bool {
	return slices.ContainsFunc(search.AppendIndexWords(nil, text, maxWords), func(w string) bool { return strings.HasPrefix(w, beginning) })
}

// maxTagToken is how long a token may be: a mark of two, and tagTokenBits are up to eight digits.
const maxTagToken = 10

func (d *dialect) appendTagToken(to []byte, key, value string) []byte {
	h := hashed(hashed(hashed(hashBasis, key), "\x00"), value)
	return strconv.AppendUint(append(to, d.tagMark...), mix(h)>>(64-tagTokenBits), 36)
}

// appendTagTokens adds the tokens of tags, which are parts of one string.
func (d *dialect) appendTagTokens(words []string, tags []event.Tag) []string {
	var text strings.Builder
	text.Grow(maxTagToken * len(tags))
	var room [maxTagToken]byte
	for _, t := range tags {
		start := text.Len()
		text.Write(d.appendTagToken(room[:0], t.Key, t.Value))
		words = append(words, text.String()[start:])
	}
	return words
}

// projectToken scopes a search on SQLite: it lets the index skip other projects' rows.
func projectToken(projectID int64) string { return "P" + strconv.FormatInt(projectID, 36) }

// issueToken scopes a search to the issue that an event was stored under.
func issueToken(issueID int64) string { return "I" + strconv.FormatInt(issueID, 36) }

func (d *dialect) summaryWords(s *summary, e eventRef) []string {
	return d.appendTagTokens(d.textWords(s.searchText, e, len(s.tags)), s.tags)
}

// textWords are the words of an event but for its tags, with room for so many.
func (d *dialect) textWords(searchText string, e eventRef, tags int) []string {
	words := search.AppendIndexWords(make([]string, 0, usualWords+tags), searchText, maxWords)
	if d.ownWords {
		words = append(words, projectToken(e.projectID), issueToken(e.issueID))
	}
	return words
}

func (d *dialect) logWords(l *store.LogRow) []string {
	tags := logTags(l)
	words := search.AppendIndexWords(make([]string, 0, usualWords+len(tags)), l.Body, maxWords)
	if d.ownWords {
		words = append(words, projectToken(l.ProjectID))
	}
	return d.appendTagTokens(words, tags)
}

// logTags are the fields of a log entry that a query can name.
func logTags(l *store.LogRow) []event.Tag {
	var tags []event.Tag
	for _, t := range []event.Tag{
		{Key: "level", Value: l.Level.String()}, {Key: "logger", Value: l.Logger}, {Key: "release", Value: l.Release},
		{Key: "environment", Value: l.Environment}, {Key: "server_name", Value: l.ServerName},
		{Key: "trace", Value: l.TraceID}, {Key: "pattern", Value: l.Pattern},
	} {
		if t.Value != "" {
			tags = append(tags, t)
		}
	}
	return tags
}

// userHash identifies a user in counters. 64 bits make a collision unlikely below billions of users.
func userHash(userKey string) uint64 {
	return mix(hashed(hashBasis, userKey))
}

// hashBasis is what FNV-1a begins with.
const hashBasis uint64 = 14695981039346656037

// hashed goes on with FNV-1a (64 bits) as hash/fnv does, which makes copies of
// strings: thirty of an event are hashed. What it gives is stored and may not change.
func hashed(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// mix spreads FNV's weak high bits (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
