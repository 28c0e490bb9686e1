package pipeline

import (
	"encoding/json"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// feedback is what both forms of user feedback have in common: the feedback
// event keeps it in a context, the legacy user report at the top.
type feedback struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Comments string `json:"comments"`
	EventID  string `json:"event_id"`
	Contexts struct {
		Feedback *struct {
			Name       string `json:"name"`
			Email      string `json:"contact_email"`
			Message    string `json:"message"`
			Associated string `json:"associated_event_id"`
		} `json:"feedback"`
	} `json:"contexts"`
}

const (
	maxReportField    = 128
	maxReportComments = 4096
)

func decodeFeedback(r *eventlog.Record) outcome {
	var f feedback
	if err := json.Unmarshal(r.Body, &f); err != nil {
		return buried(r, "feedback: "+err.Error())
	}
	report := store.UserReport{ProjectID: r.ProjectID, Received: r.Received, Name: f.Name, Email: f.Email, Comments: f.Comments}
	about := f.EventID
	if c := f.Contexts.Feedback; c != nil {
		report.Name, report.Email, report.Comments, about = c.Name, c.Email, c.Message, c.Associated
	}
	if strings.TrimSpace(report.Comments) == "" {
		return dropped(r, store.Discarded, "empty")
	}
	report.EventID, _ = event.ParseID(about) // feedback may be about no event
	report.Name = cut(report.Name, maxReportField)
	report.Email = cut(report.Email, maxReportField)
	report.Comments = cut(report.Comments, maxReportComments)
	return outcome{reports: []store.UserReport{report}}
}

// cut keeps at most limit bytes of s, whole characters, without NUL, which PostgreSQL refuses.
func cut(s string, limit int) string {
	s = strings.ReplaceAll(s, "\x00", "")
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}
