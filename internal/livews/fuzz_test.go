package livews

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mesher/mesher/internal/search"
)

func FuzzRequest(f *testing.F) {
	f.Add("7", "query=level:error&kinds=event.stored,log.stored&after=12")
	f.Add("-1", "after=9223372036854775808&kinds=,")
	h := New(Options{Authorize: func(*http.Request, int64) error { return nil }, ParseQuery: search.Parse})
	f.Fuzz(func(t *testing.T, id, query string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.RawQuery = query
		r.SetPathValue("id", id)
		o, err := h.read(r)
		if err == nil && (o.ProjectID <= 0 || o.After < 0 || len(o.Kinds) == 0) {
			t.Errorf("%+v", o)
		}
	})
}
