package issue

import (
	"cmp"
	"strconv"
	"strings"
)

// CompareReleases orders two releases by their version numbers; ok is false
// when one has none (a commit hash, a date with letters) or they are of
// different packages ("app@1.2.0" and "web@1.1.0"). Versions are dotted
// numbers with an optional leading v and an optional pre-release after "-",
// which sorts before the version itself, as semver.org (2.0.0, §11) says.
func CompareReleases(a, b string) (order int, ok bool) {
	pa, va := splitPackage(a)
	pb, vb := splitPackage(b)
	x, okA := parseVersion(va)
	y, okB := parseVersion(vb)
	if pa != pb || !okA || !okB {
		return 0, false
	}
	for i := range max(len(x.numbers), len(y.numbers)) {
		if c := cmp.Compare(x.number(i), y.number(i)); c != 0 {
			return c, true
		}
	}
	return comparePre(x.pre, y.pre), true
}

func splitPackage(release string) (name, version string) {
	if at := strings.LastIndexByte(release, '@'); at > 0 {
		return release[:at], release[at+1:]
	}
	return "", release
}

type version struct {
	numbers []int64
	pre     string
}

func (v version) number(i int) int64 {
	if i < len(v.numbers) {
		return v.numbers[i]
	}
	return 0
}

func parseVersion(s string) (version, bool) {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "v"), "+")
	core, pre, _ := strings.Cut(s, "-")
	v := version{pre: pre}
	// One number alone may be a build, a date or a hash of digits, but it still counts upward.
	for part := range strings.SplitSeq(core, ".") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil || n < 0 {
			return version{}, false
		}
		v.numbers = append(v.numbers, n)
	}
	return v, true
}

func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		if c := compareIdentifier(x[i], y[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

func compareIdentifier(a, b string) int {
	x, errA := strconv.ParseUint(a, 10, 64)
	y, errB := strconv.ParseUint(b, 10, 64)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(x, y)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}
