package event

import "strings"

// UserAgent is what a User-Agent header tells, each part empty when unknown.
type UserAgent struct {
	Browser        string
	BrowserVersion string
	OS             string
}

// browserTokens name browsers, those first whose header also names a later one.
var browserTokens = [...]struct{ token, name string }{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
	{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"HeadlessChrome/", "Chrome Headless"},
	{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"}, {"MSIE ", "Internet Explorer"}, {"Trident/", "Internet Explorer"},
}

var osTokens = [...]struct{ token, name string }{
	{"Windows", "Windows"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Android", "Android"}, {"CrOS", "Chrome OS"},
	{"Mac OS X", "macOS"}, {"Linux", "Linux"},
}

// ParseUserAgent recognises the common browsers and systems.
func ParseUserAgent(s string) (a UserAgent) {
	for _, b := range browserTokens {
		_, after, ok := strings.Cut(s, b.token)
		if !ok || b.name == "Safari" && !strings.Contains(s, "Safari/") {
			continue
		}
		a.Browser, a.BrowserVersion = b.name, majorMinor(after)
		break
	}
	for _, o := range osTokens {
		if strings.Contains(s, o.token) {
			a.OS = o.name
			break
		}
	}
	return a
}

// majorMinor returns the first two numbers of a version.
func majorMinor(s string) string {
	dots := 0
	for i := range len(s) {
		if s[i] == '.' {
			if dots++; dots == 2 {
				return s[:i]
			}
		} else if !isDigit(s[i]) {
			return s[:i]
		}
	}
	return s
}
