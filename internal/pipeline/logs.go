package pipeline

import (
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

func decodeLogs(r *eventlog.Record, _ *rules) outcome {
	return dropped(r, store.Discarded, "unsupported")
}
