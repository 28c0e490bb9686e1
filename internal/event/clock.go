package event

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"github.com/valyala/fastjson"
)

// Bounds on a client's clock (PROTOCOL.md, §11).
const (
	maxFuture = int64(60 * time.Second / time.Microsecond)
	// MaxPast is how long before its reception an event may be dated, in µs.
	MaxPast  = int64(30 * 24 * time.Hour / time.Microsecond)
	maxDrift = int64(55 * time.Minute / time.Microsecond)
	// lastMicros is the last time that is told from milliseconds when written as seconds, in the year 2286.
	lastMicros = 9999999999999999
)

// Plausible reports whether something that was received then may be dated so, both in Unix µs.
func Plausible(dated, received int64) bool {
	ahead := dated - received
	return -MaxPast <= ahead && ahead <= maxFuture
}

// layouts are the forms of time text seen from SDKs, most frequent first. Text without a zone is UTC.
var layouts = [...]string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02",
}

// ParseTime reads a time as SDKs write it: RFC 3339 with or without a zone, or
// seconds (also milli-, micro- and nanoseconds, told by their size) since 1970
// as text. The result is in Unix µs.
func ParseTime(s string) (micros int64, ok bool) {
	b := bytes.TrimSpace([]byte(s))
	if validNumber(b) {
		return numberMicros(b)
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, string(b)); err == nil {
			return boundedMicros(t.UnixMicro())
		}
	}
	return 0, false
}

func boundedMicros(micros int64) (int64, bool) {
	return micros, micros >= 0 && micros <= lastMicros
}

// timeOf reads a JSON number or text as a time.
func (d *decoder) timeOf(v *fastjson.Value) (micros int64, ok bool) {
	if v == nil {
		return 0, false
	}
	switch v.Type() {
	case fastjson.TypeNumber:
		d.scratch = v.MarshalTo(d.scratch[:0])
		return numberMicros(d.scratch)
	case fastjson.TypeString:
		return ParseTime(string(v.GetStringBytes()))
	}
	return 0, false
}

// numberMicros reads decimal seconds exactly, so that a stored time reads back
// to the same microsecond; larger units are recognised by their size.
func numberMicros(b []byte) (micros int64, ok bool) {
	whole, fraction, _ := bytes.Cut(b, []byte("."))
	if len(whole) <= 10 && digits(whole) == len(whole) && digits(fraction) == len(fraction) && len(whole) > 0 {
		seconds, _ := strconv.ParseInt(string(whole), 10, 64)
		return boundedMicros(seconds*1e6 + fractionMicros(fraction))
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(f) || f < 0 {
		return 0, false
	}
	switch {
	case f < 1e11:
		f *= 1e6
	case f < 1e14:
		f *= 1e3
	case f > 1e17:
		f /= 1e3
	}
	if f > lastMicros { // which as a float is one more than it is
		return 0, false
	}
	return boundedMicros(int64(math.Round(f)))
}

// fractionMicros reads the digits after the point, rounding what is finer than a microsecond.
func fractionMicros(fraction []byte) (micros int64) {
	for i := range 6 {
		micros *= 10
		if i < len(fraction) {
			micros += int64(fraction[i] - '0')
		}
	}
	if len(fraction) > 6 && fraction[6] >= '5' {
		micros++
	}
	return micros
}

// appendSeconds appends Unix µs as decimal seconds.
func appendSeconds(dst []byte, micros int64) []byte {
	dst = strconv.AppendInt(dst, micros/1e6, 10)
	rest := micros % 1e6
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(1e5); rest > 0; unit /= 10 {
		dst = append(dst, byte('0'+rest/unit))
		rest %= unit
	}
	return dst
}

// setTimes reads the event's time, corrects it by the drift between the
// client's clock and ours, and replaces it when it is implausible.
func (d *decoder) setTimes(timestamp *fastjson.Value) {
	e := d.e
	micros, ok := d.timeOf(timestamp)
	if !ok && !absent(timestamp) {
		d.note("timestamp", Dropped, "not a time")
	}
	if d.stored {
		e.Timestamp = micros
		return
	}
	e.Received = d.o.Received
	if drift := d.o.Received - d.o.SentAt; d.o.SentAt != 0 && e.Received != 0 && max(drift, -drift) > maxDrift {
		d.shift = drift
		d.note("timestamp", Adjusted, "corrected by "+(time.Duration(drift)*time.Microsecond).Round(time.Second).String()+" of clock drift")
	}
	if !ok {
		e.Timestamp = e.Received
		return
	}
	e.Timestamp = d.shifted(micros)
	if e.Received == 0 {
		return
	}
	if !Plausible(e.Timestamp, e.Received) {
		d.note("timestamp", Adjusted, "out of bounds: "+time.UnixMicro(e.Timestamp).UTC().Format(time.RFC3339))
		e.Timestamp = e.Received
	}
}

// shifted corrects a time of the client's clock.
func (d *decoder) shifted(micros int64) int64 {
	return min(max(micros+d.shift, 0), lastMicros)
}
