package api

import (
	"encoding/json"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) config() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Mesher",
				Version:     "1",
				Description: "Management API of Mesher. Ids are numbers, event ids 32 hex digits; times are RFC 3339 in UTC; errors are RFC 9457 problem documents.",
			},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: securitySchemes()},
		},
		OpenAPIPath:   "/api/openapi",
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
	}
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "Session of a signed-in browser. Unsafe methods must come from the same origin."},
		"token":   {Type: "http", Scheme: "bearer", Description: "API token with scopes. Its owner's role limits it further."},
	}
}

// nullableObjects are the properties that hold an object or null, which struct tags cannot say.
func nullableObjects() map[string][]string {
	return map[string][]string{
		"Issue":        {"assignee"},
		"EventSummary": {"user"},
		"Event":        {"user", "explanation"},
		"Session":      {"user", "oidc"},
	}
}

// finishDocument says what struct tags cannot.
func (s *Server) finishDocument() {
	schemas := s.api.OpenAPI().Components.Schemas.Map()
	for name, properties := range nullableObjects() {
		for _, property := range properties {
			schema, ok := schemas[name]
			if !ok || schema.Properties[property] == nil {
				panic(fmt.Sprintf("no schema %s.%s to make nullable", name, property))
			}
			schema.Properties[property] = &huma.Schema{
				AnyOf:       []*huma.Schema{schema.Properties[property], {Type: "null"}},
				Description: schema.Properties[property].Description,
			}
		}
	}
}

// Document returns the OpenAPI document as indented JSON.
func (s *Server) Document() ([]byte, error) {
	text, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	return append(text, '\n'), nil
}
