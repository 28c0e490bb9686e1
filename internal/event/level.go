package event

import "strings"

// Level is how severe an event or log entry is. The order is by severity and
// the numbers are stored: never renumber them.
type Level uint8

// The levels. Trace is for log entries only.
const (
	LevelUnknown Level = iota
	LevelTrace
	LevelDebug
	LevelInfo
	LevelWarning
	LevelError
	LevelFatal
)

var levelNames = [...]string{"", "trace", "debug", "info", "warning", "error", "fatal"}

func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return ""
}

// ParseLevel reads a level by any name that SDKs, syslog and OpenTelemetry use
// ("critical", "warn", "log", Python's numbers), in any case. LevelUnknown when it is none.
func ParseLevel(s string) Level {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "trace", "verbose", "0", "5":
		return LevelTrace
	case "debug", "10":
		return LevelDebug
	case "info", "log", "information", "informational", "notice", "20":
		return LevelInfo
	case "warning", "warn", "30":
		return LevelWarning
	case "error", "err", "40":
		return LevelError
	case "fatal", "critical", "crit", "panic", "alert", "emerg", "emergency", "50":
		return LevelFatal
	}
	return LevelUnknown
}
