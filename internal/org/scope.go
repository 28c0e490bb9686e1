package org

import (
	"slices"
	"strings"
)

// Scope is what an API token may do at most; the role of its owner limits it further.
type Scope string

// The scopes.
const (
	ScopeOrgRead      Scope = "org:read"
	ScopeOrgAdmin     Scope = "org:admin"
	ScopeMemberRead   Scope = "member:read"
	ScopeMemberAdmin  Scope = "member:admin"
	ScopeProjectRead  Scope = "project:read"
	ScopeProjectWrite Scope = "project:write"
	ScopeProjectAdmin Scope = "project:admin"
	ScopeIssueRead    Scope = "issue:read"
	ScopeIssueWrite   Scope = "issue:write"
	ScopeIssueAdmin   Scope = "issue:admin"
	ScopeEventRead    Scope = "event:read"
	ScopeAlertRead    Scope = "alert:read"
	ScopeAlertWrite   Scope = "alert:write"
)

// Scopes lists every scope, in the order they are shown.
func Scopes() []Scope {
	return []Scope{
		ScopeOrgRead, ScopeOrgAdmin, ScopeMemberRead, ScopeMemberAdmin,
		ScopeProjectRead, ScopeProjectWrite, ScopeProjectAdmin,
		ScopeIssueRead, ScopeIssueWrite, ScopeIssueAdmin,
		ScopeEventRead, ScopeAlertRead, ScopeAlertWrite,
	}
}

// Grants reports whether the scope allows the action. A scope for writing
// allows what the scope for reading the same kind of thing allows.
func (s Scope) Grants(a Action) bool { return slices.Contains(s.actions(), a) }

func (s Scope) actions() []Action {
	switch s {
	case ScopeOrgRead:
		return []Action{ReadOrganization}
	case ScopeOrgAdmin:
		return []Action{ReadOrganization, ManageOrganization, DeleteOrganization, ReadAuditLog}
	case ScopeMemberRead:
		return []Action{ReadOrganization, ReadMembers}
	case ScopeMemberAdmin:
		return []Action{ReadOrganization, ReadMembers, ManageMembers}
	case ScopeProjectRead:
		return []Action{ReadProject}
	case ScopeProjectWrite:
		return []Action{ReadProject, ManageProject}
	case ScopeProjectAdmin:
		return []Action{ReadProject, ManageProject, CreateProject, DeleteProject}
	case ScopeIssueRead:
		return []Action{ReadIssues}
	case ScopeIssueWrite:
		return []Action{ReadIssues, FollowIssues, TriageIssues}
	case ScopeIssueAdmin:
		return []Action{ReadIssues, FollowIssues, TriageIssues, DeleteIssues}
	case ScopeEventRead:
		return []Action{ReadEvents}
	case ScopeAlertRead:
		return []Action{ReadAlerts}
	case ScopeAlertWrite:
		return []Action{ReadAlerts, HandleAlerts, ManageAlertRules}
	}
	return nil
}

// ParseScope reads a scope by its name; ok is false for any other text.
func ParseScope(name string) (s Scope, ok bool) {
	s = Scope(name)
	return s, slices.Contains(Scopes(), s)
}

// ScopeSet is the scopes of one token.
type ScopeSet []Scope

// Grants reports whether any scope of the set allows the action.
func (set ScopeSet) Grants(a Action) bool {
	return slices.ContainsFunc(set, func(s Scope) bool { return s.Grants(a) })
}

// String joins the scopes by spaces, the form they are stored in.
func (set ScopeSet) String() string {
	names := make([]string, len(set))
	for i, s := range set {
		names[i] = string(s)
	}
	return strings.Join(names, " ")
}

// ParseScopeSet reads the form that String writes; unknown words are left out,
// so that a token never gains a right by a renamed scope.
func ParseScopeSet(text string) ScopeSet {
	var set ScopeSet
	for word := range strings.FieldsSeq(text) {
		if s, ok := ParseScope(word); ok && !slices.Contains(set, s) {
			set = append(set, s)
		}
	}
	return set
}
