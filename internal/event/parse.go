package event

import (
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"github.com/mesher/mesher/internal/fault"
)

// ParseOptions say what is known around an event. The zero value is usable.
type ParseOptions struct {
	// Received is when the event was admitted and SentAt what the client's clock
	// said when it sent it, in Unix µs, 0 when unknown.
	Received int64
	SentAt   int64
	// EventID wins over the payload's own; empty keeps the payload's.
	EventID string
	// Client is the SDK as "name/version" where the payload names none.
	Client string
	// RemoteIP is the peer's address, used where the client asks for it.
	RemoteIP string
	// UserAgent is the HTTP client's, used for browser events without a User-Agent header of their own.
	UserAgent string
	// Release and Environment stand in where the payload has none.
	Release     string
	Environment string
	// Scrubber replaces secrets; nil means the default rules.
	Scrubber *Scrubber
	// Stacks remembers stack traces from one event to the next; nil means none.
	// Events then share Stacktraces, which nobody may change.
	Stacks *Stacks
	// Memory is what the event is read into; nil means memory of its own.
	Memory *Memory
}

var parsers fastjson.ParserPool

// pooledSize is the largest input whose parser is kept for the next event: a
// parser holds some ten times its input.
const pooledSize = 128 << 10

// Parse reads one event in any shape of PROTOCOL.md, §11, and normalizes it:
// values of a wrong type are dropped alone, long ones cut, secrets replaced,
// each with a Note. The only failure is JSON that cannot be read, or is no
// object, as fault.Invalid. The Event owns its memory, but for o.Memory; raw is not kept.
func Parse(raw []byte, o ParseOptions) (*Event, error) {
	raw = repairText(raw)
	if o.Stacks != nil {
		if e := o.Stacks.parse(raw, &o); e != nil {
			return e, nil
		}
	}
	d := newDecoder(&o)
	return d.run(raw)
}

// newDecoder cleans what the options bring from headers and queries.
func newDecoder(o *ParseOptions) decoder {
	for _, text := range []*string{&o.Client, &o.UserAgent, &o.Release, &o.Environment} {
		*text = strings.TrimSpace(storable(*text))
	}
	d := decoder{o: o, scrub: o.Scrubber}
	if d.scrub == nil {
		d.scrub = defaultScrubber
	}
	return d
}

// ParseStored reads what AppendJSON wrote and returns the same Event: times,
// secrets and notes are taken as they are.
func ParseStored(payload []byte) (*Event, error) {
	d := decoder{o: &ParseOptions{}, scrub: disabledScrubber, stored: true}
	return d.run(repairText(payload))
}

// decoder reads one event.
type decoder struct {
	o      *ParseOptions
	e      *Event
	scrub  *Scrubber
	stored bool
	// shift is added to every time of the client, in µs.
	shift int64

	strs    strings.Builder // the current chunk of texts; see keep
	chunk   int
	bags    []byte
	writer  bagWriter // writes the last of bags: one after the other
	scratch []byte
	path    []byte // where the decoder is, for notes
	// known are the stacks that the input has marks of, found how many of them it read.
	known []*Stacktrace
	found int
}

// run reads what repairText returned.
func (d *decoder) run(raw []byte) (*Event, error) {
	p := parsers.Get()
	if len(raw) <= pooledSize {
		defer parsers.Put(p)
	}
	v, err := parseRepaired(p, raw)
	if err != nil {
		return nil, err
	}
	root := object(v)
	if root == nil {
		return nil, fault.New(fault.Invalid, "an event must be a JSON object, not a JSON %s", v.Type())
	}
	if d.o.Memory == nil {
		d.o.Memory = new(Memory)
	}
	d.e = d.o.Memory.newEvent()
	d.chunk = max(len(raw)/2, 512)
	d.bags = d.o.Memory.bytes(max(len(raw)/3, 256))
	d.event(root)
	return d.e, nil
}

// fields are the top-level values of an event under their current names.
type fields struct {
	eventID, timestamp, received, typ, level, platform, logger, transaction, serverName,
	release, dist, environment, culprit, message, logentry, exception, stacktrace, threads,
	breadcrumbs, tags, user, request, sdk, fingerprint, checksum, contexts, extra, modules,
	debugMeta, notes *fastjson.Value
}

