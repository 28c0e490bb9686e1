package storetest

import (
	"testing"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

func testIdentities(t *testing.T, s AccountStore) {
	ctx := t.Context()
	ann := must[org.User](t)(s.CreateUser(ctx, org.User{Email: "ann@example.org", PasswordHash: "x"}))
	bob := must[org.User](t)(s.CreateUser(ctx, org.User{Email: "bob@example.org"}))
	of := func(u org.User, issuer, subject string) store.Identity {
		return store.Identity{UserID: u.ID, Issuer: issuer, Subject: subject, Email: "a@corp.example", CreatedAt: 1, LastUsedAt: 1}
	}
	_, err := s.IdentityUser(ctx, of(ann, "i", "1"))
	wantErr(t, err, store.ErrNotFound)
	ok(t, s.LinkIdentity(ctx, of(ann, "i", "1")))
	wantErr(t, s.LinkIdentity(ctx, of(bob, "i", "1")), store.ErrConflict)
	wantErr(t, s.LinkIdentity(ctx, of(ann, "i", "2")), store.ErrConflict)
	ok(t, s.LinkIdentity(ctx, of(ann, "j", "1")))
	ok(t, s.LinkIdentity(ctx, of(bob, "i", "2")))

	found := must[org.User](t)(s.IdentityUser(ctx, store.Identity{Issuer: "i", Subject: "1", Email: "new@corp.example", LastUsedAt: 7}))
	same(t, "account", found, ann)
	must[org.User](t)(s.IdentityUser(ctx, store.Identity{Issuer: "i", Subject: "1", LastUsedAt: 8})) // the provider may keep the address to itself
	list := must[[]store.Identity](t)(s.ListIdentities(ctx, ann.ID))
	if len(list) != 2 || list[0].Email != "new@corp.example" || list[0].LastUsedAt != 8 || list[0].CreatedAt != 1 || list[1].Issuer != "j" {
		t.Errorf("identities: %+v", list)
	}
	wantErr(t, s.UnlinkIdentity(ctx, bob.ID, list[0].ID), store.ErrNotFound)
	ok(t, s.UnlinkIdentity(ctx, ann.ID, list[0].ID))
	same(t, "left", len(must[[]store.Identity](t)(s.ListIdentities(ctx, ann.ID))), 1)
	mine := must[[]store.Identity](t)(s.ListIdentities(ctx, bob.ID))
	wantErr(t, s.UnlinkIdentity(ctx, bob.ID, mine[0].ID), store.ErrConflict)
	same(t, "the only way in stays", len(must[[]store.Identity](t)(s.ListIdentities(ctx, bob.ID))), 1)
}
