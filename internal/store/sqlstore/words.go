package sqlstore

import (
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

// tagToken stands for a tag in the word index. No text of that form is likely,
// and one that is there is sorted out like a collision.
func tagToken(key, value string) string {
	var room [maxTagToken]byte
	return string(appendTagToken(room[:0], key, value))
}

// maxTagToken is how long a token may be: tagTokenBits are up to eight digits.
const maxTagToken = 10

func appendTagToken(to []byte, key, value string) []byte {
	h := hashed(hashed(hashed(hashBasis, key), "\x00"), value)
	return strconv.AppendUint(append(to, "zq"...), mix(h)>>(64-tagTokenBits), 36)
}

// appendTagTokens adds the tokens of tags, which are parts of one string.
func appendTagTokens(words []string, tags []event.Tag) []string {
	var text strings.Builder
	text.Grow(maxTagToken * len(tags))
	var room [maxTagToken]byte
	for _, t := range tags {
		start := text.Len()
		text.Write(appendTagToken(room[:0], t.Key, t.Value))
		words = append(words, text.String()[start:])
	}
	return words
}

// projectToken scopes a search: it lets the index skip other projects' rows.
func projectToken(projectID int64) string { return "zp" + strconv.FormatInt(projectID, 36) }

// issueToken scopes a search to the issue that an event was stored under.
func issueToken(issueID int64) string { return "zi" + strconv.FormatInt(issueID, 36) }

func (d *dialect) summaryWords(s *summary, e eventRef) []string {
	return appendTagTokens(d.textWords(s.searchText, e, len(s.tags)), s.tags)
}

// textWords are the words of an event but for its tags, with room for so many.
func (d *dialect) textWords(searchText string, e eventRef, tags int) []string {
	words := search.AppendIndexWords(make([]string, 0, usualWords+tags), searchText, maxWords)
	if d.scopeTokens {
		words = append(words, projectToken(e.projectID), issueToken(e.issueID))
	}
	return words
}

// holds reports whether an event matches, as the index of its words would say.
func (d *dialect) holds(m *wordMatch, s *summary, e eventRef) bool {
	return m.nothing() || m.matches(d.summaryWords(s, e))
}

func (d *dialect) logWords(l *store.LogRow) []string {
	tags := logTags(l)
	words := search.AppendIndexWords(make([]string, 0, usualWords+len(tags)), l.Body, maxWords)
	if d.scopeTokens {
		words = append(words, projectToken(l.ProjectID))
	}
	return appendTagTokens(words, tags)
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
