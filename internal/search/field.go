package search

// Kind says how a term's value is read.
type Kind uint8

// The kinds of terms.
const (
	// KindText is free text: a word, a phrase, or a prefix.
	KindText Kind = iota
	// KindTag compares a tag's value. Any key that has no other kind is a tag,
	// the derived ones (level, release, environment, user.email, …) included.
	KindTag
	// KindHas asks whether a tag is set; its value is the key.
	KindHas
	// KindIs is a status or substatus of an issue.
	KindIs
	// KindAssigned is "me", "none", "any", an e-mail address or "#team".
	KindAssigned
	// KindTime is a moment or an age: see Term.Bounds.
	KindTime
	// KindNumber is a count.
	KindNumber
	// KindID is a number or event id compared as it is.
	KindID
)

// field is what is known about a key that is no tag.
type field struct {
	name string
	kind Kind
}

// fields maps each key and its usual other names.
func fields(key string) (field, bool) {
	switch key {
	case "is", "status":
		return field{"is", KindIs}, true
	case "has":
		return field{"has", KindHas}, true
	case "assigned", "assignee":
		return field{"assigned", KindAssigned}, true
	case "first_seen", "firstSeen", "age":
		return field{"first_seen", KindTime}, true
	case "last_seen", "lastSeen":
		return field{"last_seen", KindTime}, true
	case "timestamp":
		return field{"timestamp", KindTime}, true
	case "event_count", "times_seen", "timesSeen", "count":
		return field{"event_count", KindNumber}, true
	case "user_count", "users":
		return field{"user_count", KindNumber}, true
	case "priority":
		return field{"priority", KindNumber}, true
	case "issue", "id":
		return field{key, KindID}, true
	}
	return field{key, KindTag}, false
}

// IsValues lists what "is:" takes.
func IsValues() []string {
	return []string{"unresolved", "resolved", "archived", "new", "ongoing", "regressed", "escalating", "assigned", "unassigned", "bookmarked", "subscribed"}
}

var priorities = [...]string{"", "low", "medium", "high"}

// ParsePriority reads low, medium or high.
func ParsePriority(name string) (n int64, ok bool) {
	for i, p := range priorities {
		if i > 0 && p == name {
			return int64(i), true
		}
	}
	return 0, false
}
