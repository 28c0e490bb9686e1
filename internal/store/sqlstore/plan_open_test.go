package sqlstore

import "testing"

// CheckPlans lets the external tests, which can open PostgreSQL, run the check on a store's inside.
func CheckPlans(t *testing.T, s *Store) { checkPlans(t, s) }

// CheckWordsSettle looks into PostgreSQL's index, for the same reason.
func CheckWordsSettle(t *testing.T, s *Store) { checkWordsSettle(t, s) }

// CheckCommonWords asks PostgreSQL which words of a phrase are left to its verification.
func CheckCommonWords(t *testing.T, s *Store) { checkCommonWords(t, s) }

// CheckPartitions wants days to begin and end beside readers and batches on PostgreSQL.
func CheckPartitions(t *testing.T, open func(testing.TB) *Store) {
	t.Run("readers", func(t *testing.T) { t.Parallel(); checkPartitionsBesideReaders(t, open(t)) })
	t.Run("batches", func(t *testing.T) { t.Parallel(); checkPartitionsBesideBatches(t, open(t)) })
}

// MaxConnections is the limit of a store's pool.
func MaxConnections(s *Store) int { return s.main.Stats().MaxOpenConnections }
