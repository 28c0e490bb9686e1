package event

import (
	"bytes"

	"github.com/valyala/fastjson"
)

// ScrubOptions say which secrets are replaced before an event is kept. The zero
// value means the default rules: passwords, tokens, keys, card numbers,
// authorization headers and cookies.
type ScrubOptions struct {
	// Disabled turns the default rules off; SensitiveFields and IPAddresses still count.
	Disabled bool
	// IPAddresses removes IP addresses of users too.
	IPAddresses bool
	// SensitiveFields are further names whose values are replaced, found anywhere
	// in a key; SafeFields are whole keys that are kept. Case, blanks and -_. do not count.
	SensitiveFields []string
	SafeFields      []string
}

// Scrubber replaces secrets. It is immutable and safe for concurrent use: keep
// one per project settings.
type Scrubber struct {
	rules     bool // the default rules
	ips       bool
	sensitive [][]byte
	safe      map[string]struct{}
}

var (
	defaultScrubber  = NewScrubber(ScrubOptions{})
	disabledScrubber = NewScrubber(ScrubOptions{Disabled: true})
)

// What stands in the place of a secret.
const (
	filtered     = "[Filtered]"
	filteredJSON = `"[Filtered]"`
)

// NewScrubber prepares the rules of o.
func NewScrubber(o ScrubOptions) *Scrubber {
	s := &Scrubber{rules: !o.Disabled, ips: o.IPAddresses, safe: make(map[string]struct{}, len(o.SafeFields))}
	for _, name := range o.SensitiveFields {
		if name := plainKey(nil, []byte(name)); len(name) > 0 {
			s.sensitive = append(s.sensitive, name)
		}
	}
	for _, name := range o.SafeFields {
		s.safe[string(plainKey(nil, []byte(name)))] = struct{}{}
	}
	return s
}

// off tells whether s changes nothing.
func (s *Scrubber) off() bool { return !s.rules && !s.ips && len(s.sensitive) == 0 }

// secrecy says how surely a key names a secret.
type secrecy uint8

const (
	public secrecy = iota
	// token: the value is a secret unless it is a number ("max_token": 100).
	token
	secret
)

// hides tells whether v is a secret because of its key. Truth values and empty texts never are.
func (s *Scrubber) hides(key []byte, v *fastjson.Value) bool {
	if s.off() || absent(v) {
		return false
	}
	class := s.keySecrecy(key)
	if class == public {
		return false
	}
	switch v.Type() {
	case fastjson.TypeString:
		return len(v.GetStringBytes()) > 0
	case fastjson.TypeNumber:
		return class == secret
	case fastjson.TypeTrue, fastjson.TypeFalse:
		return false
	}
	return true
}

// keySecrecy tells what a key says about its value.
func (s *Scrubber) keySecrecy(key []byte) secrecy {
	var room [64]byte
	k := plainKey(room[:0], key)
	class := public
	if s.rules {
		class = defaultSecrecy(k)
	}
	if s.ips && isAddressKey(k) {
		class = secret
	}
	for _, name := range s.sensitive {
		if bytes.Contains(k, name) {
			class = secret
		}
	}
	if class != public && len(s.safe) > 0 {
		if _, safe := s.safe[string(k)]; safe {
			return public
		}
	}
	return class
}

// plainKey appends the letters and digits of key in lower case.
func plainKey(dst, key []byte) []byte {
	for _, c := range key[:min(len(key), maxBagKey)] {
		if lower := plainByte[c]; lower != 0 {
			dst = append(dst, lower)
		}
	}
	return dst
}

// plainByte maps letters to lower case, digits to themselves and all else to 0.
var plainByte = func() (t [256]byte) {
	for c := range 256 {
		switch b := byte(c); {
		case b >= 'A' && b <= 'Z':
			t[c] = b | 0x20
		case isLetter(b), isDigit(b):
			t[c] = b
		}
	}
	return t
}()

// defaultSecrecy applies the default rules to a plain key in one pass.
func defaultSecrecy(k []byte) secrecy {
	for i, c := range k {
		switch c {
		case 'p':
			if hasAnyPrefix(k[i:], "password", "passwd", "passphrase", "privatekey") {
				return secret
			}
		case 's':
			if hasAnyPrefix(k[i:], "secret", "sessionid", "sessid") {
				return secret
			}
		case 'a':
			if hasAnyPrefix(k[i:], "apikey", "accesskey", "authorization", "authkey") {
				return secret
			}
		case 'c':
			if hasAnyPrefix(k[i:], "credential", "cookie", "csrf", "creditcard", "cardnumber") {
				return secret
			}
		case 'b':
			if hasAnyPrefix(k[i:], "bearer") {
				return secret
			}
		case 'x':
			if hasAnyPrefix(k[i:], "xsrf") {
				return secret
			}
		case 't':
			if string(k[i:]) == "token" {
				return token
			}
		}
	}
	switch string(k) {
	case "auth", "xauth", "pass", "pwd", "userpwd", "mysqlpwd", "dbpass", "userpass", "ssn", "cvv", "cvc", "jwt", "otp", "connectsid":
		return secret
	}
	return public
}

func hasAnyPrefix(b []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if len(b) >= len(p) && string(b[:len(p)]) == p {
			return true
		}
	}
	return false
}

// isAddressKey tells whether a plain key names a header or variable that holds a peer's address.
func isAddressKey(k []byte) bool {
	switch string(k) {
	case "remoteaddr", "xforwardedfor", "httpxforwardedfor", "xrealip", "httpxrealip", "xclientip", "clientip",
		"cfconnectingip", "trueclientip", "forwarded", "httpforwarded", "ip", "ipaddress", "useripaddress", "clientaddress":
		return true
	}
	return false
}
