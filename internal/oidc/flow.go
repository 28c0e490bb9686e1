package oidc

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// flow is one sign-in under way. The browser keeps it, signed, so that any node
// can finish what another one began.
type flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	// Ends is in Unix seconds.
	Ends int64 `json:"e"`
}

func (c *Client) sign(f flow) string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("write sign-in flow: %v", err)) // impossible: plain values only
	}
	payload := base64.RawURLEncoding.EncodeToString(text)
	return payload + "." + base64.RawURLEncoding.EncodeToString(c.mac(payload))
}

// open is the inverse of sign; ok is false for what was not signed here, or is over.
func (c *Client) open(secret string) (f flow, ok bool) {
	payload, signature, _ := strings.Cut(secret, ".")
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(given, c.mac(payload)) {
		return f, false
	}
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(text, &f) != nil {
		return f, false
	}
	return f, c.o.Now().Unix() < f.Ends
}

// mac is keyed by the client secret, which all nodes share and nobody else knows.
func (c *Client) mac(payload string) []byte {
	h := hmac.New(sha256.New, []byte("mesher sign-in flow\x00"+c.o.ClientSecret))
	h.Write([]byte(payload))
	return h.Sum(nil)
}
