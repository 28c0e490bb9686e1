// Package groupingcli is the body of "mesher grouping": it reads JSON, one
// value a line, and prints what grouping makes of it, one JSON value a line.
// The scoring scripts and people who try rules use it.
package groupingcli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/grouping"
)

// maxLine bounds one line of input, in bytes.
const maxLine = 64 << 20

// Modes lists what Run can do: normalize (a string → its template), frames
// ({"platform","frame"} → [where, function] or null), templates (a string →
// the pattern the learner has for it in the end) and event (an event in
// Sentry's JSON → basis, hashes, title, culprit and explanation).
func Modes() []string { return []string{"normalize", "frames", "templates", "event"} }

// Run reads in to its end and writes one line for each line of it, in order.
// Only the mode event uses the rules. The first line that is not valid JSON
// ends it with an error that names the line.
func Run(mode string, rules grouping.Rules, in io.Reader, out io.Writer) error {
	w := bufio.NewWriter(out)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	each, end, err := reader(mode, rules, enc)
	if err != nil {
		return err
	}
	for n := 1; lines.Scan(); n++ {
		if err := each(lines.Bytes()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	if err := end(); err != nil {
		return err
	}
	return w.Flush()
}

// reader returns what to do with each line and at the end.
func reader(mode string, rules grouping.Rules, enc *json.Encoder) (each func([]byte) error, end func() error, err error) {
	done := func() error { return nil }
	switch mode {
	case "normalize":
		return func(line []byte) error { return normalize(line, enc) }, done, nil
	case "frames":
		return func(line []byte) error { return frame(line, enc) }, done, nil
	case "templates":
		t := &templates{learner: grouping.NewLearner()}
		return t.learn, func() error { return t.print(enc) }, nil
	case "event":
		g := grouping.New(rules)
		return func(line []byte) error { return explain(g, line, enc) }, done, nil
	}
	return nil, nil, fault.Field("mode", "unknown mode %q: use one of %q", mode, Modes())
}

func normalize(line []byte, enc *json.Encoder) error {
	var s string
	if err := json.Unmarshal(line, &s); err != nil {
		return fmt.Errorf("read a JSON string: %w", err)
	}
	return enc.Encode(grouping.Parameterize(s))
}

// frameInput is one frame as SDKs send it.
type frameInput struct {
	Platform string `json:"platform"`
	Frame    struct {
		Function        string `json:"function"`
		Module          string `json:"module"`
		Filename        string `json:"filename"`
		AbsPath         string `json:"abs_path"`
		Package         string `json:"package"`
		Platform        string `json:"platform"`
		InstructionAddr string `json:"instruction_addr"`
		ContextLine     string `json:"context_line"`
		Line            int    `json:"lineno"`
		Column          int    `json:"colno"`
		InApp           *bool  `json:"in_app"`
	} `json:"frame"`
}

func frame(line []byte, enc *json.Encoder) error {
	var in frameInput
	if err := json.Unmarshal(line, &in); err != nil {
		return fmt.Errorf("read a frame: %w", err)
	}
	f := in.Frame
	key := grouping.FrameKey(in.Platform, &event.Frame{
		Function: f.Function, Module: f.Module, Filename: f.Filename, AbsPath: f.AbsPath, Package: f.Package, Platform: f.Platform,
		InstructionAddr: f.InstructionAddr, ContextLine: f.ContextLine, Line: f.Line, Column: f.Column, InApp: f.InApp,
	})
	if key == (grouping.Key{}) {
		return enc.Encode(nil)
	}
	return enc.Encode([]string{key.Where, key.Function})
}
