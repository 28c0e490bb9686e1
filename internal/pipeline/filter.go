package pipeline

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/org"
)

// filter is a project's inbound filters, made ready to match. It is immutable.
type filter struct {
	settings org.FilterSettings
	messages []pattern
	releases []pattern
	envs     []pattern
	origins  []pattern
	networks []netip.Prefix
}

func newFilter(s org.FilterSettings) *filter {
	f := &filter{
		settings: s, messages: patterns(s.Messages), releases: patterns(s.Releases),
		envs: patterns(s.Environments), origins: patterns(s.AllowedOrigins),
	}
	for _, text := range s.IPAddresses {
		if p, ok := network(text); ok {
			f.networks = append(f.networks, p)
		}
	}
	return f
}

func network(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(strings.TrimSpace(text)); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(strings.TrimSpace(text))
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), true
}

// reason says which filter drops the event, empty when none does. The words are those of the ledger.
func (f *filter) reason(r *eventlog.Record, e *event.Event) string {
	s := f.settings
	switch {
	case len(f.messages) > 0 && f.message(e):
		return "error_message"
	case matchAny(f.releases, e.Release):
		return "release"
	case matchAny(f.envs, e.Environment):
		return "environment"
	case len(f.networks) > 0 && f.address(r, e):
		return "ip_address"
	case len(f.origins) > 0 && !f.allowed(r.Meta.Origin):
		return "origin"
	case s.BrowserExtensions && fromExtension(e):
		return "browser_extensions"
	case s.LegacyBrowsers && legacyBrowser(userAgent(r, e)):
		return "legacy_browsers"
	case s.WebCrawlers && crawler(userAgent(r, e)):
		return "web_crawlers"
	case s.Localhost && localhost(e):
		return "localhost"
	}
	return ""
}

func (f *filter) message(e *event.Event) bool {
	if e.Message.Formatted != "" && matchAny(f.messages, e.Message.Formatted) {
		return true
	}
	for i := range e.Exceptions {
		x := &e.Exceptions[i]
		if matchAny(f.messages, x.Type+": "+x.Value) || matchAny(f.messages, x.Value) {
			return true
		}
	}
	return false
}

// address looks at the user's address as the client gave it and at the sender's.
func (f *filter) address(r *eventlog.Record, e *event.Event) bool {
	texts := []string{r.Meta.RemoteIP}
	if e.User != nil {
		texts = append(texts, e.User.IPAddress)
	}
	for _, text := range texts {
		a, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		for _, n := range f.networks {
			if n.Contains(a.Unmap()) {
				return true
			}
		}
	}
	return false
}

// allowed matches an Origin header against the allow-list, whose patterns may
// name a whole origin or only a host. Clients that are no browsers send none.
func (f *filter) allowed(origin string) bool {
	if origin == "" || matchAny(f.origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (matchAny(f.origins, u.Host) || matchAny(f.origins, u.Hostname()))
}

func userAgent(r *eventlog.Record, e *event.Event) string {
	if e.Request != nil {
		for _, h := range e.Request.Headers {
			if strings.EqualFold(h.Key, "User-Agent") {
				return h.Value
			}
		}
	}
	if e.Platform == "javascript" {
		return r.Meta.UserAgent
	}
	return ""
}

// fromExtension recognises errors of browser extensions by where their code was loaded from.
func fromExtension(e *event.Event) bool {
	for i := range e.Exceptions {
		if e.Exceptions[i].Stacktrace == nil {
			continue
		}
		for _, f := range e.Exceptions[i].Stacktrace.Frames {
			scheme, _, ok := strings.Cut(f.AbsPath, "://")
			if ok && (strings.HasSuffix(scheme, "-extension") || scheme == "webkit-masked-url" || scheme == "resource") {
				return true
			}
		}
	}
	return false
}

// oldest are the first major versions of browsers that are not legacy; all of Internet Explorer is.
var oldest = map[string]int{"Chrome": 63, "Firefox": 67, "Safari": 12, "Edge": 79, "Opera": 51}

func legacyBrowser(agent string) bool {
	if agent == "" {
		return false
	}
	a := event.ParseUserAgent(agent)
	if a.Browser == "Internet Explorer" {
		return true
	}
	major, _, _ := strings.Cut(a.BrowserVersion, ".")
	n, err := strconv.Atoi(major)
	return err == nil && n < oldest[a.Browser]
}

var crawlers = []string{
	"bot/", "bot;", "bot ", "crawler", "spider", "slurp", "mediapartners-google", "adsbot", "facebookexternalhit", "bingpreview", "lighthouse",
}

func crawler(agent string) bool {
	agent = strings.ToLower(agent)
	for _, c := range crawlers {
		if strings.Contains(agent, c) {
			return true
		}
	}
	return false
}

func localhost(e *event.Event) bool {
	if e.User != nil {
		if a, err := netip.ParseAddr(e.User.IPAddress); err == nil && a.Unmap().IsLoopback() {
			return true
		}
	}
	if e.Request == nil {
		return false
	}
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return false
	}
	host := u.Hostname()
	a, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && a.IsLoopback()
}
