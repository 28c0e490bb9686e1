package bench

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/mesher/mesher/internal/fault"
)

// Bounds of what may be generated.
const (
	maxBugs   = 5000
	minSize   = 4 << 10
	maxSize   = 256 << 10
	userCount = 10_000
)

// generator makes the events of one run. What an event says depends on the
// seed and its sequence number alone, so any number of goroutines may use it.
type generator struct {
	run       run
	seed      uint64
	templates []*template
	variants  int
	bugs      zipf
	users     zipf
}

// newGenerator renders the templates of the given number of bugs, which is
// most of its cost (below 1 ms each). size is the weight of an event in bytes.
// Breadcrumbs are dated shortly before now.
func newGenerator(seed uint64, bugs, size int, now time.Time) (*generator, error) {
	if bugs < 1 || bugs > maxBugs {
		return nil, fault.Field("bugs", "the number of bugs must lie between 1 and %d", maxBugs)
	}
	if size < minSize || size > maxSize {
		return nil, fault.Field("size", "an event must weigh between %d and %d bytes", minSize, maxSize)
	}
	g := &generator{
		run:      run(mix(seed)),
		seed:     seed,
		variants: min(max(2000/bugs, 1), 4),
		bugs:     newZipf(bugs, 1.2),
		users:    newZipf(userCount, 1.1),
	}
	var d deflater
	for bug := range bugs {
		for variant := range g.variants {
			t := newTemplate(templateConfig{bug: bug, variant: variant, size: size, now: now})
			var err error
			if t.deflated, err = d.deflate(t.tail); err != nil {
				return nil, err
			}
			g.templates = append(g.templates, t)
		}
	}
	return g, nil
}

// deflater compresses templates; it is kept for all of them because its tables are large.
type deflater struct {
	w   *flate.Writer
	out bytes.Buffer
}

// usualLevel is what most clients compress with.
const usualLevel = 6

// deflate compresses into blocks that end on a byte's
// border and do not end the stream.
func (d *deflater) deflate(data []byte) ([]byte, error) {
	d.out.Reset()
	if d.w == nil {
		d.w, _ = flate.NewWriter(&d.out, usualLevel) // fails for unknown levels only
	} else {
		d.w.Reset(&d.out)
	}
	if _, err := d.w.Write(data); err != nil {
		return nil, fmt.Errorf("compress a template: %w", err)
	}
	if err := d.w.Flush(); err != nil {
		return nil, fmt.Errorf("compress a template: %w", err)
	}
	return bytes.Clone(d.out.Bytes()), nil
}

// stream is the source of everything random about one event.
func (g *generator) stream(seq uint64) random {
	return random(mix(g.seed ^ seq*golden))
}

// pick chooses an event's template with the first number of its stream.
func (g *generator) pick(r *random) *template {
	bug := g.bugs.pick(r.unit())
	return g.templates[bug*g.variants+int(r.below(uint64(g.variants)))]
}

// Bug returns which bug the event of a sequence number is about.
func (g *generator) Bug(seq uint64) int {
	r := g.stream(seq)
	return g.pick(&r).bug
}

// appendHead appends the event up to where its template's tail follows.
func (g *generator) appendHead(dst []byte, seq uint64, now time.Time) ([]byte, *template) {
	r := g.stream(seq)
	t := g.pick(&r)
	dst = append(dst, `{"event_id":"`...)
	dst = g.run.appendID(dst, seq)
	dst = append(dst, `","timestamp":`...)
	dst = appendSeconds(dst, now)
	dst = append(dst, t.fixed...)
	dst = g.appendUser(dst, &r)
	dst = appendTags(dst, &r)
	dst = appendRequest(dst, t, &r)
	dst = append(dst, `,"exception":{"values":[{"type":"`...)
	dst = append(dst, t.kind...)
	dst = append(dst, `","value":"`...)
	return appendMessage(dst, t.message, &r), t
}

// Event returns the whole JSON of one event.
func (g *generator) Event(seq uint64, now time.Time) []byte {
	head, t := g.appendHead(nil, seq, now)
	return append(head, t.tail...)
}

func (g *generator) appendUser(dst []byte, r *random) []byte {
	id := uint64(g.users.pick(r.unit()))
	dst = append(dst, `,"user":{"id":"`...)
	dst = strconv.AppendUint(dst, 10_000+id, 10)
	dst = append(dst, `","username":"user`...)
	dst = strconv.AppendUint(dst, id, 10)
	dst = append(dst, `","email":"user`...)
	dst = strconv.AppendUint(dst, id, 10)
	dst = append(dst, `@example.org","ip_address":"`...)
	dst = appendAddress(dst, r)
	return append(dst, `"}`...)
}

// appendTags appends eight tags, from few values (region) to many (tenant).
func appendTags(dst []byte, r *random) []byte {
	v := r.next()
	host := v & 15
	dst = append(dst, `,"server_name":"web-`...)
	dst = strconv.AppendUint(dst, host, 10)
	dst = append(dst, `","tags":{"region":"`...)
	dst = append(dst, [...]string{"eu-west-1", "eu-north-1", "us-east-1", "us-west-2"}[v>>4&3]...)
	dst = append(dst, `","host":"web-`...)
	dst = strconv.AppendUint(dst, host, 10)
	dst = append(dst, `","http.status_code":"`...)
	dst = append(dst, [...]string{"500", "500", "502", "504"}[v>>6&3]...)
	dst = append(dst, `","plan":"`...)
	dst = append(dst, [...]string{"free", "free", "team", "enterprise"}[v>>8&3]...)
	dst = append(dst, `","tenant":"tenant-`...)
	dst = strconv.AppendUint(dst, v>>10&0xff, 10)
	dst = append(dst, `","shard":"`...)
	dst = strconv.AppendUint(dst, v>>18&31, 10)
	dst = append(dst, `","canary":"`...)
	dst = strconv.AppendBool(dst, v>>23&7 == 0)
	dst = append(dst, `","browser.name":"`...)
	dst = append(dst, [...]string{"Chrome", "Safari", "Firefox", "Edge"}[v>>26&3]...)
	return append(dst, `"}`...)
}

func appendRequest(dst []byte, t *template, r *random) []byte {
	dst = append(dst, `,"request":{"method":"`...)
	dst = append(dst, t.method...)
	dst = append(dst, `","url":"https://shop.example.org`...)
	dst = append(dst, t.path...)
	dst = strconv.AppendUint(dst, r.below(1_000_000), 10)
	dst = append(dst, `","query_string":"page=`...)
	dst = strconv.AppendUint(dst, r.below(50), 10)
	dst = append(dst, `&cursor=`...)
	dst = appendHex(dst, r.next())
	dst = append(dst, `","headers":{"Accept":"application/json","User-Agent":"`...)
	dst = append(dst, t.agent...)
	dst = append(dst, `","X-Request-Id":"`...)
	dst = appendUUID(dst, r)
	return append(dst, `"}}`...)
}

// appendSeconds appends Unix seconds with µs.
func appendSeconds(dst []byte, t time.Time) []byte {
	micros := t.UnixMicro()
	dst = strconv.AppendInt(dst, micros/1_000_000, 10)
	dst = append(dst, '.')
	for unit := int64(100_000); unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+micros/unit%10))
	}
	return dst
}
