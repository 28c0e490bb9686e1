package store

import (
	"context"
	"errors"

	"github.com/mesher/mesher/internal/org"
)

// ErrLastOwner is returned instead of leaving an organization without an owner.
var ErrLastOwner = errors.New("the last owner of an organization stays its owner")

// Users keeps accounts. E-mail addresses are stored as org.NormalizeEmail writes them.
type Users interface {
	// CreateUser returns the user with its id, ErrConflict when the address is taken.
	CreateUser(ctx context.Context, u org.User) (org.User, error)
	GetUser(ctx context.Context, id int64) (org.User, error)
	UserByEmail(ctx context.Context, email string) (org.User, error)
	// UsersByID returns those of the users that exist.
	UsersByID(ctx context.Context, ids []int64) (map[int64]org.User, error)
	CountUsers(ctx context.Context) (int64, error)
	SetUserName(ctx context.Context, id int64, name string) error
	// SetPassword replaces the hash and, in the same transaction, ends every
	// session of the user except the one with id keep (0: every one).
	SetPassword(ctx context.Context, id int64, hash string, keep int64) error
}

// Session is a signed-in browser. Only the hash of its secret is kept.
type Session struct {
	ID         int64
	Hash       [32]byte
	UserID     int64
	CreatedAt  int64
	LastSeenAt int64
	ExpiresAt  int64
	Address    string
	UserAgent  string
}

// Sessions keeps sessions.
type Sessions interface {
	CreateSession(ctx context.Context, s Session) (Session, error)
	// SessionByHash returns the session with its user, ErrNotFound when it expired before now.
	SessionByHash(ctx context.Context, hash [32]byte, now int64) (Session, org.User, error)
	// TouchSession moves the expiry of a session that is in use.
	TouchSession(ctx context.Context, id, lastSeen, expires int64) error
	ListSessions(ctx context.Context, userID, now int64) ([]Session, error)
	DeleteSession(ctx context.Context, userID, id int64) error
	// DeleteSessionsExcept ends every session of a user but one and returns how many ended.
	DeleteSessionsExcept(ctx context.Context, userID, keep int64) (int64, error)
	// DeleteExpired removes sessions, invitations and set-up links that expired before now.
	DeleteExpired(ctx context.Context, now int64) error
}

// Token is an API token of a user. Only the hash of its secret is kept.
type Token struct {
	ID     int64
	Hash   [32]byte
	UserID int64
	Name   string
	// Hint is the end of the secret, to tell tokens apart.
	Hint      string
	Scopes    org.ScopeSet
	CreatedAt int64
	// ExpiresAt and LastUsedAt are 0 for never.
	ExpiresAt  int64
	LastUsedAt int64
}

// Tokens keeps API tokens.
type Tokens interface {
	CreateToken(ctx context.Context, t Token) (Token, error)
	// TokenByHash returns the token with its user, ErrNotFound when it expired before now.
	TokenByHash(ctx context.Context, hash [32]byte, now int64) (Token, org.User, error)
	TouchToken(ctx context.Context, id, usedAt int64) error
	ListTokens(ctx context.Context, userID int64) ([]Token, error)
	DeleteToken(ctx context.Context, userID, id int64) error
}

// TOTP is the second factor of a user.
type TOTP struct {
	UserID int64
	// Secret is the shared secret in base32.
	Secret string
	// ConfirmedAt is when the user first gave a right code, 0 while the set-up is unfinished.
	ConfirmedAt int64
	// LastStep is the time step of the last accepted code; a code is accepted once.
	LastStep int64
}

// SecondFactors keeps TOTP secrets and recovery codes.
type SecondFactors interface {
	// GetTOTP returns ErrNotFound for a user without a second factor.
	GetTOTP(ctx context.Context, userID int64) (TOTP, error)
	// PutTOTP starts or restarts an unfinished set-up, ErrConflict when the user has a confirmed one.
	PutTOTP(ctx context.Context, t TOTP) error
	// ConfirmTOTP finishes the set-up and replaces the recovery codes.
	ConfirmTOTP(ctx context.Context, t TOTP, recovery [][32]byte) error
	// UseTOTPStep records an accepted time step; false when it, or a later one, was used before.
	UseTOTPStep(ctx context.Context, userID, step int64) (bool, error)
	// UseRecoveryCode spends a code; false when there is no such unspent code.
	UseRecoveryCode(ctx context.Context, userID int64, hash [32]byte) (bool, error)
	CountRecoveryCodes(ctx context.Context, userID int64) (int64, error)
	ReplaceRecoveryCodes(ctx context.Context, userID int64, hashes [][32]byte) error
	// DeleteTOTP removes the second factor and its recovery codes.
	DeleteTOTP(ctx context.Context, userID int64) error
}

