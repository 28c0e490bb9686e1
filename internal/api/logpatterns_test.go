package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

func TestFoldPatterns(t *testing.T) {
	t.Parallel()
	got := foldPatterns([]store.LogPattern{
		{Pattern: "paid by <*>", Count: 5, Level: event.LevelWarning, FirstSeen: 30, LastSeen: 90},
		{Pattern: "paid by", Count: 1, FirstSeen: 80, LastSeen: 80},
		{Pattern: "paid by node_a", Count: 2, Level: event.LevelInfo, FirstSeen: 10, LastSeen: 20},
		{Pattern: "sent to node_a", Count: 3, FirstSeen: 5, LastSeen: 15},
		{Pattern: "paid <*> <*>", Count: 4, FirstSeen: 1, LastSeen: 2},
	})
	want := []store.LogPattern{
		{Pattern: "paid <*> <*>", Count: 11, Level: event.LevelWarning, FirstSeen: 1, LastSeen: 90},
		{Pattern: "paid by", Count: 1, FirstSeen: 80, LastSeen: 80},
		{Pattern: "sent to node_a", Count: 3, FirstSeen: 5, LastSeen: 15},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
