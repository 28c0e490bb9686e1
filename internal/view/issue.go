package view

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/issue"
)

// Issue is an issue as lists, pages and streams show it.
type Issue struct {
	ID        int64  `json:"id"`
	ShortID   string `json:"short_id" doc:"The project's slug and the issue's number" example:"SHOP-17"`
	ProjectID int64  `json:"project_id"`
	Title     string `json:"title"`
	Type      string `json:"type" doc:"Type of the exception, empty for messages"`
	Value     string `json:"value"`
	Culprit   string `json:"culprit" doc:"Where it broke: transaction, or function and module"`
	Level     string `json:"level" enum:"trace,debug,info,warning,error,fatal,"`
	Platform  string `json:"platform"`
	Logger    string `json:"logger"`
	Basis     string `json:"basis" doc:"What the fingerprint was made of: custom, stacktrace, exception or message"`
	Status    string `json:"status" enum:"unresolved,resolved,archived"`
	Substatus string `json:"substatus" enum:"new,ongoing,regressed,escalating,archived_forever,archived_until_time,archived_until_count,archived_until_escalating,"`
	Priority  string `json:"priority" enum:"low,medium,high"`
	// Fingerprint is the first hash attached to the issue, in hex.
	Fingerprint  string    `json:"fingerprint" doc:"Primary fingerprint hash in hex; empty where it was not looked up"`
	EventCount   int64     `json:"event_count"`
	UserCount    int64     `json:"user_count"`
	FirstSeen    Time      `json:"first_seen" format:"date-time"`
	LastSeen     Time      `json:"last_seen" format:"date-time"`
	FirstRelease string    `json:"first_release"`
	LastRelease  string    `json:"last_release"`
	Assignee     *Assignee `json:"assignee"`
	IsRegressed  bool      `json:"is_regressed"`
	IsBookmarked bool      `json:"is_bookmarked"`
	IsSubscribed bool      `json:"is_subscribed" doc:"Whether you follow it"`
	// ResolvedIn, ResolvedInNext and ArchivedUntil… say when the issue may come back.
	ResolvedAt         *Time  `json:"resolved_at" format:"date-time"`
	ResolvedIn         string `json:"resolved_in" doc:"Release that holds the fix; empty means now"`
	ResolvedInNext     bool   `json:"resolved_in_next_release"`
	ArchivedUntil      *Time  `json:"archived_until" format:"date-time" doc:"When the archived issue returns, with archived_until_time"`
	ArchivedUntilCount int64  `json:"archived_until_count" doc:"Event count at which the archived issue returns; 0 when events do not count"`
	ArchivedUntilUsers int64  `json:"archived_until_users" doc:"User count at which the archived issue returns; 0 when users do not count"`
	// Sparkline has 24 hourly counts, oldest first; empty where it was not asked for.
	Sparkline []int64 `json:"sparkline" nullable:"false" doc:"Hourly event counts of the last 24 hours, oldest first"`
}

// Assignee is the user or team an issue is given to.
type Assignee struct {
	Type string `json:"type" enum:"user,team"`
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// NewIssue shapes an issue. Names of assignees, the fingerprint, bookmarks,
// subscriptions and the sparkline are the caller's to fill.
func NewIssue(i issue.Issue, projectSlug string) Issue {
	v := Issue{
		ID: i.ID, ShortID: ShortID(projectSlug, i.Number), ProjectID: i.ProjectID,
		Title: i.Title, Type: i.Type, Value: i.Value, Culprit: i.Culprit,
		Level: i.Level.String(), Platform: i.Platform, Logger: i.Logger, Basis: i.Basis,
		Status: i.Status.String(), Substatus: i.Substatus.String(), Priority: PriorityName(i.Priority),
		EventCount: i.EventCount, UserCount: i.UserCount,
		FirstSeen: Time(i.FirstSeen), LastSeen: Time(i.LastSeen),
		FirstRelease: i.FirstRelease, LastRelease: i.LastRelease,
		IsRegressed: i.Substatus == issue.Regressed,
		ResolvedAt:  Some(i.ResolvedAt), ResolvedIn: i.ResolvedIn, ResolvedInNext: i.ResolvedInNext,
		ArchivedUntilUsers: i.ArchivedUntilUsers,
		Sparkline:          []int64{},
	}
	switch i.Substatus {
	case issue.ArchivedUntilTime:
		v.ArchivedUntil = Some(i.ArchivedUntil)
	case issue.ArchivedUntilCount:
		v.ArchivedUntilCount = i.ArchivedUntil
	}
	switch {
	case i.AssigneeUser != 0:
		v.Assignee = &Assignee{Type: "user", ID: i.AssigneeUser}
	case i.AssigneeTeam != 0:
		v.Assignee = &Assignee{Type: "team", ID: i.AssigneeTeam}
	}
	return v
}

// ShortID is the name people use for an issue: the project's slug and the issue's number.
func ShortID(projectSlug string, number int64) string {
	return strings.ToUpper(projectSlug) + "-" + strconv.FormatInt(number, 10)
}

// Hash writes a fingerprint hash in hex.
func Hash(h [16]byte) string { return hex.EncodeToString(h[:]) }

// PriorityName names a priority of an issue; everything but low and high is medium.
func PriorityName(priority int) string {
	switch priority {
	case 1:
		return "low"
	case 3:
		return "high"
	}
	return "medium"
}

// ParsePriority reads the name of a priority; ok is false for any other text.
func ParsePriority(name string) (priority int, ok bool) {
	switch name {
	case "low":
		return 1, true
	case "medium":
		return 2, true
	case "high":
		return 3, true
	}
	return 0, false
}
