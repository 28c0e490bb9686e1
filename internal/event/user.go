package event

import (
	"net/netip"

	"github.com/valyala/fastjson"
)

// setUser reads who was affected. Unknown members go to Data.
func (d *decoder) setUser(v, sdk *fastjson.Value) {
	o := object(v)
	u := &User{}
	if o == nil {
		d.dropUnlessAbsent("user", v, "not an object")
	}
	mark := d.push("user")
	defer d.pop(mark)
	var data, ip *fastjson.Value
	more := 0
	o.Visit(func(key []byte, v *fastjson.Value) {
		switch string(key) {
		case "id":
			u.ID = d.word("id", v, maxUserField)
		case "email":
			u.Email = d.word("email", v, maxUserField)
		case "username":
			u.Username = d.word("username", v, maxUserField)
		case "name":
			u.Name = d.word("name", v, maxUserField)
		case "ip_address":
			ip = v
		case "geo":
			u.Geo = d.bag("geo", v, smallBudget)
		case "data":
			data = v
		default:
			more++
		}
	})
	if more > 0 || !absent(data) {
		u.Data = d.userData(o, object(data))
	}
	u.IPAddress = d.address(ip, sdk)
	if !u.empty() {
		d.e.User = u
	}
}

func (u *User) empty() bool {
	return u.ID == "" && u.Email == "" && u.Username == "" && u.Name == "" && u.IPAddress == "" && u.Geo == nil && u.Data == nil
}

// userData gathers what the client said beyond the known members.
func (d *decoder) userData(user, data *fastjson.Object) Bag {
	return d.write("data", smallBudget, func(w *bagWriter) {
		w.dst = append(w.dst, '{')
		member := func(key []byte, v *fastjson.Value) {
			w.memberOf(key, v, smallBudget.depth-1, min(w.end-1, len(w.dst)+w.member))
		}
		data.Visit(member)
		user.Visit(func(key []byte, v *fastjson.Value) {
			switch string(key) {
			case "id", "email", "username", "name", "ip_address", "geo", "data":
				return
			}
			member(key, v)
		})
		w.dst = append(w.dst, '}')
	})
}

// address decides the user's IP address: the one given, the peer's where the
// client asks for it or is a browser or phone that cannot know, or what its server saw.
func (d *decoder) address(v, sdk *fastjson.Value) string {
	given := string(d.scalar("ip_address", v))
	switch {
	case d.scrub.ips:
		if given != "" && given != autoAddress {
			d.note("ip_address", Scrubbed, "")
		}
		return ""
	case given != "" && given != autoAddress:
		if addr, err := netip.ParseAddr(given); err == nil {
			return addr.String()
		}
		d.note("ip_address", Dropped, "not an IP address")
		return ""
	case d.stored:
		return ""
	case given == autoAddress || d.infersAddress(sdk):
		return validAddress(d.o.RemoteIP)
	}
	return d.serverSawAddress()
}

// autoAddress is how a client asks for the peer's address.
const autoAddress = "{{auto}}"

func (d *decoder) infersAddress(sdk *fastjson.Value) bool {
	if o := object(sdk); o != nil {
		switch string(stringBytes(o.Get("settings").Get("infer_ip"))) {
		case "auto":
			return true
		case "never":
			return false
		}
	}
	switch d.e.Platform {
	case "javascript", "cocoa", "objc":
		return true
	}
	return false
}

// serverSawAddress reads REMOTE_ADDR of the request's environment.
func (d *decoder) serverSawAddress() string {
	if d.e.Request == nil || d.e.Request.Env == nil {
		return ""
	}
	return validAddress(fastjson.GetString(d.e.Request.Env, "REMOTE_ADDR"))
}

func validAddress(s string) string {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	return addr.String()
}
