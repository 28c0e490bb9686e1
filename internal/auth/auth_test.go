package auth

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

const password = "correct horse battery"

// clock is a time that only tests move.
type clock struct{ now time.Time }

func service(t *testing.T) (*Service, *clock, org.User) {
	t.Helper()
	c := &clock{now: time.Unix(1_800_000_000, 0)}
	s := New(Options{Store: sqltest.SQLite(t), Now: func() time.Time { return c.now }})
	u, err := s.CreateUser(t.Context(), NewAccount{Email: "A@Example.org", Name: "Ada", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return s, c, u
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s, c, u := service(t)
	for name, wrong := range map[string]Credentials{
		"password": {Email: u.Email, Password: "wrong horse battery"},
		"user":     {Email: "b@example.org", Password: password},
		"address":  {Email: "not an address", Password: password},
		"long":     {Email: u.Email, Password: string(make([]byte, 600))},
	} {
		if _, _, err := s.SignIn(t.Context(), wrong, Client{Address: "1"}); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
	secret, _, err := s.SignIn(t.Context(), Credentials{Email: "a@EXAMPLE.org", Password: password}, Client{Address: "1"})
	if err != nil {
		t.Fatal(err)
	}
	// A session in use stays for ever longer, up to its greatest age.
	for range 9 {
		c.now = c.now.Add(sessionIdle - time.Hour)
		if _, err = s.BySession(t.Context(), secret); err != nil {
			break
		}
	}
	if fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a session older than %v: %v", sessionMax, err)
	}
}

func TestIdleSessionEnds(t *testing.T) {
	t.Parallel()
	s, c, u := service(t)
	secret, i, err := s.StartSession(t.Context(), u, Client{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.BySession(t.Context(), secret); err != nil || got.User != u || got.SessionID != i.SessionID {
		t.Errorf("got %+v, %v", got, err)
	}
	c.now = c.now.Add(sessionIdle)
	if _, err := s.BySession(t.Context(), secret); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("idle session: %v", err)
	}
}

func TestSignInIsLimited(t *testing.T) {
	t.Parallel()
	s, c, u := service(t)
	var err error
	for n := range 11 {
		_, _, err = s.SignIn(t.Context(), Credentials{Email: u.Email, Password: "wrong horse battery"}, Client{Address: strconv.Itoa(n)})
	}
	limited, ok := errors.AsType[*fault.Error](err)
	if !ok || limited.Code != fault.RateLimited || limited.RetryAfter <= 0 {
		t.Fatalf("eleventh guess: %v", err)
	}
	c.now = c.now.Add(limited.RetryAfter)
	if _, _, err := s.SignIn(t.Context(), Credentials{Email: u.Email, Password: password}, Client{Address: "x"}); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestLimiterGivesBack(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(1, time.Minute), time.Unix(0, 0)
	for range 5 {
		if err := l.take("a", now); err != nil {
			t.Fatal(err)
		}
		l.giveBack("a", now)
	}
	if err := l.take("a", now); err != nil {
		t.Fatal(err)
	}
	if err := l.take("a", now.Add(59*time.Second)); fault.CodeOf(err) != fault.RateLimited {
		t.Errorf("too early: %v", err)
	}
	for n := range maxBuckets + 5 {
		_ = l.take(strconv.Itoa(n), now)
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(l.buckets))
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	h := newHasher(1)
	stored, err := h.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := h.verify(t.Context(), password, stored); !ok || err != nil {
		t.Errorf("right password: %v %v", ok, err)
	}
	if ok, err := h.verify(t.Context(), password+"!", stored); ok || err != nil {
		t.Errorf("wrong password: %v %v", ok, err)
	}
	if _, err := parseHash(unknownUserHash); err != nil {
		t.Errorf("hash for unknown users: %v", err)
	}
	for _, bad := range []string{"", "x", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=19$m=999999999,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=1,t=0,p=1$AAAA$AAAA"} {
		if _, err := h.verify(t.Context(), password, bad); !errors.Is(err, errBadHash) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s, c, u := service(t)
	setup, err := s.StartTOTP(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	code := func() string {
		code, err := totp.GenerateCode(setup.Secret, c.now)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	signIn := func(code string) error {
		_, _, err := s.SignIn(t.Context(), Credentials{Email: u.Email, Password: password, Code: code}, Client{})
		return err
	}
	if err := signIn(""); err != nil {
		t.Errorf("before the set-up is confirmed: %v", err)
	}
	if _, err := s.ConfirmTOTP(t.Context(), u, "000000x"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("wrong first code: %v", err)
	}
	recovery, err := s.ConfirmTOTP(t.Context(), u, code())
	if err != nil || len(recovery) != recoveryCodes {
		t.Fatalf("confirm: %v %v", recovery, err)
	}
	asked, _ := errors.AsType[*fault.Error](signIn(""))
	if asked == nil || asked.Code != fault.Unauthenticated || asked.Field != "body.code" {
		t.Errorf("without a code: %v", asked)
	}
	if signIn(code()) == nil {
		t.Error("the code of the confirmation worked again")
	}
	c.now = c.now.Add(time.Minute)
	if err := signIn(code()); err != nil {
		t.Errorf("next code: %v", err)
	}
	if err := signIn(recovery[3]); err != nil {
		t.Errorf("recovery code: %v", err)
	}
	if signIn(recovery[3]) == nil {
		t.Error("a recovery code worked twice")
	}
	if _, err := s.StartTOTP(t.Context(), u); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("second set-up: %v", err)
	}
	if err := s.RemoveTOTP(t.Context(), u.ID); err != nil || signIn("") != nil {
		t.Errorf("after removal: %v", err)
	}
}

func TestPasswordChangeEndsSessions(t *testing.T) {
	t.Parallel()
	s, _, u := service(t)
	mine, i, _ := s.StartSession(t.Context(), u, Client{})
	other, _, _ := s.StartSession(t.Context(), u, Client{})
	if err := s.ChangePassword(t.Context(), i, "wrong horse battery", "new horse battery"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("wrong current password: %v", err)
	}
	if err := s.ChangePassword(t.Context(), i, password, "short"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("short password: %v", err)
	}
	if err := s.ChangePassword(t.Context(), i, password, "new horse battery"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BySession(t.Context(), mine); err != nil {
		t.Errorf("own session: %v", err)
	}
	if _, err := s.BySession(t.Context(), other); err == nil {
		t.Error("other session lives on")
	}
	if err := s.ResetPassword(t.Context(), u.Email, "reset horse battery"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BySession(t.Context(), mine); err == nil {
		t.Error("session survived the operator's reset")
	}
	if err := s.ResetPassword(t.Context(), "x@example.org", "reset horse battery"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown account: %v", err)
	}
}

func TestInvitationIsForItsAddress(t *testing.T) {
	t.Parallel()
	s, c, u := service(t)
	i, secret, err := s.Invite(t.Context(), store.Invitation{OrganizationID: 1, Email: "b@example.org", Role: org.Viewer, InvitedBy: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Join(t.Context(), i, u); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("another address: %v", err)
	}
	if _, err := s.Invitation(t.Context(), secret); err != nil {
		t.Errorf("by its link: %v", err)
	}
	c.now = c.now.Add(InvitationLife)
	if _, err := s.Invitation(t.Context(), secret); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("expired: %v", err)
	}
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	s, c, u := service(t)
	secret := org.NewToken()
	if _, err := s.store.CreateToken(t.Context(), NewToken(TokenRequest{
		Secret: secret, UserID: u.ID, Name: "ci", Scopes: org.ScopeSet{org.ScopeIssueRead}, Now: c.now.UnixMicro(), ExpiresAt: c.now.Add(time.Hour).UnixMicro(),
	})); err != nil {
		t.Fatal(err)
	}
	i, err := s.ByToken(t.Context(), secret)
	if err != nil || !i.Allows(org.ReadIssues) || i.Allows(org.TriageIssues) {
		t.Errorf("got %+v, %v", i, err)
	}
	c.now = c.now.Add(time.Hour)
	if _, err := s.ByToken(t.Context(), secret); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("expired token: %v", err)
	}
}

func TestInstallOnce(t *testing.T) {
	t.Parallel()
	s := New(Options{Store: sqltest.SQLite(t)})
	link, err := s.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	start := FirstStart{
		Owner: NewAccount{Email: "Owner@example.org", Password: password}, Organization: "Acme Ltd", Project: "My Shop",
		PublicKey: "0123456789abcdef0123456789abcdef", Token: "msh_test",
	}
	if _, err := s.InstallByLink(t.Context(), "wrong", start, Client{}); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("wrong link: %v", err)
	}
	i, err := s.InstallByLink(t.Context(), link, start, Client{})
	if err != nil || i.Organization.Slug != "acme-ltd" || i.Project.Slug != "my-shop" || i.Project.ID != 1 || i.Key.Public != start.PublicKey {
		t.Fatalf("right link: %+v, %v", i, err)
	}
	if _, err := s.InstallByLink(t.Context(), link, start, Client{}); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("the link again: %v", err)
	}
	if _, err := s.Install(t.Context(), start); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("second installation: %v", err)
	}
	who, err := s.ByToken(t.Context(), "msh_test")
	if err != nil || who.User.Email != "owner@example.org" || !who.Allows(org.DeleteOrganization) {
		t.Errorf("token of the owner: %+v, %v", who, err)
	}
}

func TestInstallNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := New(Options{Store: sqltest.SQLite(t)})
	for name, f := range map[string]FirstStart{
		"password": {Owner: NewAccount{Email: "a@example.org", Password: "short"}},
		"email":    {Owner: NewAccount{Email: "nobody", Password: password}},
		"key":      {Owner: NewAccount{Email: "a@example.org", Password: password}, PublicKey: "XYZ"},
	} {
		if _, err := s.Install(t.Context(), f); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
