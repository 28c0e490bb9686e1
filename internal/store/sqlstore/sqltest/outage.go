package sqltest

import (
	"os"
	"syscall"
	"testing"
)

// Cluster is a PostgreSQL of one test, which can go away and come back.
type Cluster struct {
	cluster
	t   testing.TB
	bin string
}

// NewCluster starts a PostgreSQL of its own that ends with the test.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{t: t, bin: required(t)}
	if err := c.run(c.bin); err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		c.Stop()
		_ = os.RemoveAll(c.folder)
	})
	return c
}

// URL of its one database.
func (c *Cluster) URL() string { return c.url("postgres") }

// Stop ends the server in its immediate mode: connections are cut, and the next start recovers.
func (c *Cluster) Stop() {
	_ = c.server.Process.Signal(syscall.SIGQUIT) // it may have ended already
	<-c.ended
}

// Start brings it back with what it held.
func (c *Cluster) Start() {
	c.t.Helper()
	if err := c.launch(c.bin); err != nil {
		c.t.Fatalf("start PostgreSQL again: %v", err)
	}
}
