package sqlstore

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// defaultConnections is the pool's limit unless the URL says pool_max_conns.
const defaultConnections = 16

func (s *Store) openPostgres(ctx context.Context) error {
	s.d = &dialect{
		name: "postgres", forUpdate: " FOR UPDATE", insert: insertArrays, arrays: true, groupsCounts: true,
		// Planned for their values, lists of thousands seem to match every row of a
		// day that has no statistics yet, and the day is read whole (measured: 58 ms instead of 5).
		beforeApply: "SET LOCAL plan_cache_mode = force_generic_plan",
		bind:        unchanged, classify: classifyPostgres, withEventID: unchanged, tagMark: "zq",
	}
	pool, err := pgxpool.ParseConfig(s.options.URL)
	if err != nil {
		// pgx leaves the password out of its message.
		return wrapOpen("PostgreSQL URL", err)
	}
	config := pool.ConnConfig
	if _, set := config.RuntimeParams["application_name"]; !set {
		config.RuntimeParams["application_name"] = "mesher"
	}
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(withoutJIT))
	limit := defaultConnections
	if strings.Contains(s.options.URL, "pool_max_conns") {
		limit = int(pool.MaxConns)
	}
	db.SetMaxOpenConns(limit)
	db.SetMaxIdleConns(limit)
	db.SetConnMaxLifetime(pool.MaxConnLifetime)
	db.SetConnMaxIdleTime(pool.MaxConnIdleTime)
	s.main, s.reader = db, db
	s.events = newTableArchive(s)
	if err := db.PingContext(ctx); err != nil {
		return wrapOpen("PostgreSQL", err)
	}
	return nil
}

// withoutJIT keeps a connection from compiling statements. What is asked here
// reads few rows, but the planner's guesses over many partitions are high, and
// forbidden ways to read count as dearer than anything: compiling then takes a
// second (measured) for what runs in milliseconds.
func withoutJIT(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, "SET jit = off")
	return err
}

func classifyPostgres(err error) failure {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return classifyCode(pg.Code)
	}
	var network net.Error
	if errors.As(err, &network) || pgconn.SafeToRetry(err) {
		return failureUnavailable
	}
	return failureOther
}

// classifyCode reads an SQLSTATE (PostgreSQL manual, appendix A).
func classifyCode(code string) failure {
	switch {
	case code == "23505":
		return failureConflict
	case code == "40001", code == "40P01", code == "55P03":
		return failureRetry
	case strings.HasPrefix(code, "22"), strings.HasPrefix(code, "23"), code == "54000":
		return failureData
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "57P"), strings.HasPrefix(code, "53"):
		return failureUnavailable
	}
	return failureOther
}
