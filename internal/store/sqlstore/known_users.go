package sqlstore

import "sync/atomic"

// knownUsers remembers which users issues have met, so that most events need
// no look at issue_users. It holds only what was committed, and no row of that
// table goes while its issue exists (a merge moves them to the issue that takes
// over), so it may forget but is never wrong. Each slot holds the last pair
// that hashed to it; two pairs that share all 64 bits would count as one.
// It is safe for concurrent use.
type knownUsers struct{ slots []atomic.Uint64 }

// knownUserSlots take 1 MiB.
const knownUserSlots = 1 << 17

func newKnownUsers() *knownUsers {
	return &knownUsers{slots: make([]atomic.Uint64, knownUserSlots)}
}

func (k *knownUsers) has(u issueUser) bool {
	h := u.hash()
	return k.slots[h%knownUserSlots].Load() == h
}

func (k *knownUsers) add(u issueUser) {
	h := u.hash()
	k.slots[h%knownUserSlots].Store(h)
}

// hash is never 0, which is an empty slot.
func (u issueUser) hash() uint64 { return mix(uint64(u.user)^mix(uint64(u.issueID))) | 1<<63 }
