package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/store"
)

// Period is the input of everything that looks at a span of time.
type Period struct {
	Start string `query:"start" maxLength:"40" doc:"RFC 3339, or relative to now such as -24h or -7d" example:"-24h"`
	End   string `query:"end" maxLength:"40" doc:"RFC 3339, or relative to now; now when empty"`
}

// span reads the period; a missing start is fallback before the end, 0 the beginning of time.
func (p Period) span(now time.Time, fallback time.Duration) (store.TimeRange, error) {
	end, err := parseTime("query.end", p.End, now)
	if err != nil {
		return store.TimeRange{}, err
	}
	start, err := parseTime("query.start", p.Start, now)
	if err != nil {
		return store.TimeRange{}, err
	}
	r := store.TimeRange{Start: micros(start), End: micros(end)}
	if start.IsZero() && fallback > 0 {
		if end.IsZero() {
			end = now
		}
		r.Start, r.End = end.Add(-fallback).UnixMicro(), end.UnixMicro()
	}
	if r.End != 0 && r.Start >= r.End || r.Start > now.UnixMicro() {
		return r, fault.Field("query.start", "start must be before end and not in the future")
	}
	return r, nil
}

// bounded is span with an end that is never left open.
func (p Period) bounded(now time.Time, fallback time.Duration) (store.TimeRange, error) {
	r, err := p.span(now, fallback)
	if err == nil && r.End == 0 {
		r.End = now.UnixMicro()
	}
	return r, err
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// parseTime reads RFC 3339, "now", and offsets such as -90m, -24h, -7d and -2w; the zero time for empty text.
func parseTime(field, text string, now time.Time) (time.Time, error) {
	switch {
	case text == "":
		return time.Time{}, nil
	case text == "now":
		return now, nil
	case text[0] == '-':
		if d, ok := parseOffset(text[1:]); ok {
			return now.Add(-d), nil
		}
	default:
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil && t.Year() >= 1970 && t.Year() < 3000 {
			return t, nil
		}
	}
	return time.Time{}, fault.Field(field, "%q is no time: use RFC 3339 or an offset such as -24h or -7d", text)
}

func parseOffset(text string) (time.Duration, bool) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if len(text) < 2 {
		return 0, false
	}
	unit, known := units[text[len(text)-1]]
	n, err := strconv.ParseUint(strings.TrimSuffix(text, text[len(text)-1:]), 10, 16)
	if !known || err != nil || n == 0 {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
