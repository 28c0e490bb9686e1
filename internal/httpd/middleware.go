package httpd

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/httpd/problem"
)

// requestIDHeader names a request in answers, problem documents and the log.
const requestIDHeader = "X-Request-Id"

// wrap gives every answer an id and security headers, turns a panic into a 500
// and writes the access log at debug level.
func wrap(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := requestID(r)
		secure(w.Header(), r.TLS != nil)
		w.Header().Set(requestIDHeader, id)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				answerPanic(rec, r, log, p)
			}
			if log.Enabled(r.Context(), slog.LevelDebug) {
				log.DebugContext(r.Context(), "request",
					slog.String("id", id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
					slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Duration("took", time.Since(started)),
					slog.String("client", r.RemoteAddr))
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// secure sets what holds for every answer; the application adds its own policy.
func secure(h http.Header, tls bool) {
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = sameOrigin
	h["X-Frame-Options"] = deny
	h["Cross-Origin-Opener-Policy"] = sameOrigin
	if tls {
		h["Strict-Transport-Security"] = aYear
	}
}

// The values are shared by all answers and never changed.
var (
	noSniff    = []string{"nosniff"}
	sameOrigin = []string{"same-origin"}
	deny       = []string{"DENY"}
	aYear      = []string{"max-age=31536000"}
)

// requestID takes over the id a proxy gave, when it is a plain word, or makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get(requestIDHeader)
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
	}
	if id != "" && len(id) <= 64 && strings.IndexFunc(id, func(c rune) bool { return !plain(c) }) < 0 {
		return id
	}
	return strconv.FormatUint(rand.Uint64(), 36) //nolint:gosec // a name, not a secret
}

// answerPanic logs a panic with its stack and answers 500 when nothing was
// answered yet; otherwise the connection is cut, because the answer is broken.
func answerPanic(w *recorder, r *http.Request, log *slog.Logger, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	log.ErrorContext(r.Context(), "request panicked",
		slog.String("id", w.Header().Get(requestIDHeader)), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	problem.Write(w, fault.New(fault.Internal, "internal error"))
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 || r.status < http.StatusOK {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController and WebSockets reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
