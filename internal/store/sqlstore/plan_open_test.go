package sqlstore

import "testing"

// CheckPlans lets the external tests, which can open PostgreSQL, run the check on a store's inside.
func CheckPlans(t *testing.T, s *Store) { checkPlans(t, s) }
