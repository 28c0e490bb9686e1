package sqlstore_test

import (
	"fmt"
	"testing"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
)

// TestDeletedProjectsAreListedWhileTheyHoldAnything keeps housekeeping from looking
// through every day for projects that are long gone, and not from what comes late.
func TestDeletedProjectsAreListedWhileTheyHoldAnything(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		p, _, err := s.CreateProject(ctx, org.Project{OrganizationID: 1, Slug: "doomed", Name: "Doomed"}, org.Key{Public: org.NewPublicKey(), Active: true})
		check(err)
		g := storetest.NewGenerator(1, 5, p.ID)
		store := func() {
			_, err := s.Apply(ctx, g.Batch("p0", 50))
			check(err)
		}
		listed := func(want string) {
			t.Helper()
			ids, err := s.DeletedProjects(ctx)
			check(err)
			if got := fmt.Sprint(ids); got != want {
				t.Errorf("deleted projects that hold something: %s, want %s", got, want)
			}
		}
		store()
		listed("[]")
		check(s.DeleteProject(ctx, p.ID, 1))
		for range 2 {
			listed(fmt.Sprintf("[%d]", p.ID))
			check(s.PurgeProject(ctx, p.ID, 1))
			for more := true; more; {
				more, err = s.DeleteStep(ctx)
				check(err)
			}
			listed("[]")
			store() // what the log still held
		}
	})
}
