// Package rollup says which counters the arrival of an event moves, and how
// wide their buckets are. It is pure.
package rollup

// Bucket widths in seconds.
const (
	Minute int64 = 60
	Hour   int64 = 3600
	Day    int64 = 86400
)

// MinutesKept is for how long minute buckets are kept, in seconds: charts of
// longer ranges read hours.
const MinutesKept = 48 * Hour

const micro = 1_000_000

// Bucket returns the number of the bucket of the given width, in seconds, that
// holds a time in Unix µs. Buckets count from the Unix epoch.
func Bucket(at, width int64) int64 { return floorDiv(at, width*micro) }

// Start returns when a bucket begins, in Unix µs.
func Start(bucket, width int64) int64 { return bucket * width * micro }

// LocalStart returns when the bucket holding a time begins for somebody offset
// seconds east of UTC, in Unix µs.
func LocalStart(at, width, offset int64) int64 {
	shifted := at + offset*micro
	return Start(Bucket(shifted, width), width) - offset*micro
}

// WidthFor chooses the bucket width for a chart of a range in Unix µs: at most
// some 360 minutes, some 360 hours, days beyond.
func WidthFor(start, end int64) int64 {
	switch seconds := (end - start) / micro; {
	case seconds <= 6*Hour:
		return Minute
	case seconds <= 15*Day:
		return Hour
	default:
		return Day
	}
}

// Starts lists the beginnings of every bucket that overlaps start ≤ t < end,
// oldest first, so that gaps can be filled with zeroes. It never returns more than limit.
func Starts(start, end, width, offset int64, limit int) []int64 {
	var list []int64
	for at := LocalStart(start, width, offset); at < end && len(list) < limit; at += width * micro {
		list = append(list, at)
	}
	return list
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
