package sqlstore

import "testing"

// CheckPlans lets the external tests, which can open PostgreSQL, run the check on a store's inside.
func CheckPlans(t *testing.T, s *Store) { checkPlans(t, s) }

// CheckWordsSettle looks into PostgreSQL's index, for the same reason.
func CheckWordsSettle(t *testing.T, s *Store) { checkWordsSettle(t, s) }

// CheckCommonWords asks PostgreSQL which words of a phrase are left to its verification.
func CheckCommonWords(t *testing.T, s *Store) { checkCommonWords(t, s) }
