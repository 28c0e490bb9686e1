package view

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

// EventSummary is an event in a list or stream.
type EventSummary struct {
	ID          string     `json:"id" doc:"32 hex digits"`
	IssueID     int64      `json:"issue_id"`
	ProjectID   int64      `json:"project_id"`
	ReceivedAt  Time       `json:"received_at" format:"date-time"`
	Timestamp   Time       `json:"timestamp" format:"date-time"`
	Level       string     `json:"level" enum:"trace,debug,info,warning,error,fatal,"`
	Title       string     `json:"title"`
	Culprit     string     `json:"culprit"`
	Platform    string     `json:"platform"`
	Message     string     `json:"message"`
	Release     string     `json:"release"`
	Environment string     `json:"environment"`
	Transaction string     `json:"transaction"`
	Tags        []Tag      `json:"tags" nullable:"false"`
	User        *EventUser `json:"user"`
}

// Tag is an indexed key and value of an event.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// EventUser is who was affected, by the one property that identifies them.
type EventUser struct {
	ID        string `json:"id,omitempty"`
	Email     string `json:"email,omitempty"`
	Username  string `json:"username,omitempty"`
	IPAddress string `json:"ip_address,omitempty"`
}

// NewEventSummary shapes a listed event.
func NewEventSummary(e store.EventSummary) EventSummary {
	return EventSummary{
		ID: e.EventID, IssueID: e.IssueID, ProjectID: e.ProjectID,
		ReceivedAt: Time(e.Received), Timestamp: Time(e.Timestamp),
		Level: e.Level.String(), Title: e.Title, Culprit: e.Culprit, Platform: e.Platform,
		Message: e.Title, Release: e.Release, Environment: e.Environment, Transaction: e.Transaction,
		Tags: newTags(e.Tags), User: newUser(e.UserKey),
	}
}

func newTags(tags []event.Tag) []Tag {
	out := make([]Tag, len(tags))
	for i, t := range tags {
		out[i] = Tag{Key: t.Key, Value: t.Value}
	}
	return out
}

// newUser reads a key as event.Event.UserKey writes it.
func newUser(key string) *EventUser {
	kind, value, ok := strings.Cut(key, ":")
	if !ok {
		return nil
	}
	switch kind {
	case "id":
		return &EventUser{ID: value}
	case "email":
		return &EventUser{Email: value}
	case "username":
		return &EventUser{Username: value}
	case "ip":
		return &EventUser{IPAddress: value}
	}
	return nil
}

// LogEntry is a log entry in a list or stream.
type LogEntry struct {
	// ID is text because row ids exceed the integers JavaScript holds exactly.
	ID          string          `json:"id"`
	Timestamp   Time            `json:"timestamp" format:"date-time"`
	ReceivedAt  Time            `json:"received_at" format:"date-time"`
	Level       string          `json:"level" enum:"trace,debug,info,warning,error,fatal,"`
	Logger      string          `json:"logger"`
	Body        string          `json:"body"`
	Template    string          `json:"template"`
	TraceID     string          `json:"trace_id"`
	SpanID      string          `json:"span_id"`
	Release     string          `json:"release"`
	Environment string          `json:"environment"`
	ServerName  string          `json:"server_name"`
	Attributes  json.RawMessage `json:"attributes" doc:"JSON object"`
	Resource    json.RawMessage `json:"resource" doc:"JSON object"`
}

// NewLogEntry shapes a log entry.
func NewLogEntry(l store.LogRow) LogEntry {
	return LogEntry{
		ID: strconv.FormatInt(l.ID, 10), Timestamp: Time(l.Timestamp), ReceivedAt: Time(l.Received),
		Level: l.Level.String(), Logger: l.Logger, Body: l.Body, Template: l.Template,
		TraceID: l.TraceID, SpanID: l.SpanID, Release: l.Release, Environment: l.Environment,
		ServerName: l.ServerName, Attributes: object(l.Attributes), Resource: object(l.Resource),
	}
}

func object(text []byte) json.RawMessage {
	if len(text) == 0 {
		return json.RawMessage("{}")
	}
	return text
}
