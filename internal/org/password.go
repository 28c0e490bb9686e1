package org

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/fault"
)

// The bounds of a password, in characters and bytes. The upper one bounds the work of hashing.
const (
	MinPassword      = 10
	MaxPasswordBytes = 512
)

// CheckPassword says what is wrong with a new password: its length, or that it
// is the e-mail address or one repeated character. No rules on kinds of characters:
// length is what counts (NIST SP 800-63B, §5.1.1.2).
func CheckPassword(password, email string) error {
	local, _, _ := strings.Cut(email, "@")
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return fault.Field("password", "the password needs at least %d characters", MinPassword)
	case len(password) > MaxPasswordBytes:
		return fault.Field("password", "the password may have at most %d bytes", MaxPasswordBytes)
	case strings.EqualFold(password, email) || strings.EqualFold(password, local):
		return fault.Field("password", "the password must not be the e-mail address")
	case strings.Trim(password, password[:1]) == "":
		return fault.Field("password", "the password must not be one character repeated")
	}
	return nil
}

// NormalizeEmail checks an e-mail address and returns the form under which accounts are stored and found.
func NormalizeEmail(text string) (string, error) {
	address, err := mail.ParseAddress(strings.TrimSpace(text))
	if err != nil || address.Name != "" || len(address.Address) > 254 {
		return "", fault.Field("email", "%q is not an e-mail address", text)
	}
	return strings.ToLower(address.Address), nil
}
