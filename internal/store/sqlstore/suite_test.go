package sqlstore_test

import (
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
