package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// splitLook is how many events of an issue are looked through for one of the fingerprints to split off.
const splitLook = 200

type splitRequest struct {
	IssuePath
	Body struct {
		Hashes []string `json:"hashes" minItems:"1" maxItems:"1000" doc:"Fingerprints of the issue, in hex; at least one must stay"`
	}
}

// SplitResult is the issue that a split made.
type SplitResult struct {
	Issue     view.Issue `json:"issue" doc:"The new issue"`
	Statement string     `json:"statement" doc:"What happens to events, for people"`
}

type similarList struct {
	IssuePath
	Limit int `query:"limit" minimum:"1" maximum:"50" default:"10"`
}

// SimilarIssue is an issue that looks like another.
type SimilarIssue struct {
	Issue  view.Issue `json:"issue"`
	Shared int64      `json:"shared" doc:"How many weak hashes both have in common"`
}

func (s *Server) registerSplit() {
	register(s, route{
		call: "POST /issues/{issue_id}/split", id: "split-issue", tag: "Grouping", status: 200,
		summary:     "Split fingerprints off into a new issue",
		description: "Events that come from now on with these fingerprints go to the new issue. Events stored so far, and all counters, stay with the old one; the new one starts at zero. Merging the two undoes it.",
		on:          onIssue, action: org.TriageIssues,
	}, s.splitIssue)
	register(s, route{
		call: "GET /issues/{issue_id}/similar", id: "list-similar-issues", tag: "Grouping",
		summary: "Issues that look like this one, most alike first", on: onIssue, action: org.ReadIssues,
	}, s.listSimilar)
}

func isGone(err error) bool { return errors.Is(err, store.ErrNotFound) }

func parseHashes(list []string) ([][16]byte, error) {
	hashes := make([][16]byte, len(list))
	for i, text := range list {
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != 16 {
			return nil, fault.Field(fmt.Sprintf("body.hashes[%d]", i), "a fingerprint has 32 hexadecimal digits")
		}
		hashes[i] = [16]byte(raw)
	}
	return hashes, nil
}

func (s *Server) splitIssue(ctx context.Context, in *splitRequest) (*body[SplitResult], error) {
	hashes, err := parseHashes(in.Body.Hashes)
	if err != nil {
		return nil, err
	}
	c, at := callerOf(ctx), s.Now().UnixMicro()
	as, err := s.appearance(ctx, c.issue, hashes)
	if err != nil {
		return nil, err
	}
	made, err := s.Telemetry.SplitIssue(ctx, store.Split{IssueID: c.issue.ID, Hashes: hashes, As: as, By: c.User.ID, At: at})
	if err != nil {
		return nil, fmt.Errorf("split issue: %w", err)
	}
	s.tellChanged(ctx, made, at)
	shown, err := s.showIssue(ctx, made)
	if err != nil {
		return nil, err
	}
	from := view.ShortID(c.project.Slug, c.issue.Number)
	return answer(SplitResult{Issue: shown.Body, Statement: fmt.Sprintf(
		"From now on such events go to %s. The %d events counted so far stay in %s.", shown.Body.ShortID, c.issue.EventCount, from)}), nil
}

// appearance is what the new issue shows before its first event: what a stored
// event of one of the fingerprints has, else what the old issue shows.
func (s *Server) appearance(ctx context.Context, from issue.Issue, hashes [][16]byte) (issue.Issue, error) {
	stored, err := s.Telemetry.RecentEvents(ctx, store.EventFilter{ProjectID: from.ProjectID, IssueID: from.ID}, splitLook)
	if err != nil {
		return from, fmt.Errorf("read events: %w", err)
	}
	g := grouperOf(callerOf(ctx).project.Settings.GroupingRules)
	for i := range stored {
		e, err := event.ParseStored(stored[i].Payload)
		if err != nil {
			continue // a damaged block; another event will do
		}
		r := g.Group(e)
		if !sharesHash(r.Hashes, hashes) {
			continue
		}
		return issue.Issue{
			Title: r.Title, Type: r.Type, Value: r.Value, Culprit: r.Culprit, Level: e.Level,
			Platform: e.Platform, Logger: e.Logger, Basis: string(r.Basis),
		}, nil
	}
	return issue.Issue{
		Title: from.Title, Type: from.Type, Value: from.Value, Culprit: from.Culprit, Level: from.Level,
		Platform: from.Platform, Logger: from.Logger, Basis: from.Basis,
	}, nil
}

func sharesHash(have []grouping.Hash, wanted [][16]byte) bool {
	for _, h := range have {
		for _, w := range wanted {
			if h == w {
				return true
			}
		}
	}
	return false
}

func (s *Server) listSimilar(ctx context.Context, in *similarList) (*body[List[SimilarIssue]], error) {
	found, err := s.Telemetry.SimilarIssues(ctx, callerOf(ctx).issue.ID, in.Limit)
	if err != nil {
		return nil, err
	}
	issues, err := s.showIssues(ctx, shapeAll(found, func(f store.SimilarIssue) issue.Issue { return f.Issue }))
	if err != nil {
		return nil, err
	}
	list := List[SimilarIssue]{Items: make([]SimilarIssue, len(found))}
	for i := range found {
		list.Items[i] = SimilarIssue{Issue: issues[i], Shared: found[i].Shared}
	}
	return answer(list), nil
}
