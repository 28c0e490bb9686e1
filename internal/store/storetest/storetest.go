// Package storetest is the behaviour that every implementation of
// internal/store must show. Run it from a test of the implementation.
package storetest

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
)

// Store is what the suite exercises.
type Store interface {
	store.Applier
	store.IssueReader
	store.IssueWriter
	store.EventReader
	store.AttachmentReader
	store.LogReader
	store.StatsReader
	store.Discards
	store.Housekeeper
	store.Retention
	store.GroupingStore
	store.LogPatternReader
	store.Learners
	store.ActivityReader
	store.ArchiveReader
	store.Subscriptions
	store.Notifications
	store.Bookmarks
	store.Users
	store.Organizations
	store.Members
	store.Projects
	// Statements counts what was sent to the database.
	Statements() int64
}

// Run runs every case on a fresh store each.
func Run(t *testing.T, open func(t *testing.T) Store) {
	cases := []struct {
		name string
		run  func(t *testing.T, s Store)
	}{
		{"ApplyPlacesEvents", applyPlacesEvents},
		{"ApplyIsIdempotent", applyIsIdempotent},
		{"ApplyReplaysPartly", applyReplaysPartly},
		{"ApplyDropsDuplicates", applyDropsDuplicates},
		{"LedgerTakesBack", ledgerTakesBack},
		{"ApplyMatchesModel", applyMatchesModel},
		{"ApplyBoundsRoundTrips", applyBoundsRoundTrips},
		{"ApplyNamesRefusedRow", applyNamesRefusedRow},
		{"ApplyRunsPartitionsConcurrently", applyRunsPartitionsConcurrently},
		{"ApplyAttachesHashes", applyAttachesHashes},
		{"AttachmentsFollowTheirEvents", attachmentsFollowTheirEvents},
		{"AttachmentsAreBounded", attachmentsAreBounded},
		{"AttachmentsOfADay", attachmentsOfADay},
		{"IssuesRegress", issuesRegress},
		{"IssuesEscalate", issuesEscalate},
		{"IssuesPage", issuesPage},
		{"IssuesRankByTrend", issuesRankByTrend},
		{"IssuesSearch", issuesSearch},
		{"IssuesSearchAtOnce", issuesSearchAtOnce},
		{"IssuesMerge", issuesMerge},
		{"IssuesSplit", issuesSplit},
		{"IssuesAreSimilar", issuesAreSimilar},
		{"IssuesDelete", issuesDelete},
		{"IssuesDiscard", issuesDiscard},
		{"TagsAreBounded", tagsAreBounded},
		{"TagsOfLargeBatches", tagsOfLargeBatches},
		{"TagValuesAreFolded", tagValuesAreFolded},
		{"TagKeysAreThoseOfTheRange", tagKeysAreThoseOfTheRange},
		{"UncountedTagsAreFound", uncountedTagsAreFound},
		{"UsersAreFoundEverywhere", usersAreFoundEverywhere},
		{"FieldsAreFoundLikeTags", fieldsAreFoundLikeTags},
		{"EventsPage", eventsPage},
		{"EventsSearch", eventsSearch},
		{"EventsNeighbours", eventsNeighbours},
		{"EventsSpanDays", eventsSpanDays},
		{"StatsFillGaps", statsFillGaps},
		{"StatsCountHealth", statsCountHealth},
		{"StatsSpanDays", statsSpanDays},
		{"LedgerAddsUp", ledgerAddsUp},
		{"LogsSearch", logsSearch},
		{"LogPatternsCount", logPatternsCount},
		{"ProjectsArePurged", projectsArePurged},
		{"RetentionExpires", retentionExpires},
		{"RetentionThins", retentionThins},
		{"IssuesComeBackInTime", issuesComeBackInTime},
		{"NotificationsFollowActivities", notificationsFollowActivities},
		{"NotificationsNameAddressees", notificationsNameAddressees},
		{"NotificationsComeOnce", notificationsComeOnce},
		{"NotificationsPage", notificationsPage},
		{"NotificationsEnd", notificationsEnd},
		{"NotificationsAreBounded", notificationsAreBounded},
		{"SubscriptionsAreMerged", subscriptionsAreMerged},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}

// need fails the test on an error.
func need[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func parse(t *testing.T, text string) search.Query {
	t.Helper()
	return need[search.Query](t)(search.Parse(text))
}

func hexID(id [16]byte) string { return hex.EncodeToString(id[:]) }

// batch wraps events into the batch of their message.
func batch(g *Generator, events ...store.EventRow) *store.Batch {
	return &store.Batch{Partition: "p0", Through: g.seq, Now: g.Clock.UnixMicro(), Events: events}
}

func around(g *Generator) store.TimeRange {
	return store.TimeRange{Start: g.Clock.Add(-48 * time.Hour).UnixMicro(), End: g.Clock.Add(time.Hour).UnixMicro()}
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
