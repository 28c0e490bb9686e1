package event

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusEvents returns the JSON of every event in the corpus beside the
// repository, by file name; the test is skipped when it is not there.
func corpusEvents(t testing.TB) map[string][]byte {
	t.Helper()
	events := map[string][]byte{}
	dir := corpusDir(t)
	bodies, _ := filepath.Glob(filepath.Join(dir, "sdk", "*", "*.body"))
	for _, name := range bodies {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range eventsOf(unpack(body)) {
			events[strings.TrimPrefix(name, dir)+"#"+string(rune('0'+i))] = e
		}
	}
	for _, pattern := range []string{"events/*.json", "grouping/inputs/*.json"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range files {
			if body, err := os.ReadFile(name); err == nil {
				events[strings.TrimPrefix(name, dir)] = body
			}
		}
	}
	return events
}

func corpusDir(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Skip("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "corpus")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the corpus is not beside the repository")
	}
	return dir
}

// unpack undoes gzip and base64(zlib).
func unpack(body []byte) []byte {
	if r, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
		if out, err := io.ReadAll(r); err == nil {
			return out
		}
	}
	if raw, err := base64.StdEncoding.DecodeString(string(body)); err == nil {
		if r, err := zlib.NewReader(bytes.NewReader(raw)); err == nil {
			if out, err := io.ReadAll(r); err == nil {
				return out
			}
		}
	}
	return body
}

// eventsOf returns the event of a store body, or the event items of an envelope.
func eventsOf(body []byte) (events [][]byte) {
	header, rest, isEnvelope := bytes.Cut(body, []byte("\n"))
	if !isEnvelope || !json.Valid(header) {
		if json.Valid(body) && bytes.HasPrefix(body, []byte("{")) {
			return [][]byte{body}
		}
		return nil
	}
	for len(rest) > 0 {
		var item struct {
			Type   string `json:"type"`
			Length int    `json:"length"`
		}
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		if json.Unmarshal(line, &item) != nil {
			return events
		}
		payload := after
		if item.Length > 0 && item.Length <= len(after) {
			payload, rest = after[:item.Length], after[min(item.Length+1, len(after)):]
		} else {
			payload, rest, _ = bytes.Cut(after, []byte("\n"))
		}
		if item.Type == "event" {
			events = append(events, payload)
		}
	}
	return events
}
