package groupingcli

import (
	"encoding/json"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/grouping"
)

// explained is what the mode event prints.
type explained struct {
	Version    string      `json:"version"`
	Basis      string      `json:"basis"`
	Hashes     []string    `json:"hashes"`
	Similar    []string    `json:"similar,omitempty"`
	Title      string      `json:"title"`
	Culprit    string      `json:"culprit,omitempty"`
	Template   string      `json:"template,omitempty"`
	Why        string      `json:"why"`
	Rule       string      `json:"rule,omitempty"`
	Components []component `json:"components"`
}

type component struct {
	Name        string      `json:"name"`
	Value       string      `json:"value,omitempty"`
	Contributes bool        `json:"contributes"`
	Reason      string      `json:"reason,omitempty"`
	Components  []component `json:"components,omitempty"`
}

// explain prints how one event, in any shape an SDK sends, is grouped.
func explain(g *grouping.Grouper, line []byte, enc *json.Encoder) error {
	e, err := event.Parse(line, event.ParseOptions{})
	if err != nil {
		return err
	}
	x := g.Explain(e)
	return enc.Encode(explained{
		Version: x.Version, Basis: string(x.Basis), Hashes: hexes(x.Hashes), Similar: hexes(x.Similar),
		Title: x.Title, Culprit: x.Culprit, Template: x.Template, Why: x.Why, Rule: x.Rule, Components: components(x.Root.Children),
	})
}

func hexes(hashes []grouping.Hash) []string {
	var out []string
	for _, h := range hashes {
		out = append(out, h.String())
	}
	return out
}

func components(in []grouping.Component) []component {
	var out []component
	for _, c := range in {
		out = append(out, component{c.Name, c.Value, c.Contributes, c.Reason, components(c.Children)})
	}
	return out
}
