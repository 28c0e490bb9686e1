package sqlstore

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
)

// visible leaves out issues that were merged into others or deleted. It is
// literal so that the partial indexes match.
const visible = "merged_into = 0 AND deleted_at = 0"

// issueSearch turns the terms of a filter into conditions on table issues.
type issueSearch struct {
	s *Store
	w *where
	f store.IssueFilter
}

// issueWhere reads what the terms name, and the events too. Whoever calls it
// holds no connection: all of them could be held by those who wait for another.
func (s *Store) issueWhere(ctx context.Context, f store.IssueFilter) (*where, error) {
	w := &where{}
	w.add("project_id = ?", f.ProjectID)
	w.add(visible)
	if f.Range.Start != 0 {
		w.add("last_seen >= ?", f.Range.Start)
	}
	if f.Range.End != 0 {
		w.add("first_seen < ?", f.Range.End)
	}
	terms := &issueSearch{s: s, w: w, f: f}
	for _, t := range f.Query.Terms {
		if err := terms.term(ctx, t); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (i *issueSearch) term(ctx context.Context, t search.Term) error {
	switch t.Kind {
	case search.KindText:
		return i.text(ctx, t)
	case search.KindIs:
		return i.is(t)
	case search.KindAssigned:
		return i.assigned(ctx, t)
	case search.KindTime:
		return issueTime(i.w, t)
	case search.KindNumber:
		n, err := t.Number()
		if err != nil {
			return t.Refuse("the value must be a number")
		}
		i.w.addNot(t.Negate, t.Key+" "+t.Op+" ?", n)
	case search.KindHas:
		i.w.addNot(t.Negate, "EXISTS (SELECT 1 FROM issue_tags g WHERE g.issue_id = issues.id AND g.tag = ?)", t.Value)
	case search.KindID:
		return issueID(i.w, t)
	default:
		return i.tag(ctx, t)
	}
	return nil
}

func (i *issueSearch) is(t search.Term) error {
	condition := ""
	switch t.Value {
	case "bookmarked":
		condition = "EXISTS (SELECT 1 FROM bookmarks b WHERE b.issue_id = issues.id AND b.user_id = ?)"
	case "subscribed":
		condition = "EXISTS (SELECT 1 FROM issue_subscriptions b WHERE b.issue_id = issues.id AND b.user_id = ? AND b.subscribed = 1)"
	default:
		i.w.addNot(t.Negate, isCondition(t.Value))
		return nil
	}
	if i.f.Viewer == 0 {
		return t.Refuse("nobody is signed in, so nothing is theirs")
	}
	i.w.addNot(t.Negate, condition, i.f.Viewer)
	return nil
}

// isCondition is only given values that the parser knows.
func isCondition(value string) string {
	switch value {
	case "assigned":
		return "assignee_user <> 0 OR assignee_team <> 0"
	case "unassigned":
		return "assignee_user = 0 AND assignee_team = 0"
	}
	if status, ok := issue.ParseStatus(value); ok {
		return "status = " + strconv.Itoa(int(status))
	}
	substatus, _ := issue.ParseSubstatus(value)
	return "substatus = " + strconv.Itoa(int(substatus))
}

func (i *issueSearch) assigned(ctx context.Context, t search.Term) error {
	switch t.Value {
	case "none":
		i.w.addNot(t.Negate, isCondition("unassigned"))
		return nil
	case "any":
		i.w.addNot(t.Negate, isCondition("assigned"))
		return nil
	}
	if slug, ok := strings.CutPrefix(t.Value, "#"); ok {
		return i.team(ctx, t, slug)
	}
	user := i.f.Viewer
	if t.Value != "me" {
		// Only members of the project's organization: who has an account elsewhere is nobody's business.
		err := i.s.readOne(ctx, func(c conn) error {
			return c.row(ctx, `SELECT u.id FROM users u JOIN members m ON m.user_id = u.id JOIN projects p ON p.organization_id = m.organization_id
				WHERE u.email = $1 AND p.id = $2`, []any{strings.ToLower(t.Value), i.f.ProjectID}, &user)
		})
		if errors.Is(err, store.ErrNotFound) {
			return t.Refuse("no member has this e-mail address: use an address, #team, me, none or any")
		}
		if err != nil {
			return err
		}
	}
	if user == 0 {
		return t.Refuse("nobody is signed in: use an e-mail address instead of me")
	}
	i.w.addNot(t.Negate, "assignee_user = ?", user)
	return nil
}

func (i *issueSearch) team(ctx context.Context, t search.Term, slug string) error {
	var team int64
	err := i.s.readOne(ctx, func(c conn) error {
		return c.row(ctx, "SELECT t.id FROM teams t JOIN projects p ON p.organization_id = t.organization_id WHERE t.slug = $1 AND p.id = $2",
			[]any{strings.ToLower(slug), i.f.ProjectID}, &team)
	})
	if errors.Is(err, store.ErrNotFound) {
		return t.Refuse("the organization has no such team: use #slug of one that it has")
	}
	if err == nil {
		i.w.addNot(t.Negate, "assignee_team = ?", team)
	}
	return err
}

func issueTime(w *where, t search.Term) error {
	if t.Key == "timestamp" {
		return t.Refuse("timestamp is of events: use first_seen or last_seen for issues")
	}
	from, until := t.Bounds(time.Now().UnixMicro())
	w.addNot(t.Negate, t.Key+" >= ? AND "+t.Key+" < ?", from, until)
	return nil
}

func issueID(w *where, t search.Term) error {
	n, err := strconv.ParseInt(t.Value, 10, 64)
	if err != nil || t.Key != "issue" {
		return t.Refuse("issues are found by the number in issue:42; look for event ids among events")
	}
	w.addNot(t.Negate, "id = ?", n)
	return nil
}

// text looks in the issues' titles and culprits, and for words also in the
// newest events of the range, because an issue's title is that of its latest event.
func (i *issueSearch) text(ctx context.Context, t search.Term) error {
	ids, err := i.s.issuesOfEvents(ctx, i.f, t)
	if err != nil {
		return err
	}
	c := condition{`search_text LIKE ? ESCAPE '\'`, []any{containing(strings.ToLower(t.Value))}}
	i.addNot(t, c.or(idIn(ids)))
	return nil
}

func (i *issueSearch) addNot(t search.Term, c condition) { i.w.addNot(t.Negate, c.text, c.args...) }

// tag asks the issues' tag counters, and what they do not know.
func (i *issueSearch) tag(ctx context.Context, t search.Term) error {
	if t.Key == "level" && !t.Prefix {
		level := event.ParseLevel(t.Value)
		if level == event.LevelUnknown {
			return t.Refuse("unknown level: use fatal, error, warning, info or debug")
		}
		i.w.addNot(t.Negate, "level = ?", uint8(level))
		return nil
	}
	value := matching("g.value", t)
	counted := condition{"EXISTS (SELECT 1 FROM issue_tags g WHERE g.issue_id = issues.id AND g.tag = ? AND " + value.text + ")", append([]any{t.Key}, value.args...)}
	uncounted, err := i.uncounted(ctx, t)
	if err != nil {
		return err
	}
	i.addNot(t, counted.or(uncounted))
	return nil
}

// uncounted finds what the counters of tags do not: the issues' own fields, whom
// an issue has met, and values beyond those that are counted, by the newest events.
func (i *issueSearch) uncounted(ctx context.Context, t search.Term) (condition, error) {
	if column, ok := searchedColumns[t.Key]; ok {
		return matching(column, t), nil
	}
	if t.Prefix {
		return condition{}, nil
	}
	if user, ok := userKey(t); ok {
		return condition{"EXISTS (SELECT 1 FROM issue_users u WHERE u.issue_id = issues.id AND u.user_hash = ?)", []any{int64(userHash(user))}}, nil
	}
	overflows, err := i.s.tagOverflows(ctx, i.f, t.Key)
	if err != nil || !overflows {
		return condition{}, err
	}
	ids, err := i.s.issuesOfEvents(ctx, i.f, t)
	return idIn(ids), err
}

// searchedColumns are the columns of table issues that are searched like tags,
// by their keys, of which one is Sentry's name.
var searchedColumns = map[string]string{"type": "type", "error.type": "type", "culprit": "culprit", "platform": "platform"}

// userKey is the user key that a term asks for. One who has an id is counted by it.
func userKey(t search.Term) (key string, ok bool) {
	if t.Key == event.UserTagPrefix+"id" {
		return "id:" + t.Value, true
	}
	return t.Value, t.Key == event.UserTag && event.IsUserKey(t.Value)
}

// tagOverflows reports whether an issue of the project has more values of a tag than are counted one by one.
func (s *Store) tagOverflows(ctx context.Context, f store.IssueFilter, key string) (bool, error) {
	var one int
	err := s.readOne(ctx, func(c conn) error {
		return c.row(ctx, "SELECT 1 FROM issue_tags g JOIN issues ON issues.id = g.issue_id WHERE g.tag = $1 AND g.value = '' AND issues.project_id = $2 LIMIT 1",
			[]any{key, f.ProjectID}, &one)
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// maxEventIssues bounds how many events are read to find issues by their text.
const maxEventIssues = 1000

// issuesOfEvents returns the issues of the newest events that match one term.
func (s *Store) issuesOfEvents(ctx context.Context, f store.IssueFilter, t search.Term) ([]int64, error) {
	t.Negate = false
	m, err := s.compileEvents(ctx, store.EventFilter{ProjectID: f.ProjectID, Query: search.Query{Terms: []search.Term{t}}, Range: f.Range})
	if err != nil {
		return nil, err
	}
	if m.words.empty() {
		return nil, nil
	}
	found, err := s.findEvents(ctx, m, span{from: m.from, until: m.until, limit: maxEventIssues, wanted: wantIssues})
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{}
	for _, e := range found {
		seen[e.issueID] = true
	}
	if len(seen) == 0 {
		return nil, nil
	}
	return s.targets(ctx, sortedKeys(seen))
}

// targets follows merges.
func (s *Store) targets(ctx context.Context, ids []int64) ([]int64, error) {
	var list []int64
	err := s.readOne(ctx, func(c conn) error {
		return listOf(ctx, c, "SELECT CASE WHEN merged_into = 0 THEN id ELSE merged_into END FROM issues WHERE id IN (…)", ids, func(r scanner) error {
			var id int64
			err := r.Scan(&id)
			list = append(list, id)
			return err
		})
	})
	slices.Sort(list)
	return slices.Compact(list), err
}
