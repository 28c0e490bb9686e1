package event

import (
	"slices"
	"testing"
)

func TestParseSecurityReport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in    string
		message     string
		fingerprint []string
	}{
		{"old form", `{"csp-report":{"document-uri":"https://a.example/p?token=x","effective-directive":"script-src-elem","violated-directive":"script-src","blocked-uri":"https://evil.example/x.js"}}`,
			"Blocked script-src-elem from evil.example", []string{"csp", "script-src-elem", "evil.example"}},
		{"inline", `{"csp-report":{"violated-directive":"style-src 'self'","blocked-uri":"inline"}}`,
			"Blocked style-src from inline", []string{"csp", "style-src", "inline"}},
		{"own host", `{"csp-report":{"document-uri":"https://a.example/","effective-directive":"img-src","blocked-uri":"https://a.example/i.png"}}`,
			"Blocked img-src from self", []string{"csp", "img-src", "self"}},
		{"data", `{"csp-report":{"effective-directive":"img-src","blocked-uri":"data:image/png;base64,AA"}}`,
			"Blocked img-src from data", []string{"csp", "img-src", "data"}},
		{"reporting API", `{"type":"csp-violation","age":1,"url":"https://a.example/","body":{"documentURL":"https://a.example/","effectiveDirective":"connect-src","blockedURL":"https://evil.example/"}}`,
			"Blocked connect-src from evil.example", []string{"csp", "connect-src", "evil.example"}},
		{"certificates", `{"expect-ct-report":{"hostname":"a.example"}}`, "expect-ct failed for a.example", []string{"expect-ct-report", "a.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := ParseSecurityReport([]byte(tt.in), ParseOptions{
				Received: received, EventID: "0123456789abcdef0123456789abcdef", RemoteIP: "192.0.2.7", UserAgent: "UA", Release: "r", Environment: "e",
			})
			if err != nil {
				t.Fatal(err)
			}
			if e.Message.Formatted != tt.message || !slices.Equal(e.Fingerprint, tt.fingerprint) || e.Type != "csp" || e.Level != LevelWarning {
				t.Errorf("%q %q %s %s", e.Message.Formatted, e.Fingerprint, e.Type, e.Level)
			}
			checkFixpoint(t, tt.name, e)
		})
	}
	for _, bad := range []string{`{}`, `[]`, `{"csp-report":1}`, `{"type":"deprecation","body":{}}`, `x`} {
		if _, err := ParseSecurityReport([]byte(bad), ParseOptions{}); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func FuzzParseSecurityReport(f *testing.F) {
	f.Add([]byte(`{"csp-report":{"document-uri":"https://a.example/p?token=x","effective-directive":"script-src","blocked-uri":"https://evil.example/x.js"}}`))
	f.Add([]byte(`[{"type":"csp-violation","body":{"effectiveDirective":"","blockedURL":"%zz"}}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, report := range SecurityReports(raw) {
			if e, err := ParseSecurityReport(report, ParseOptions{Received: received, RemoteIP: "192.0.2.7"}); err == nil {
				checkFixpoint(t, "fuzz", e)
				checkSize(t, raw, e)
			}
		}
	})
}