// collect finds the known fields; of repeated ones the last that is given counts.
func collect(root *fastjson.Object) (f fields) {
	root.Visit(func(key []byte, v *fastjson.Value) {
		if at := f.place(string(key)); at != nil && !absent(v) {
			*at = v
		}
	})
	return f
}

// place returns where the value of a top-level key belongs, nil for unknown keys.
func (f *fields) place(key string) **fastjson.Value {
	switch strings.TrimPrefix(key, "sentry.interfaces.") {
	case "event_id":
		return &f.eventID
	case "timestamp":
		return &f.timestamp
	case "received":
		return &f.received
	case "type":
		return &f.typ
	case "level":
		return &f.level
	case "platform":
		return &f.platform
	case "logger":
		return &f.logger
	case "transaction":
		return &f.transaction
	case "server_name":
		return &f.serverName
	case "release":
		return &f.release
	case "dist":
		return &f.dist
	case "environment":
		return &f.environment
	case "culprit":
		return &f.culprit
	case "message":
		return &f.message
	case "exception", "Exception":
		return &f.exception
	case "stacktrace", "Stacktrace":
		return &f.stacktrace
	default:
		return f.placeMore(key)
	}
}

func (f *fields) placeMore(key string) **fastjson.Value {
	switch strings.TrimPrefix(key, "sentry.interfaces.") {
	case "logentry", "Message":
		return &f.logentry
	case "threads":
		return &f.threads
	case "breadcrumbs", "Breadcrumbs":
		return &f.breadcrumbs
	case "tags":
		return &f.tags
	case "user", "User":
		return &f.user
	case "request", "Http":
		return &f.request
	case "sdk":
		return &f.sdk
	case "fingerprint":
		return &f.fingerprint
	case "checksum":
		return &f.checksum
	case "contexts", "Contexts":
		return &f.contexts
	case "extra":
		return &f.extra
	case "modules":
		return &f.modules
	case "debug_meta":
		return &f.debugMeta
	case "notes":
		return &f.notes
	}
	return nil
}

// event fills in d.e. The order matters where one field decides how another is read.
func (d *decoder) event(root *fastjson.Object) {
	f := collect(root)
	e := d.e
	if d.stored {
		d.readNotes(f.notes)
		e.Received, _ = d.timeOf(f.received)
	}
	d.setID(f.eventID)
	d.setTimes(f.timestamp)
	e.Platform = d.word("platform", f.platform, maxShortName)
	if e.Platform == "" {
		e.Platform = "other"
	}
	d.setType(f.typ)
	d.setLevel(f.level)
	e.Logger = d.word("logger", f.logger, maxShortName)
	e.Transaction = d.word("transaction", f.transaction, maxName)
	e.Culprit = d.word("culprit", f.culprit, maxName)
	e.ServerName = d.word("server_name", f.serverName, maxServerName)
	d.setSDK(f.sdk)
	d.setMessage(f.message, f.logentry)
	d.setExceptions(f.exception)
	d.setThreads(f.threads)
	d.setStacktrace(f.stacktrace)
	d.setBreadcrumbs(f.breadcrumbs)
	d.setTags(f.tags)
	d.setRelease(f)
	d.setRequest(f.request)
	d.setUser(f.user, f.sdk)
	d.setFingerprint(f.fingerprint, f.checksum)
	e.Contexts = d.contexts(f.contexts)
	e.Extra = d.bag("extra", f.extra, extraBudget)
	e.Modules = d.plainBag("modules", f.modules, modulesBudget)
	e.DebugMeta = d.plainBag("debug_meta", f.debugMeta, debugBudget)
}

func (d *decoder) setID(v *fastjson.Value) {
	if d.o.EventID != "" {
		if id, ok := NormalizeID(d.o.EventID); ok {
			d.e.ID = id
			return
		}
	}
	if absent(v) {
		return
	}
	id, ok := NormalizeID(string(stringBytes(v)))
	if !ok {
		d.note("event_id", Dropped, "not 32 hex digits")
	}
	d.e.ID = id
}

