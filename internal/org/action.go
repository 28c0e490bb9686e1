package org

// Action is something a signed-in caller may do within an organization.
type Action string

// The actions. Reading actions come first, then what changes things.
const (
	ReadOrganization Action = "read_organization"
	ReadMembers      Action = "read_members"
	ReadProject      Action = "read_project"
	ReadIssues       Action = "read_issues"
	ReadEvents       Action = "read_events"
	ReadAlerts       Action = "read_alerts"

	// FollowIssues subscribes oneself to issues and marks one's notifications as read.
	FollowIssues Action = "follow_issues"

	// TriageIssues changes status, assignee and priority, merges and comments.
	TriageIssues Action = "triage_issues"
	// DeleteIssues deletes issues with their events, and discards fingerprints.
	DeleteIssues Action = "delete_issues"
	// HandleAlerts acknowledges and resolves alerts; ManageAlertRules changes what raises them.
	HandleAlerts     Action = "handle_alerts"
	ManageAlertRules Action = "manage_alert_rules"

	CreateProject Action = "create_project"
	// ManageProject changes a project's name, settings and keys.
	ManageProject Action = "manage_project"
	DeleteProject Action = "delete_project"
	// ManageMembers invites and removes members and changes their roles.
	ManageMembers      Action = "manage_members"
	ManageOrganization Action = "manage_organization"
	DeleteOrganization Action = "delete_organization"
	ReadAuditLog       Action = "read_audit_log"
)

// lowestRole is the one table of who may do what: the least role for each action.
func lowestRole(a Action) (Role, bool) {
	switch a {
	case ReadOrganization, ReadMembers, ReadProject, ReadIssues, ReadEvents, ReadAlerts, FollowIssues:
		return Viewer, true
	case TriageIssues, DeleteIssues, HandleAlerts, ManageAlertRules:
		return RegularMember, true
	case CreateProject, ManageProject, ManageMembers, ManageOrganization, ReadAuditLog:
		return Admin, true
	case DeleteProject:
		return Admin, true
	case DeleteOrganization:
		return Owner, true
	}
	return NoRole, false
}

// Can reports whether a member with the role may do the action. Nobody may do an unknown action.
func Can(role Role, a Action) bool {
	lowest, known := lowestRole(a)
	return known && role >= lowest
}

// CanGrant reports whether a member with the role may give, change or take
// away the target role of another member: never a role above one's own.
func CanGrant(role, target Role) bool {
	return Can(role, ManageMembers) && target != NoRole && target <= role
}
