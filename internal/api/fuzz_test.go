package api

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/org"
)

// callsPerOperation of the property test; each takes about a millisecond.
const callsPerOperation = 60

// TestAnyInputIsAnswered sends what the document allows, and what it does not,
// to every operation: no answer is a 5xx, and every body has the documented shape.
func TestAnyInputIsAnswered(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := &inputs{Rand: rand.New(rand.NewPCG(7, 7)), w: w, schemas: w.server.api.OpenAPI().Components.Schemas}
		token := w.token("owner", org.Scopes()...)
		for _, op := range w.operations() {
			w.issue, w.event = w.newIssue(w.project) // an operation before may have deleted it
			for range callsPerOperation {
				who := token
				if r, _ := op.Metadata[ruleKey].(rule); r.on == onAccount {
					who = w.session("owner")
				}
				c := g.call(op, who)
				g.check(t, op, c, w.do(c))
			}
		}
	})
}

// inputs makes values for schemas, most of them valid.
type inputs struct {
	*rand.Rand
	w       *world
	schemas huma.Registry
}

func (g *inputs) call(op documented, who string) call {
	path, query := op.Path, url.Values{}
	header := map[string]string{}
	for _, p := range op.Parameters {
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(g.pathValue(p)))
		case "query":
			if p.Required || g.IntN(3) == 0 {
				query.Set(p.Name, fmt.Sprint(g.value(p.Schema, 0)))
			}
		case "header":
			header[p.Name] = []string{`"1"`, "*", "x"}[g.IntN(3)]
		}
	}
	c := call{method: op.Method, path: path + "?" + query.Encode(), who: who, header: header}
	if op.RequestBody != nil {
		c.body = g.value(op.RequestBody.Content["application/json"].Schema, 0)
	}
	return c
}

// pathValue is an existing thing half of the time.
func (g *inputs) pathValue(p *huma.Param) string {
	known := map[string]string{
		"organization_id": id(g.w.org), "project_id": id(g.w.project), "issue_id": id(g.w.issue), "event_id": g.w.event,
		"key_id": "1", "user_id": id(g.w.users["viewer"].ID), "token_id": "1", "session_id": "1", "invitation_id": "1", "discard_id": "1", "team_id": "1",
	}
	if v, ok := known[p.Name]; ok && g.IntN(4) > 0 {
		return v
	}
	v := fmt.Sprint(g.value(p.Schema, 0))
	if v == "" || v == "." || v == ".." {
		return "0"
	}
	return v
}

// value makes a value for a schema; one in twelve is of another shape.
func (g *inputs) value(s *huma.Schema, depth int) any {
	for s.Ref != "" {
		s = g.schemas.SchemaFromRef(s.Ref)
	}
	if g.IntN(12) == 0 {
		return []any{nil, "x", -1, 1e300, true, []any{}, map[string]any{"a": 1}}[g.IntN(7)]
	}
	if s.Nullable && g.IntN(4) == 0 {
		return nil
	}
	if len(s.Enum) > 0 {
		return s.Enum[g.IntN(len(s.Enum))]
	}
	switch s.Type {
	case huma.TypeObject:
		return g.object(s, depth)
	case huma.TypeArray:
		list := make([]any, g.IntN(4))
		for i := range list {
			list[i] = g.value(s.Items, depth+1)
		}
		return list
	case huma.TypeInteger:
		return []int64{0, 1, 2, 7, 100, -1, 1 << 40, 1<<63 - 1, -1 << 63}[g.IntN(9)]
	case huma.TypeNumber:
		return []float64{0, 0.5, 1, -1, 1e9}[g.IntN(5)]
	case huma.TypeBoolean:
		return g.IntN(2) == 0
	}
	return g.text(s)
}

func (g *inputs) object(s *huma.Schema, depth int) map[string]any {
	o := map[string]any{}
	for name, property := range s.Properties {
		required := false
		for _, r := range s.Required {
			required = required || r == name
		}
		if (required && g.IntN(20) > 0) || (!required && depth < 4 && g.IntN(3) == 0) {
			o[name] = g.value(property, depth+1)
		}
	}
	return o
}

func (g *inputs) text(s *huma.Schema) string {
	switch {
	case s.Format == "date-time":
		return []string{"2026-11-23T10:00:00Z", "2099-01-01T00:00:00.123456+02:00", "0000-01-01T00:00:00Z", "yesterday"}[g.IntN(4)]
	case s.Pattern != "":
		return []string{g.w.event, strings.Repeat("0", 32), "zz"}[g.IntN(3)]
	}
	texts := []string{
		"", "a", "shop", "owner@example.org", "-24h", "-7d", "2026-11-20T00:00:00Z", "is:unresolved", `"open quote`, "a:b:c", "!x*", "release:>1.0",
		"browser:Fire*", "first_seen:>24h", "event_count:>5", "assigned:me", "has:user", "Europe/Berlin", "issue:read", "%", "_", "'; DROP TABLE users; --",
		"\x00", "é\u202e\U0001F600", "\xff\xfe", strings.Repeat("long ", 50), strings.Repeat("x", 3000), "9223372036854775807", "\n\t", "NaN",
	}
	return texts[g.IntN(len(texts))]
}

func (g *inputs) check(t *testing.T, op documented, c call, rec *httptest.ResponseRecorder) {
	t.Helper()
	documentedAs, known := op.Responses[fmt.Sprint(rec.Code)]
	if !known {
		documentedAs = op.Responses["default"]
	}
	if rec.Body.Len() == 0 {
		return
	}
	kind := rec.Header().Get("Content-Type")
	if !known && kind != problem.ContentType {
		t.Errorf("%s = %d is no problem document but %s", op.OperationID, rec.Code, kind)
		return
	}
	media := documentedAs.Content[kind]
	if media == nil {
		t.Errorf("%s = %d: %s is not documented", op.OperationID, rec.Code, kind)
		return
	}
	var v any
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		t.Errorf("%s: %v", op.OperationID, err)
		return
	}
	result := &huma.ValidateResult{}
	huma.Validate(g.schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, result)
	for _, err := range result.Errors {
		t.Errorf("%s %s: answer %d is not as documented: %v", c.method, c.path, rec.Code, err)
	}
}
