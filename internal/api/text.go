package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mesher/mesher/internal/fault"
)

// PostgreSQL stores neither NUL characters nor malformed UTF-8 in text, and
// neither means anything in what people type, so both are refused at the door.

var errNUL = errors.New(`text must not contain the character \u0000`)

// jsonFormat is huma's JSON without NUL characters.
func jsonFormat() huma.Format {
	f := huma.DefaultJSONFormat
	f.Unmarshal = func(data []byte, v any) error {
		if bytes.Contains(data, []byte(`\u0000`)) && holdsNUL(data) {
			return errNUL
		}
		return json.Unmarshal(data, v)
	}
	return f
}

// holdsNUL tells an escaped NUL from an escaped backslash before "u0000".
func holdsNUL(data []byte) bool {
	for i := 0; i < len(data)-1; i++ {
		if data[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(data[i:], []byte(`\u0000`)) {
			return true
		}
		i++ // the escaped character
	}
	return false
}

// checkURL refuses what cannot be text in a path or query.
func checkURL(r *http.Request) error {
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil || !plainText(query) {
		return fault.Field("query", "the query must be percent-encoded UTF-8 text")
	}
	if !plainText(r.URL.Path) {
		return fault.Field("path", "the path must be percent-encoded UTF-8 text")
	}
	return nil
}

func plainText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
