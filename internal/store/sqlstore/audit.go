package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

// AppendAudit implements store.AuditLog.
func (s *Store) AppendAudit(ctx context.Context, e store.AuditEntry) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO audit_log (organization_id, user_id, user_email, at, action, target, data, address)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			e.OrganizationID, e.UserID, e.UserEmail, e.At, e.Action, e.Target, string(e.Data), e.Address)
		return err
	})
}

func scanAudit(r scanner) (store.AuditEntry, error) {
	var e store.AuditEntry
	var data string
	err := r.Scan(&e.ID, &e.OrganizationID, &e.UserID, &e.UserEmail, &e.At, &e.Action, &e.Target, &data, &e.Address)
	if data != "" {
		e.Data = []byte(data)
	}
	return e, err
}

// ListAudit implements store.AuditLog.
func (s *Store) ListAudit(ctx context.Context, orgID int64, p store.PageRequest) (store.Page[store.AuditEntry], error) {
	return idPage(ctx, s, idList[store.AuditEntry]{
		request: p, scan: scanAudit, id: func(e store.AuditEntry) int64 { return e.ID }, descending: true,
		query: `SELECT id, organization_id, user_id, user_email, at, action, target, data, address FROM audit_log
			WHERE organization_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, args: []any{orgID},
	})
}
