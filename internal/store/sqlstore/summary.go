package sqlstore

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

// summary is what lists show and searches verify of an event, kept beside its
// payload in a compressed block. Its binary form is a version byte, then
// uvarints and length-prefixed strings in the order of encode.
type summary struct {
	received    int64
	rawBytes    int64
	title       string
	culprit     string
	platform    string
	release     string
	environment string
	transaction string
	userKey     string
	searchText  string
	tags        []event.Tag
}

const summaryVersion = 1

var errSummary = errors.New("sqlstore: event summary is damaged")

func summaryOf(e *store.EventRow) summary {
	return summary{
		received: e.Received, rawBytes: int64(e.RawBytes), title: e.Title, culprit: e.Culprit, platform: e.Platform,
		release: e.Release, environment: e.Environment, transaction: e.Transaction, userKey: e.UserKey,
		searchText: e.SearchText, tags: e.Tags,
	}
}

func (s *summary) strings() []*string {
	return []*string{&s.title, &s.culprit, &s.platform, &s.release, &s.environment, &s.transaction, &s.userKey, &s.searchText}
}

func (s *summary) encode(to []byte) []byte {
	to = append(to, summaryVersion)
	to = binary.AppendVarint(to, s.received)
	to = binary.AppendUvarint(to, uint64(s.rawBytes))
	for _, text := range s.strings() {
		to = appendText(to, *text)
	}
	to = binary.AppendUvarint(to, uint64(len(s.tags)))
	for _, tag := range s.tags {
		to = appendText(appendText(to, tag.Key), tag.Value)
	}
	return to
}

func appendText(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

// textReader reads what appendText and the varints wrote; after damage it
// returns zero values. Its texts are parts of one string.
type textReader struct {
	whole string
	rest  []byte
	bad   bool
}

func newTextReader(b []byte) textReader { return textReader{whole: string(b), rest: b} }

func (r *textReader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.skip(n)
	return v
}

func (r *textReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.skip(n)
	return v
}

func (r *textReader) skip(n int) {
	if n <= 0 || n > len(r.rest) {
		r.bad, r.rest = true, nil
		return
	}
	r.rest = r.rest[n:]
}

func (r *textReader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return ""
	}
	start := len(r.whole) - len(r.rest)
	r.rest = r.rest[n:]
	return r.whole[start : start+int(n)]
}

func decodeSummary(b []byte) (summary, error) {
	var s summary
	if len(b) == 0 {
		return s, nil // deleted
	}
	if b[0] != summaryVersion {
		return s, errSummary
	}
	r := newTextReader(b[1:])
	s.received, s.rawBytes = r.varint(), int64(r.uvarint())
	for _, text := range s.strings() {
		*text = r.text()
	}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		s.tags = append(s.tags, event.Tag{Key: r.text(), Value: r.text()})
	}
	if r.bad {
		return s, errSummary
	}
	return s, nil
}

// column returns what an event has in one of searchedColumns. The types of its
// exceptions are lines of its search text; those with a blank are something else.
func (s *summary) column(name string) []string {
	switch name {
	case "type":
		return slices.DeleteFunc(strings.Split(s.searchText, "\n"), func(line string) bool { return strings.Contains(line, " ") })
	case "culprit":
		return []string{s.culprit}
	default:
		return []string{s.platform}
	}
}

func (s *summary) tag(key string) (value string, ok bool) {
	for _, t := range s.tags {
		if t.Key == key {
			return t.Value, true
		}
	}
	return "", false
}
