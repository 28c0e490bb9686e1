package app

import (
	"time"

	"github.com/mesher/mesher/internal/operator"
)

// door lets the commands of this machine ask the running server.
func (a *App) door() *operator.Door {
	return operator.NewDoor(&operator.Desk{
		Store:      a.store,
		Log:        a.eventlog,
		Auth:       a.auth,
		URL:        a.url(),
		Dir:        a.cfg.DataDir,
		Version:    a.cfg.Version,
		StartedAt:  time.Now(),
		Durability: a.cfg.Durability,
	}, a.component("operator"))
}
