package org

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/fault"
)

// MaxSlug and MaxName bound slugs (bytes) and names (characters).
const (
	MaxSlug = 50
	MaxName = 100
)

// Slug makes a slug of a name: lower-case letters, digits and single hyphens.
// Empty when the name has none of them.
func Slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r)) {
			gap = b.Len() > 0
			continue
		}
		if b.Len() >= MaxSlug-1 {
			break
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// CheckSlug says what is wrong with a slug that a person chose.
func CheckSlug(slug string) error {
	if slug == "" || slug != Slug(slug) {
		return fault.Field("slug", "a slug has 1 to %d lower-case letters, digits and single hyphens", MaxSlug)
	}
	return nil
}

// CheckName trims a display name and says what is wrong with it; field names the input.
func CheckName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > MaxName {
		return "", fault.Field(field, "a name has 1 to %d characters", MaxName)
	}
	return name, nil
}