// Membership is an organization as one of its members sees it.
type Membership struct {
	Organization org.Organization
	Role         org.Role
}

// Organizations keeps organizations.
type Organizations interface {
	// CreateOrganization makes the owner its first member, ErrConflict when the slug is taken.
	CreateOrganization(ctx context.Context, o org.Organization, owner int64) (org.Organization, error)
	GetOrganization(ctx context.Context, id int64) (org.Organization, error)
	// UpdateOrganization writes name and slug, ErrStale when they are not those of before any more.
	UpdateOrganization(ctx context.Context, before, after org.Organization) error
	// DeleteOrganization removes it and hides its projects from then on; what they
	// hold is removed by retention.
	DeleteOrganization(ctx context.Context, id, at int64) error
	Memberships(ctx context.Context, userID int64) ([]Membership, error)
	// OrganizationIDs lists every organization, for the operator.
	OrganizationIDs(ctx context.Context) ([]int64, error)
}

// Members keeps who belongs to an organization.
type Members interface {
	GetMember(ctx context.Context, orgID, userID int64) (org.Member, error)
	// ListMembers lists by user id.
	ListMembers(ctx context.Context, orgID int64, p PageRequest) (Page[org.Member], error)
	AddMember(ctx context.Context, m org.Member) error
	// SetRole returns ErrLastOwner instead of taking the role from the last owner.
	SetRole(ctx context.Context, orgID, userID int64, role org.Role) error
	// RemoveMember returns ErrLastOwner instead of removing the last owner.
	RemoveMember(ctx context.Context, orgID, userID int64) error
}

// Invitation lets whoever holds its link join an organization, once.
type Invitation struct {
	ID             int64
	Hash           [32]byte
	OrganizationID int64
	// Email is whom the link was meant for; only an account of this address may use it. Empty means anyone.
	Email     string
	Role      org.Role
	InvitedBy int64
	CreatedAt int64
	ExpiresAt int64
}

// Invitations keeps invitations.
type Invitations interface {
	CreateInvitation(ctx context.Context, i Invitation) (Invitation, error)
	// InvitationByHash returns ErrNotFound when it expired before now.
	InvitationByHash(ctx context.Context, hash [32]byte, now int64) (Invitation, error)
	ListInvitations(ctx context.Context, orgID, now int64) ([]Invitation, error)
	DeleteInvitation(ctx context.Context, orgID, id int64) error
	// AcceptInvitation spends the invitation and adds the user in one
	// transaction. A member of a higher role keeps it. ErrNotFound when it was spent meanwhile.
	AcceptInvitation(ctx context.Context, i Invitation, userID, at int64) error
}

// AuditEntry is one administrative act.
type AuditEntry struct {
	ID             int64
	OrganizationID int64
	// UserID did it; UserEmail is the address at that time. 0 and empty for the operator.
	UserID    int64
	UserEmail string
	At        int64
	// Action is a fixed word such as "project.created" or "member.role_changed".
	Action string
	// Target is what was acted on, as "kind:id".
	Target string
	// Data is a JSON object with what changed, nil when nothing more is to be said. Never a secret.
	Data    []byte
	Address string
}

// AuditLog keeps administrative acts.
type AuditLog interface {
	AppendAudit(ctx context.Context, e AuditEntry) error
	// ListAudit lists an organization's entries, newest first.
	ListAudit(ctx context.Context, orgID int64, p PageRequest) (Page[AuditEntry], error)
}

// Installation is what the first start creates, in one transaction.
type Installation struct {
	User         org.User
	Organization org.Organization
	Project      org.Project
	Key          org.Key
	// Token is an API token of the user; nil for none.
	Token *Token
}

// Setup makes a fresh store usable.
type Setup interface {
	// Install creates everything of the installation and returns it with ids.
	// ErrConflict, and nothing is written, when any user exists: the first one wins.
	Install(ctx context.Context, i Installation) (Installation, error)
	// PutSetupLink replaces the one-time set-up link.
	PutSetupLink(ctx context.Context, hash [32]byte, expires int64) error
	// HasSetupLink reports whether the hash is that of the current link.
	HasSetupLink(ctx context.Context, hash [32]byte, now int64) (bool, error)
}

// Bookmarks keeps which issues a user marked.
type Bookmarks interface {
	SetBookmark(ctx context.Context, userID, issueID, at int64) error
	DeleteBookmark(ctx context.Context, userID, issueID int64) error
	// Bookmarked returns those of the issues that the user marked.
	Bookmarked(ctx context.Context, userID int64, issueIDs []int64) (map[int64]bool, error)
}
