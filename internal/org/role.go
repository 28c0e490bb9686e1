package org

// Role is what a member may do in an organization. A higher role can do
// everything a lower one can. The numbers are stored: never renumber them.
type Role uint8

// The roles.
const (
	NoRole Role = iota
	Viewer
	RegularMember
	Admin
	Owner
)

var roleNames = [...]string{"", "viewer", "member", "admin", "owner"}

func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return ""
}

// ParseRole reads a role by its name; ok is false for any other text.
func ParseRole(name string) (r Role, ok bool) {
	for i := 1; i < len(roleNames); i++ {
		if roleNames[i] == name {
			return Role(i), true
		}
	}
	return NoRole, false
}
