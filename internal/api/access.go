package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// target is what an operation acts on; it decides how the caller's role is found.
type target string

const (
	// onNothing needs no caller.
	onNothing target = "nothing"
	// onAccount is the signed-in person's own account; API tokens have no access.
	onAccount target = "account"
	// onCaller spans the caller's organizations: the handler keeps to those where the action is allowed.
	onCaller target = "caller"
	// The others are named by the path.
	onOrganization target = "organization"
	onProject      target = "project"
	onIssue        target = "issue"
)

// rule is the one place that says who may call an operation.
type rule struct {
	on     target
	action org.Action
}

// ruleKey is where an operation's metadata holds its rule.
const ruleKey = "mesher.rule"

// caller is who calls and what the path named.
type caller struct {
	auth.Identity
	signedIn bool
	client   auth.Client
	// base is the address the request was made to, for links and DSNs; secure is set for HTTPS.
	base   string
	secure bool

	role    org.Role
	orgID   int64
	project org.Project
	issue   issue.Issue
}

type callerKey struct{}

func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

// admit is the middleware of every operation: who calls, may they, on what.
func (s *Server) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	required, _ := ctx.Operation().Metadata[ruleKey].(rule)
	c, err := s.identify(r, required)
	if err == nil {
		err = checkURL(r)
	}
	if err == nil {
		err = s.allow(ctx.Context(), required, c, ctx.Param)
	}
	if err != nil {
		problem.Write(w, s.answerable(r.Context(), ctx.Operation().OperationID, err))
		return
	}
	next(huma.WithValue(ctx, callerKey{}, c))
}

// identify reads the API token or session of a request. A session that ended
// is nobody; a wrong token is an error.
func (s *Server) identify(r *http.Request, required rule) (*caller, error) {
	c := &caller{client: clientOf(r), base: s.PublicURL, secure: r.TLS != nil || strings.HasPrefix(s.PublicURL, "https://")}
	if c.base == "" {
		c.base = requestBase(r)
	}
	header := r.Header.Get("Authorization")
	if header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "bearer") || token == "" {
			return nil, fault.New(fault.Unauthenticated, "the Authorization header must be: Bearer <API token>")
		}
		return c, c.become(s.Auth.ByToken(r.Context(), strings.TrimSpace(token)))
	}
	if err := s.origin.Check(r); err != nil {
		return nil, fault.Wrap(err, fault.Forbidden, "the request comes from another site; use Mesher's own pages or an API token")
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return c, nil
	}
	err = c.become(s.Auth.BySession(r.Context(), cookie.Value))
	if fault.CodeOf(err) == fault.Unauthenticated && required.on == onNothing {
		return c, nil
	}
	return c, err
}

func (c *caller) become(i auth.Identity, err error) error {
	if err == nil {
		c.Identity, c.signedIn = i, true
	}
	return err
}

func clientOf(r *http.Request) auth.Client {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return auth.Client{Address: host, UserAgent: r.UserAgent()}
}

func requestBase(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// allow finds what the path names and the caller's role in it. What the caller
// is no member of does not exist for them.
func (s *Server) allow(ctx context.Context, required rule, c *caller, param func(string) string) error {
	if required.on == onNothing {
		return nil
	}
	if !c.signedIn {
		return fault.New(fault.Unauthenticated, "sign in, or send an API token as Authorization: Bearer <token>")
	}
	if required.on == onAccount {
		if c.Token != nil {
			return fault.New(fault.Forbidden, "API tokens cannot act on the account itself; sign in")
		}
		return nil
	}
	if err := c.tokenAllows(required.action); err != nil || required.on == onCaller {
		return err
	}
	orgID, err := s.find(ctx, required.on, c, param)
	if err != nil {
		return hidden(err, required.on)
	}
	return s.enter(ctx, c, orgID, required)
}

func (c *caller) tokenAllows(a org.Action) error {
	if c.Allows(a) {
		return nil
	}
	return fault.New(fault.Forbidden, "the API token needs one of these scopes: %s", strings.Join(scopesFor(a), ", "))
}

// scopesFor names the scopes that grant an action.
func scopesFor(a org.Action) []string {
	var names []string
	for _, scope := range org.Scopes() {
		if scope.Grants(a) {
			names = append(names, string(scope))
		}
	}
	return names
}

// find returns the organization of what the path names.
func (s *Server) find(ctx context.Context, on target, c *caller, param func(string) string) (int64, error) {
	id, err := strconv.ParseInt(param(string(on)+"_id"), 10, 64)
	if err != nil {
		return 0, store.ErrNotFound
	}
	switch on {
	case onOrganization:
		return id, nil
	case onIssue:
		if c.issue, err = s.Telemetry.GetIssue(ctx, id); err != nil {
			return 0, err
		}
		id = c.issue.ProjectID
	}
	c.project, err = s.Accounts.GetProject(ctx, id)
	return c.project.OrganizationID, err
}

// enter finds the caller's role in an organization and checks it.
func (s *Server) enter(ctx context.Context, c *caller, orgID int64, required rule) error {
	member, err := s.Accounts.GetMember(ctx, orgID, c.User.ID)
	if err != nil {
		return hidden(err, required.on)
	}
	c.role, c.orgID = member.Role, orgID
	if !org.Can(c.role, required.action) {
		return fault.New(fault.Forbidden, "your role %q does not allow this; ask an owner or admin of the organization", c.role)
	}
	return nil
}

func hidden(err error, on target) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(fault.NotFound, "there is no such %s", on)
	}
	return fmt.Errorf("find %s: %w", on, err)
}

// ActOn checks that the request's sender may do the action on a project. Streams, which are no
// operations of the OpenAPI document, ask it before they begin.
func (s *Server) ActOn(r *http.Request, projectID int64, action org.Action) (org.Project, auth.Identity, error) {
	required := rule{on: onProject, action: action}
	c, err := s.identify(r, required)
	if err != nil {
		return org.Project{}, auth.Identity{}, err
	}
	err = s.allow(r.Context(), required, c, func(string) string { return strconv.FormatInt(projectID, 10) })
	return c.project, c.Identity, err
}
