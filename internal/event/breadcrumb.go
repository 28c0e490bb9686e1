package event

import "github.com/valyala/fastjson"

// setBreadcrumbs keeps the newest breadcrumbs.
func (d *decoder) setBreadcrumbs(v *fastjson.Value) {
	items := d.list("breadcrumbs", v)
	mark := d.push("breadcrumbs")
	defer d.pop(mark)
	if cut := len(items) - maxBreadcrumbs; cut > 0 {
		d.note("", Trimmed, "only the newest are kept")
		items = items[cut:]
	}
	for i, item := range items {
		o := object(item)
		if o == nil || o.Len() == 0 {
			continue
		}
		if d.e.Breadcrumbs == nil {
			d.e.Breadcrumbs = d.o.Memory.breadcrumbs(len(items) - i)
		}
		inner := d.pushIndex(len(d.e.Breadcrumbs))
		if b := d.breadcrumb(o); !b.empty() {
			d.e.Breadcrumbs = append(d.e.Breadcrumbs, b)
		}
		d.pop(inner)
	}
	if len(d.e.Breadcrumbs) == 0 {
		d.e.Breadcrumbs = nil
	}
}

func (b *Breadcrumb) empty() bool {
	return b.Timestamp == 0 && b.Type == "" && b.Category == "" && b.Message == "" && b.Level == LevelUnknown && b.Data == nil
}

func (d *decoder) breadcrumb(o *fastjson.Object) (b Breadcrumb) {
	o.Visit(func(key []byte, v *fastjson.Value) {
		switch string(key) {
		case "timestamp":
			if micros, ok := d.timeOf(v); ok {
				b.Timestamp = d.shifted(micros)
			} else {
				d.dropUnlessAbsent("timestamp", v, "not a time")
			}
		case "type", "ty":
			b.Type = d.word("type", v, maxCategory)
		case "category":
			b.Category = d.word("category", v, maxCategory)
		case "message":
			b.Message = d.prose("message", v, maxMessage)
		case "level":
			b.Level = ParseLevel(string(d.scalar("level", v)))
		case "data":
			if s := stringBytes(v); s != nil {
				b.Message = d.orMessage(b.Message, v)
				return
			}
			b.Data = d.bag("data", v, crumbBudget)
		}
	})
	return b
}

// orMessage returns the data of clients that send it as a text, where there is no message.
func (d *decoder) orMessage(message string, data *fastjson.Value) string {
	if message != "" {
		d.note("data", Dropped, "not an object")
		return message
	}
	return d.prose("data", data, maxMessage)
}
