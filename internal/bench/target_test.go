package bench

import (
	"testing"

	"github.com/mesher/mesher/internal/fault"
)

func TestOnlyLoopbackIsATarget(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"http://k@127.0.0.1:8080/1", "http://k@127.9.8.7/1", "http://k@[::1]:8080/1", "http://k@[::1]/1",
		"http://k@localhost:8080/1", "http://k@LOCALHOST/1", "http://k@[::ffff:127.0.0.1]:1/1",
	} {
		if _, err := loopbackTarget(t.Context(), dsn); err != nil {
			t.Errorf("%s: %v", dsn, err)
		}
	}
	for _, dsn := range []string{
		"http://k@10.0.0.1:8080/1", "http://k@192.168.1.1/1", "http://k@172.16.0.1/1", "http://k@0.0.0.0:8080/1",
		"http://k@example.org/1", "http://k@localhost.example.org/1", "http://k@[2001:db8::1]:80/1", "http://k@[::]:80/1",
		"https://k@127.0.0.1/1", "http://k@169.254.169.254/1",
	} {
		if _, err := loopbackTarget(t.Context(), dsn); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want a refusal", dsn, err)
		}
	}
	if err := loopbackURL(t.Context(), "http://10.1.2.3:8080"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an API elsewhere: got %v, want a refusal", err)
	}
}

func TestDialerRefusesOtherHosts(t *testing.T) {
	t.Parallel()
	// 192.0.2.0/24 is reserved for documentation: the refusal comes before any packet.
	if _, err := dialer().DialContext(t.Context(), "tcp", "192.0.2.1:80"); err == nil || fault.CodeOf(err) != fault.Invalid {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestTargetsAreDifferentProjectsOfOneHost(t *testing.T) {
	t.Parallel()
	for _, dsns := range [][]string{
		{"http://k@127.0.0.1:8080/1", "http://k@127.0.0.1:8080/1"},
		{"http://k@127.0.0.1:8080/1", "http://k@127.0.0.1:8081/2"},
	} {
		if _, err := (Config{DSNs: dsns}).targets(t.Context()); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want a refusal", dsns, err)
		}
	}
	if list, err := (Config{DSNs: []string{"http://k@127.0.0.1:8080/1", "http://j@127.0.0.1:8080/2"}}).targets(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("two projects: %v, %v", list, err)
	}
}
