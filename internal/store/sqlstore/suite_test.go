package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
)

// TestSuite runs the behaviour suite on every database, and checks the plan of every statement it leads to.
func TestSuite(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *sqlstore.Store{"sqlite": sqltest.SQLite, "memory": sqltest.Memory, "postgres": sqltest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var plans sqlstore.Plans
			storetest.Run(t, func(t *testing.T) storetest.Store {
				s := open(t)
				plans.Watch(t, s)
				return s
			})
		})
	}
}

func TestPlansScanNothingLarge(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, sqlstore.CheckPlans)
}

func TestWordsSettle(t *testing.T) {
	t.Parallel()
	sqlstore.CheckWordsSettle(t, sqltest.Postgres(t))
}

func TestCommonWordsOfPhrases(t *testing.T) {
	t.Parallel()
	sqlstore.CheckCommonWords(t, sqltest.Postgres(t))
}

func TestPartitionsWaitForNobody(t *testing.T) {
	t.Parallel()
	sqlstore.CheckPartitions(t, sqltest.Postgres)
}

func TestTheURLLimitsThePool(t *testing.T) {
	t.Parallel()
	url := sqltest.DatabaseURL(t)
	for parameter, want := range map[string]int{"": 16, "&pool_max_conns=3": 3} {
		s, err := sqlstore.Open(t.Context(), sqlstore.Options{URL: url + parameter})
		if err != nil {
			t.Fatal(err)
		}
		if got := sqlstore.MaxConnections(s); got != want {
			t.Errorf("%q: %d connections, want %d", parameter, got, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := sqlstore.Open(t.Context(), sqlstore.Options{URL: url + "&pool_max_conns=many"}); err == nil || !strings.Contains(err.Error(), "pool_max_conns") {
		t.Errorf("a limit that is none: %v", err)
	}
}
