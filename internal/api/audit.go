package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// AuditEntry is one administrative act.
type AuditEntry struct {
	ID        int64           `json:"id"`
	UserID    int64           `json:"user_id"`
	UserEmail string          `json:"user_email"`
	At        view.Time       `json:"at" format:"date-time"`
	Action    string          `json:"action" example:"project.created"`
	Target    string          `json:"target" example:"project:1"`
	Data      json.RawMessage `json:"data" doc:"JSON object with what changed"`
	Address   string          `json:"address"`
}

type auditList struct {
	OrgID int64 `path:"organization_id"`
	Paging
}

func (s *Server) registerAudit() {
	register(s, route{
		call: "GET /orgs/{organization_id}/audit-log", id: "list-audit-log", tag: "Organizations",
		summary: "Administrative acts, newest first", on: onOrganization, action: org.ReadAuditLog,
	}, s.listAudit)
}

func (s *Server) listAudit(ctx context.Context, in *auditList) (*body[List[AuditEntry]], error) {
	page, err := s.Accounts.ListAudit(ctx, in.OrgID, in.request())
	return listOf(page, func(e store.AuditEntry) AuditEntry {
		data := json.RawMessage("{}")
		if e.Data != nil {
			data = e.Data
		}
		return AuditEntry{
			ID: e.ID, UserID: e.UserID, UserEmail: e.UserEmail, At: view.Time(e.At),
			Action: e.Action, Target: e.Target, Data: data, Address: e.Address,
		}
	}), err
}

// act is one administrative act of the caller.
type act struct {
	orgID  int64
	action string
	kind   string
	id     int64
	// data says what changed; never a secret.
	data map[string]any
}

// record keeps an act in the audit log of its organization.
func (s *Server) record(ctx context.Context, a act) error {
	c := callerOf(ctx)
	e := store.AuditEntry{
		OrganizationID: a.orgID, UserID: c.User.ID, UserEmail: c.User.Email, At: s.Now().UnixMicro(),
		Action: a.action, Target: a.kind + ":" + strconv.FormatInt(a.id, 10), Address: c.client.Address,
	}
	if a.data != nil {
		data, err := json.Marshal(a.data)
		if err != nil {
			return fmt.Errorf("write audit data: %w", err)
		}
		e.Data = data
	}
	if err := s.Accounts.AppendAudit(ctx, e); err != nil {
		return fmt.Errorf("keep audit log: %w", err)
	}
	return nil
}
