package event

// Memory is what one event after another is read into, so that the collector
// has less to do. An Event that was read with it is valid until the next one
// is; its texts are valid for as long as somebody holds them. The zero value is
// ready. Not for concurrent use.
type Memory struct {
	event  Event
	crumbs []Breadcrumb
	tags   []Tag
	bags   []byte
}

// newEvent ends the use of the event before.
func (m *Memory) newEvent() *Event {
	m.event = Event{}
	return &m.event
}

// The lists and the bytes of an event are empty ones with room for about n.

func (m *Memory) breadcrumbs(n int) []Breadcrumb {
	m.crumbs = roomFor(m.crumbs, n)
	return m.crumbs
}

func (m *Memory) tagList(n int) []Tag {
	m.tags = roomFor(m.tags, n)
	return m.tags
}

// bytes keeps no more than pooledSize for the next event.
func (m *Memory) bytes(n int) []byte {
	if n > pooledSize {
		return make([]byte, 0, n)
	}
	m.bags = roomFor(m.bags, n)
	return m.bags
}

func roomFor[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, 0, n)
	}
	return list[:0]
}
