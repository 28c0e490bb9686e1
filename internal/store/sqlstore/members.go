package sqlstore

import (
	"context"
	"strconv"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const selectMembers = `SELECT m.organization_id, m.user_id, m.role, u.email, u.name, m.created_at
	FROM members m JOIN users u ON u.id = m.user_id JOIN organizations o ON o.id = m.organization_id AND o.deleted_at = 0 `

func scanMember(r scanner) (org.Member, error) {
	var m org.Member
	return m, r.Scan(&m.OrganizationID, &m.UserID, &m.Role, &m.Email, &m.Name, &m.CreatedAt)
}

// GetMember implements store.Members.
func (s *Store) GetMember(ctx context.Context, orgID, userID int64) (m org.Member, err error) {
	err = s.readOne(ctx, func(c conn) error {
		m, err = one(ctx, c, scanMember, selectMembers+"WHERE m.organization_id = $1 AND m.user_id = $2", orgID, userID)
		return err
	})
	return m, err
}

// ListMembers implements store.Members.
func (s *Store) ListMembers(ctx context.Context, orgID int64, p store.PageRequest) (store.Page[org.Member], error) {
	return idPage(ctx, s, idList[org.Member]{
		request: p, scan: scanMember, id: func(m org.Member) int64 { return m.UserID },
		query: selectMembers + "WHERE m.organization_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3", args: []any{orgID},
	})
}

// idList is a list in ascending order of ids. Its query takes args, then the id
// to continue after and the limit.
type idList[T any] struct {
	request store.PageRequest
	query   string
	args    []any
	scan    func(scanner) (T, error)
	id      func(T) int64
	// descending lists have the largest id first; their query asks for ids below.
	descending bool
}

// idPage reads one page of a list that is ordered by id; its cursor is the last id.
func idPage[T any](ctx context.Context, s *Store, l idList[T]) (store.Page[T], error) {
	var page store.Page[T]
	var after int64
	if l.descending {
		after = 1<<63 - 1
	}
	if l.request.Cursor != "" {
		var err error
		if after, err = strconv.ParseInt(l.request.Cursor, 10, 64); err != nil {
			return page, fault.Field("query.cursor", "the cursor is none that a list gave out")
		}
	}
	limit := pageLimit(l.request)
	err := s.read(ctx, func(c conn) (err error) {
		page.Items, err = all(ctx, c, l.scan, l.query, append(l.args[:len(l.args):len(l.args)], after, limit+1)...)
		return err
	})
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = strconv.FormatInt(l.id(page.Items[limit-1]), 10)
	}
	return page, err
}

// pageLimit is the page size of a request: 25 unless it says otherwise, at most 100.
func pageLimit(p store.PageRequest) int {
	if p.Limit <= 0 {
		return 25
	}
	return min(p.Limit, 100)
}

// AddMember implements store.Members.
func (s *Store) AddMember(ctx context.Context, m org.Member) error {
	return s.write(ctx, func(c conn) error { return insertMember(ctx, c, m) })
}

func insertMember(ctx context.Context, c conn, m org.Member) error {
	_, err := c.exec(ctx, "INSERT INTO members (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
		m.OrganizationID, m.UserID, int(m.Role), m.CreatedAt)
	return err
}

// SetRole implements store.Members.
func (s *Store) SetRole(ctx context.Context, orgID, userID int64, role org.Role) error {
	return s.keepingOwner(ctx, orgID, func(c conn) error {
		return c.execOne(ctx, "UPDATE members SET role = $1 WHERE organization_id = $2 AND user_id = $3", int(role), orgID, userID)
	})
}

// RemoveMember implements store.Members.
func (s *Store) RemoveMember(ctx context.Context, orgID, userID int64) error {
	return s.keepingOwner(ctx, orgID, func(c conn) error {
		if err := c.execOne(ctx, "DELETE FROM members WHERE organization_id = $1 AND user_id = $2", orgID, userID); err != nil {
			return err
		}
		_, err := c.exec(ctx, "DELETE FROM team_members WHERE user_id = $1 AND team_id IN (SELECT id FROM teams WHERE organization_id = $2)", userID, orgID)
		return err
	})
}

// keepingOwner makes a change and takes it back when it leaves no owner. The
// organization's row is locked, so that two owners cannot leave at once.
func (s *Store) keepingOwner(ctx context.Context, orgID int64, change func(c conn) error) error {
	return s.write(ctx, func(c conn) error {
		var id, owners int64
		if err := c.row(ctx, "SELECT id FROM organizations WHERE id = $1 AND deleted_at = 0"+c.d.forUpdate, []any{orgID}, &id); err != nil {
			return err
		}
		if err := change(c); err != nil {
			return err
		}
		err := c.row(ctx, "SELECT count(*) FROM members WHERE organization_id = $1 AND role = $2", []any{orgID, int(org.Owner)}, &owners)
		if err == nil && owners == 0 {
			err = store.ErrLastOwner
		}
		return err
	})
}
