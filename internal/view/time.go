// Package view holds the JSON shapes of issues, events and log entries that
// both the management API and live streams send, so that a list and a stream
// speak alike. It is pure.
package view

import "time"

// Time is a time in Unix µs that JSON shows as RFC 3339 in UTC with six decimals.
type Time int64

const timeLayout = "2006-01-02T15:04:05.000000Z"

// MarshalText writes the time.
func (t Time) MarshalText() ([]byte, error) {
	return time.UnixMicro(int64(t)).UTC().AppendFormat(nil, timeLayout), nil
}

// UnmarshalText reads any RFC 3339 time.
func (t *Time) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return err
	}
	*t = Time(parsed.UnixMicro())
	return nil
}

// Some returns nil, JSON null, for the zero time.
func Some(micros int64) *Time {
	if micros == 0 {
		return nil
	}
	t := Time(micros)
	return &t
}
