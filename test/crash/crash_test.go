// Package crash ends the real server in the rudest way while it is under load
// and counts what is left.
package crash

import (
	"os"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/test/harness"
)

// kills is how often the server is killed: MESHER_LONG=1 asks for more.
func kills() int {
	if os.Getenv("MESHER_LONG") != "" {
		return 20
	}
	return 5
}

// TestKillUnderLoad kills the server again and again while eight clients send,
// and wants every event that was answered 2xx to be stored exactly once.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the real server: not with -short")
	}
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		killUnderLoad(t, harness.Options{})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		killUnderLoad(t, harness.Options{Args: []string{"--database-url", sqltest.DatabaseURL(t)}})
	})
}

func killUnderLoad(t *testing.T, o harness.Options) {
	s := harness.Start(t, o)
	load := harness.NewLoad(s, harness.LoadOptions{})
	rounds := kills()
	for round := range rounds {
		load.Start()
		// A different moment each round: early rounds hit start-up work, later ones a busy store.
		time.Sleep(time.Duration(150+97*round) * time.Millisecond)
		s.Kill()
		load.Stop()
		s.Restart()
	}
	stored := load.CheckStored(t, time.Minute)
	t.Logf("%d kills, %d events answered 2xx, %d stored", rounds, load.Acknowledged(), stored)
}
