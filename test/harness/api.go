package harness

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// Issue is what tests read of an issue.
type Issue struct {
	ID         int64  `json:"id"`
	ShortID    string `json:"short_id"`
	Title      string `json:"title"`
	Culprit    string `json:"culprit"`
	Level      string `json:"level"`
	Status     string `json:"status"`
	Substatus  string `json:"substatus"`
	EventCount int64  `json:"event_count"`
	UserCount  int64  `json:"user_count"`
	Basis      string `json:"basis"`
}

// EventSummary is what tests read of an event in a list.
type EventSummary struct {
	ID          string `json:"id"`
	IssueID     int64  `json:"issue_id"`
	Title       string `json:"title"`
	Message     string `json:"message"`
	Level       string `json:"level"`
	Release     string `json:"release"`
	Environment string `json:"environment"`
}

// Frame is what tests read of a stack frame.
type Frame struct {
	Function    string `json:"function"`
	Filename    string `json:"filename"`
	Line        int    `json:"lineno"`
	InApp       *bool  `json:"in_app"`
	ContextLine string `json:"context_line"`
}

// Event is what tests read of one event with its payload.
type Event struct {
	EventSummary
	Payload struct {
		Exception []struct {
			Type       string `json:"type"`
			Value      string `json:"value"`
			Stacktrace struct {
				Frames []Frame `json:"frames"`
			} `json:"stacktrace"`
		} `json:"exception"`
	} `json:"payload"`
}

type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// Issues lists every issue of project 1.
func (s *Server) Issues() ([]Issue, error) {
	return all[Issue](s, "/api/v1/projects/1/issues?start=-14d&limit=100")
}

// Events lists every event of project 1.
func (s *Server) Events() ([]EventSummary, error) {
	return all[EventSummary](s, "/api/v1/projects/1/events?start=-40d&limit=100")
}

// LatestEvent returns the newest event of an issue.
func (s *Server) LatestEvent(issueID int64) (Event, error) {
	var e Event
	err := s.TryGet(fmt.Sprintf("/api/v1/issues/%d/events/latest", issueID), &e)
	return e, err
}

func all[T any](s *Server, path string) ([]T, error) {
	var items []T
	cursor := ""
	for {
		var p page[T]
		if err := s.TryGet(path+"&cursor="+cursor, &p); err != nil {
			return nil, err
		}
		items = append(items, p.Items...)
		if p.Next == "" {
			return items, nil
		}
		cursor = p.Next
	}
}

// Outcomes returns the ledger of project 1, all categories and the last 40 days together.
func (s *Server) Outcomes() (map[string]int64, error) {
	var usage struct {
		Outcomes map[string]int64 `json:"outcomes"`
	}
	err := s.TryGet("/api/v1/projects/1/usage?start=-40d", &usage)
	return usage.Outcomes, err
}

// PostEvent sends one event body to the native endpoint and returns the status and the answer.
func (s *Server) PostEvent(body []byte) (status int, answer []byte, err error) {
	resp, err := s.post(body)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// postEvent is PostEvent for who wants the answer's header.
func (s *Server) postEvent(body []byte) (status int, header http.Header, err error) {
	resp, err := s.post(body)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header, err
}

func (s *Server) post(body []byte) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodPost, s.URL+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Mesher-Auth", s.Key)
	req.Header.Set("Content-Type", "application/json")
	return http.DefaultClient.Do(req)
}
