package ingest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/ingest/ingesttest"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

func access(settings org.Settings) *ingest.Access {
	return &ingest.Access{KeyID: 1, ProjectID: 1, Active: true, Settings: &settings}
}

func TestParseAuth(t *testing.T) {
	t.Parallel()
	const key = ingesttest.Key
	tests := []struct {
		name, header, value, query string
		want                       ingest.Auth
		code                       fault.Code
	}{
		{"python", "X-Sentry-Auth", "Sentry sentry_key=" + key + ", sentry_version=7, sentry_client=sentry.python/1.9", "", ingest.Auth{Key: key, Client: "sentry.python/1.9"}, ""},
		{"no blanks, lower case, key last", "X-Sentry-Auth", "sentry sentry_version=7,sentry_client=c/1,sentry_key=" + strings.ToUpper(key), "", ingest.Auth{Key: key, Client: "c/1"}, ""},
		{"no scheme", "X-Sentry-Auth", "sentry_key=" + key, "", ingest.Auth{Key: key}, ""},
		{"raven", "X-Sentry-Auth", "Sentry sentry_version=5, sentry_timestamp=1795442400123, sentry_client=raven/2, sentry_key=" + key + ", sentry_secret=x", "", ingest.Auth{Key: key, Client: "raven/2"}, ""},
		{"authorization", "Authorization", "Sentry sentry_key=" + key, "", ingest.Auth{Key: key}, ""},
		{"basic", "Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":")), "", ingest.Auth{Key: key}, ""},
		{"bearer of another system", "Authorization", "Bearer eyJ.x.y", "", ingest.Auth{}, ""},
		{"query", "", "", "sentry_key=" + key + "&sentry_client=sentry.javascript.browser%2F11", ingest.Auth{Key: key, Client: "sentry.javascript.browser/11"}, ""},
		{"DSN", "X-Mesher-Auth", "http://" + key + "@h:8080/p/7", "", ingest.Auth{Key: key, Project: "7"}, ""},
		{"twice the same", "X-Sentry-Auth", "Sentry sentry_key=" + key, "sentry_key=" + key, ingest.Auth{Key: key}, ""},
		{"two keys", "X-Sentry-Auth", "Sentry sentry_key=" + key, "sentry_key=" + ingesttest.DisabledKey, ingest.Auth{}, fault.Invalid},
		{"short key", "X-Mesher-Auth", "abc", "", ingest.Auth{}, fault.Invalid},
		{"future", "X-Sentry-Auth", "Sentry sentry_key=" + key + ",sentry_version=10", "", ingest.Auth{}, fault.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/?"+tt.query, nil)
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			got, err := ingest.ParseAuth(r)
			if tt.code != "" {
				if fault.CodeOf(err) != tt.code {
					t.Errorf("%v", err)
				}
			} else if err != nil || got != tt.want {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func FuzzParseAuth(f *testing.F) {
	f.Add("Sentry sentry_key="+ingesttest.Key+",sentry_version=7", "DSN http://k@h/1", "sentry_key=x")
	f.Fuzz(func(t *testing.T, sentry, authorization, query string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.URL.RawQuery = query
		r.Header.Set("X-Sentry-Auth", sentry)
		r.Header.Set("Authorization", authorization)
		auth, err := ingest.ParseAuth(r)
		if err == nil && auth.Key != "" && len(auth.Key) != 32 {
			t.Errorf("key %q", auth.Key)
		}
		_, _ = auth.Use(authorization)
	})
}

func TestOriginsOfAProject(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	keys := &ingesttest.Keys{Settings: org.Settings{Filters: org.FilterSettings{AllowedOrigins: []string{"*.example.com", "http://localhost:3000"}}}}
	a := ingest.New(ingest.Config{Keys: keys, Limiter: ingesttest.Limiter{}, Log: log})
	for origin, want := range map[string]bool{
		"": true, "https://shop.example.com": true, "https://SHOP.example.com:8443": true, "http://localhost:3000": true,
		"https://evil.test": false, "http://localhost:4000": false, "https://example.com.evil.test": false,
	} {
		_, err := a.Open(t.Context(), ingesttest.Key, "1", origin)
		if (err == nil) != want {
			t.Errorf("%q: %v", origin, err)
		}
	}
	if err := a.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := log.Ledger(t)["unknown filtered origin"]; got != 3 {
		t.Errorf("the ledger counts %d", got)
	}
}

func TestALimitPartsContainers(t *testing.T) {
	t.Parallel()
	decision := ingesttest.Refuse()
	decision.Allowed = 3
	log := &ingesttest.Log{}
	a := ingesttest.New(log, ingesttest.Limiter{ingest.CategoryLog: decision})
	items := ingest.LogContainer([]byte(`{"items":[{"body":"1"},{"body":"2"},{"body":"3"},{"body":"4"},{"body":"5"}]}`))
	receipt, err := a.Admit(t.Context(), access(org.Settings{}), eventlog.Meta{}, items)
	if err != nil || receipt.Kept[0] != 3 || len(receipt.Limits) != 1 {
		t.Fatalf("%+v, %v", receipt, err)
	}
	if got := string(log.Records(eventlog.KindLogs)[0].Body); got != `{"items":[{"body":"1"},{"body":"2"},{"body":"3"}]}` {
		t.Error(got)
	}
	if log.Ledger(t)["log rate_limited project_rate"] != 2 || log.Calls() != 1 {
		t.Errorf("%v in %d calls", log.Ledger(t), log.Calls())
	}
}

func TestRefusalsStayUntilTheLogTakesThem(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	a := ingesttest.New(log, ingesttest.Limiter{ingest.CategoryError: ingesttest.Refuse()})
	item := ingest.Item{Category: ingest.CategoryError, Kind: eventlog.KindEvent, Body: []byte("{}")}
	for range 5 {
		if _, err := a.Admit(t.Context(), access(org.Settings{}), eventlog.Meta{}, []ingest.Item{item}); err != nil {
			t.Fatal(err)
		}
	}
	log.Fail(errors.New("full"))
	if err := a.Flush(t.Context()); err == nil {
		t.Error("no error")
	}
	log.Fail(nil)
	if err := a.Flush(t.Context()); err != nil || log.Ledger(t)["error rate_limited project_rate"] != 5 {
		t.Errorf("%v, %v", log.Ledger(t), err)
	}
}

func TestServeFlushesEverySecondAndAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &ingesttest.Log{}
		a := ingesttest.New(log, ingesttest.Limiter{ingest.CategoryError: ingesttest.Refuse()})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.Serve(ctx) }()
		refuse := func() {
			item := ingest.Item{Category: ingest.CategoryError, Kind: eventlog.KindEvent}
			if _, err := a.Admit(ctx, access(org.Settings{}), eventlog.Meta{}, []ingest.Item{item}); err != nil {
				t.Error(err)
			}
		}
		refuse()
		time.Sleep(1500 * time.Millisecond)
		if got := log.Ledger(t)["error rate_limited project_rate"]; got != 1 {
			t.Errorf("%d after a second", got)
		}
		refuse()
		cancel()
		<-done
		if got := log.Ledger(t)["error rate_limited project_rate"]; got != 2 {
			t.Errorf("%d at the end", got)
		}
	})
}

func TestDroppedItemsAloneAreDurableBeforeSuccess(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	a := ingesttest.New(log, nil)
	items := []ingest.Item{ingest.Discard(ingest.CategorySession, ingest.ReasonUnsupported, []byte("{}"))}
	if _, err := a.Admit(t.Context(), access(org.Settings{}), eventlog.Meta{}, items); err != nil {
		t.Fatal(err)
	}
	if log.Ledger(t)["session "+store.Discarded+" unsupported"] != 1 {
		t.Error(log.Ledger(t))
	}
	log.Fail(errors.New("full"))
	if _, err := a.Admit(t.Context(), access(org.Settings{}), eventlog.Meta{}, items); err == nil {
		t.Error("success for a drop that no ledger line tells")
	}
}

// unread fails a test that reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestALargeAnnouncedBodyIsNotRead(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/", unread{t})
	r.ContentLength = 1 << 40
	if _, err := ingest.NewBodies(1<<20).Read(httptest.NewRecorder(), r, 1<<20); fault.CodeOf(err) != fault.TooLarge {
		t.Error(err)
	}
}
