package api

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.gohtml
var docsFiles embed.FS

// documented is one operation on the docs page.
type documented struct {
	Method, Path string
	*huma.Operation
	Access string
	Scopes []string
}

type documentedTag struct {
	Name       string
	Operations []documented
}

// registerDocs serves a page made on the server from the OpenAPI document: it
// needs no script and loads nothing from elsewhere.
func (s *Server) registerDocs() {
	page, err := renderDocs(s.api.OpenAPI())
	if err != nil {
		panic(fmt.Sprintf("render API docs: %v", err)) // the template is ours and tested
	}
	s.mux.HandleFunc("GET /api/docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		_, _ = w.Write(page) // the client is gone when this fails
	})
}

func renderDocs(doc *huma.OpenAPI) ([]byte, error) {
	t, err := template.New("docs.gohtml").Funcs(template.FuncMap{
		"schema":   schemaName,
		"required": func(s *huma.Schema, name string) bool { return slices.Contains(s.Required, name) },
		"lower":    strings.ToLower,
	}).ParseFS(docsFiles, "docs.gohtml")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Info": doc.Info, "Tags": documentedTags(doc), "Schemas": doc.Components.Schemas.Map(),
	})
	return b.Bytes(), err
}

func documentedTags(doc *huma.OpenAPI) []documentedTag {
	var tags []documentedTag
	for path, item := range doc.Paths {
		for method, op := range operationsOf(item) {
			i := slices.IndexFunc(tags, func(t documentedTag) bool { return t.Name == op.Tags[0] })
			if i < 0 {
				tags, i = append(tags, documentedTag{Name: op.Tags[0]}), len(tags)
			}
			tags[i].Operations = append(tags[i].Operations, newDocumented(method, path, op))
		}
	}
	slices.SortFunc(tags, func(a, b documentedTag) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range tags {
		slices.SortFunc(t.Operations, func(a, b documented) int {
			return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
		})
	}
	return tags
}

func newDocumented(method, path string, op *huma.Operation) documented {
	d := documented{Method: method, Path: path, Operation: op}
	r, _ := op.Metadata[ruleKey].(rule)
	switch {
	case r.on == onNothing:
		d.Access = "Anyone."
	case r.on == onAccount:
		d.Access = "Signed-in people; no API tokens."
	default:
		d.Access = "Members whose role allows it; API tokens with a scope:"
		d.Scopes = scopesFor(r.action)
	}
	return d
}

func operationsOf(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put,
		http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
	}
	for method, op := range all {
		if op == nil {
			delete(all, method)
		}
	}
	return all
}

// schemaName describes a schema in a few words; named ones become links by the template.
func schemaName(s *huma.Schema) template.HTML {
	switch {
	case s == nil:
		return "anything"
	case s.Ref != "":
		name := template.HTMLEscapeString(s.Ref[strings.LastIndexByte(s.Ref, '/')+1:])
		return template.HTML(`<a href="#schema-` + name + `">` + name + `</a>`) //nolint:gosec // escaped above
	case len(s.AnyOf) > 0:
		names := make([]string, len(s.AnyOf))
		for i, one := range s.AnyOf {
			names[i] = string(schemaName(one))
		}
		return template.HTML(strings.Join(names, " or ")) //nolint:gosec // made of escaped parts
	case s.Type == huma.TypeArray:
		return "list of " + schemaName(s.Items)
	case s.Type == "":
		return "JSON"
	}
	text := s.Type
	if s.Format != "" {
		text += " (" + s.Format + ")"
	}
	if s.Nullable {
		text += " or null"
	}
	return template.HTML(template.HTMLEscapeString(text)) //nolint:gosec // escaped
}