func (d *decoder) setType(v *fastjson.Value) {
	switch t := string(stringBytes(v)); t {
	case "csp", "feedback":
		d.e.Type = t
	default:
		d.e.Type = "error"
	}
}

func (d *decoder) setLevel(v *fastjson.Value) {
	d.e.Level = LevelError
	if d.e.Type == "feedback" {
		d.e.Level = LevelInfo
	}
	text := d.word("level", v, maxShortName)
	if level := ParseLevel(text); level != LevelUnknown {
		d.e.Level = level
	} else if text != "" {
		d.note("level", Dropped, "unknown level")
	}
}

func (d *decoder) setSDK(v *fastjson.Value) {
	o := object(v)
	if o == nil {
		d.dropUnlessAbsent("sdk", v, "not an object")
		name, version, _ := strings.Cut(d.o.Client, "/")
		d.e.SDK = SDK{
			Name:    string(d.cut("sdk.name", []byte(strings.TrimSpace(name)), maxCategory)),
			Version: string(d.cut("sdk.version", []byte(strings.TrimSpace(version)), maxShortName)),
		}
		return
	}
	mark := d.push("sdk")
	defer d.pop(mark)
	sdk := &d.e.SDK
	sdk.Name = d.word("name", o.Get("name"), maxCategory)
	sdk.Version = d.word("version", o.Get("version"), maxShortName)
	for _, item := range array(o.Get("integrations")) {
		if len(sdk.Integrations) == maxIntegrations {
			d.note("integrations", Trimmed, "")
			break
		}
		if name := d.word("integrations", item, maxCategory); name != "" {
			sdk.Integrations = append(sdk.Integrations, name)
		}
	}
}

// setRelease reads release, dist and environment, of which the last may also be a tag.
func (d *decoder) setRelease(f fields) {
	e := d.e
	e.Release = d.version("release", f.release, maxName)
	if e.Release == "" && !d.stored {
		e.Release = validVersion(d.o.Release, maxName)
	}
	e.Dist = d.word("dist", f.dist, maxShortName)
	if strings.Trim(e.Dist, distChars) != "" {
		d.note("dist", Dropped, "only letters, digits and _.- are allowed")
		e.Dist = ""
	}
	e.Environment = d.version("environment", f.environment, maxShortName)
	if e.Environment == "" && !d.stored {
		e.Environment = validVersion(d.o.Environment, maxShortName)
		if tag := e.Tag("environment"); e.Environment == "" {
			e.Environment = validVersion(tag, maxShortName)
		}
	}
}

const distChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

func (d *decoder) version(name string, v *fastjson.Value, limit int) string {
	s := d.word(name, v, limit)
	if s != "" && validVersion(s, limit) == "" {
		d.note(name, Dropped, "not a valid "+name)
		return ""
	}
	return s
}

// validVersion returns s when it can name a release or an environment, else "".
func validVersion(s string, limit int) string {
	s = strings.TrimSpace(s)
	switch {
	case utf8.RuneCountInString(s) > limit, s == ".", s == "..", s == "latest", strings.ContainsAny(s, "\n\r\t/\\"):
		return ""
	}
	return s
}

func (d *decoder) setFingerprint(v, checksum *fastjson.Value) {
	if !absent(v) && v.Type() != fastjson.TypeArray {
		d.note("fingerprint", Dropped, "not a list")
	}
	mark := d.push("fingerprint")
	defer d.pop(mark)
	var list []string
	for i, item := range array(v) {
		if len(list) == maxFingerprint {
			d.note("", Trimmed, "")
			break
		}
		if s := d.textAt(i, item, len(item.GetStringBytes())+maxName); s != "" {
			list = append(list, s)
		}
	}
	if sum := d.word("", checksum, maxName); len(list) == 0 && sum != "" {
		list = []string{sum}
	}
	if len(list) == 1 && isDefaultFingerprint(list[0]) {
		list = nil
	}
	d.e.Fingerprint = list
}

func isDefaultFingerprint(s string) bool {
	inner, ok := strings.CutPrefix(strings.TrimSpace(s), "{{")
	if !ok {
		return false
	}
	inner, ok = strings.CutSuffix(inner, "}}")
	return ok && strings.TrimSpace(inner) == "default"
}
