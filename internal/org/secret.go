package org

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// TokenPrefix starts every API token, so that secret scanners recognise one.
const TokenPrefix = "msh_"

// NewPublicKey makes the public key of a DSN: 32 lower-case hex digits.
func NewPublicKey() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// ValidPublicKey reports whether the text can be a public key.
func ValidPublicKey(text string) bool {
	if len(text) != 32 || strings.ToLower(text) != text {
		return false
	}
	_, err := hex.DecodeString(text)
	return err == nil
}

// NewToken makes an API token: the prefix and 256 random bits.
func NewToken() string { return TokenPrefix + NewSecret() }

// NewSecret makes 256 random bits in URL-safe letters, for sessions and one-time links.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// HashSecret is the form in which tokens, sessions and links are stored. A plain
// hash is enough because the secrets are random, unlike passwords.
func HashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }
