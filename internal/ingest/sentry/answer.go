package sentry

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/ingest"
)

// fail answers an error in the protocol's form: {"detail", "causes"}.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := problem.Status(fault.CodeOf(err))
	if errors.Is(err, errMethod) {
		w.Header().Set("Allow", "POST, OPTIONS")
		status = http.StatusMethodNotAllowed
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds(f.RetryAfter)))
		if status == http.StatusTooManyRequests && w.Header().Get("X-Sentry-Rate-Limits") == "" {
			// Refused before the body told its categories: no category means all.
			w.Header().Set("X-Sentry-Rate-Limits", strconv.Itoa(seconds(f.RetryAfter))+"::project")
		}
	}
	if status >= http.StatusInternalServerError && r.Context().Err() == nil {
		h.log.ErrorContext(r.Context(), "envelope not taken", "path", r.URL.Path, "error", err)
	}
	detail := fault.MessageOf(err)
	body, marshalErr := json.Marshal(struct {
		Detail string   `json:"detail"`
		Causes []string `json:"causes"`
	}{detail, []string{}})
	if marshalErr != nil {
		panic(marshalErr) // impossible: strings only
	}
	w.Header().Set("X-Sentry-Error", detail)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone when this fails
}

func seconds(d time.Duration) int { return max(int(math.Ceil(d.Seconds())), 1) }

// setLimits writes all limits into one X-Sentry-Rate-Limits header: not every
// client joins repeated ones (PROTOCOL.md, §7).
func setLimits(h http.Header, limits []ingest.Limit) {
	parts := make([]string, len(limits))
	for i, l := range limits {
		parts[i] = strconv.Itoa(seconds(l.RetryAfter)) + ":" + limitCategories(l.Category) + ":" + scopeOf(l.Scope) + ":" + reasonOf(l.Reason)
	}
	h.Set("X-Sentry-Rate-Limits", strings.Join(parts, ", "))
}

// limitCategories names a category as clients know it; Python counts errors as default too.
func limitCategories(category string) string {
	switch category {
	case ingest.CategoryError:
		return "error;default"
	case ingest.CategoryLog:
		return "log_item;log_byte"
	case ingest.CategoryFeedback:
		return "feedback;user_report_v2"
	}
	return category
}

func scopeOf(scope string) string {
	if scope == "" {
		return "project"
	}
	return scope
}

// reasonOf leaves out what has a meaning in the header.
func reasonOf(reason string) string {
	return strings.NewReplacer(",", "_", ":", "_", " ", "_").Replace(reason)
}
