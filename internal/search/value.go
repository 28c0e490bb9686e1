package search

import (
	"strconv"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

// Number returns the value of a KindNumber term.
func (t Term) Number() (int64, error) {
	if t.Key == "priority" {
		if n, ok := ParsePriority(t.Value); ok {
			return n, nil
		}
		return 0, fault.New(fault.Invalid, "unknown priority: use low, medium or high")
	}
	n, err := strconv.ParseInt(t.Value, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "the value must be a whole number, such as %s:>100", t.Key)
	}
	return n, nil
}

// Bounds returns the range of Unix µs that a KindTime term admits, before its negation.
//
// An age compares how long ago something was: first_seen:>24h is "more than 24
// hours ago", first_seen:<24h and first_seen:-24h are "within the last 24
// hours". A date compares moments: last_seen:>=2026-11-01 is "since
// November". Dates are RFC 3339 or YYYY-MM-DD in UTC; a date alone means the whole day.
func (t Term) Bounds(now int64) (from, until int64) {
	m, _ := t.moment(now) // checked when it was parsed
	from, until = -1<<62, 1<<62
	op := t.Op
	if m.age {
		op = map[string]string{">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": ">="}[op]
	}
	switch op {
	case ">":
		from = m.end
	case ">=":
		from = m.start
	case "<":
		until = m.start
	case "<=":
		until = m.end
	default:
		from, until = m.start, m.end
	}
	return from, until
}

// moment is the span a time value names: start ≤ t < end.
type moment struct {
	start, end int64
	age        bool
}

func (t Term) moment(now int64) (moment, error) {
	if d, ok := parseAge(t.Value); ok {
		at := now - d.Microseconds()
		return moment{start: at, end: at + 1, age: true}, nil
	}
	if at, err := time.Parse(time.RFC3339Nano, t.Value); err == nil {
		return moment{start: at.UnixMicro(), end: at.UnixMicro() + 1}, nil
	}
	if day, err := time.Parse(time.DateOnly, t.Value); err == nil {
		return moment{start: day.UnixMicro(), end: day.AddDate(0, 0, 1).UnixMicro()}, nil
	}
	return moment{}, fault.New(fault.Invalid, "the value must be an age such as %[1]s:>24h, or a date such as %[1]s:>2026-11-01", t.Key)
}

// parseAge reads 30m, 24h, 7d, 2w, with an optional minus sign as in "-24h".
func parseAge(s string) (time.Duration, bool) {
	if len(s) > 1 && s[0] == '-' {
		s = s[1:]
	}
	if len(s) < 2 || len(s) > 7 {
		return 0, false
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	unit, ok := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 31)
	if !ok || err != nil || n > 100*365*24*3600 || time.Duration(n) > 100*365*24*time.Hour/unit {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
