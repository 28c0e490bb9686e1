package org

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/fault"
)

// DSN is the address a client sends to: scheme://KEY@host[:port][/prefix]/PROJECT.
type DSN struct {
	Scheme string
	// Host is host or host:port, as in a URL.
	Host string
	// Prefix is the path in front of /api, "" or "/some/path".
	Prefix string
	Key    string
	// Project is the project's id as text: other servers of the protocol use names.
	Project string
}

// ParseDSN reads a DSN. A legacy secret (KEY:SECRET) is ignored. The error is
// a fault.Invalid that says what is missing.
func ParseDSN(text string) (DSN, error) {
	const shape = "a DSN looks like http://KEY@127.0.0.1:8080/1"
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return DSN{}, fault.Field("dsn", "the DSN is no URL: %s", shape)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return DSN{}, fault.Field("dsn", "the DSN must begin with http:// or https://: %s", shape)
	}
	if u.User == nil || u.User.Username() == "" {
		return DSN{}, fault.Field("dsn", "the DSN has no key before the @: %s", shape)
	}
	path := strings.TrimRight(u.Path, "/")
	cut := strings.LastIndexByte(path, '/')
	if u.Hostname() == "" || cut < 0 || path[cut+1:] == "" {
		return DSN{}, fault.Field("dsn", "the DSN has no host or no project: %s", shape)
	}
	return DSN{Scheme: u.Scheme, Host: u.Host, Prefix: path[:cut], Key: u.User.Username(), Project: path[cut+1:]}, nil
}

// NewDSN makes the DSN of a project's key on the server at base, such as
// "https://errors.example.org" or "http://127.0.0.1:8080/prefix".
func NewDSN(base, key string, projectID int64) DSN {
	scheme, rest, _ := strings.Cut(strings.TrimRight(base, "/"), "://")
	host, prefix, found := strings.Cut(rest, "/")
	if found {
		prefix = "/" + prefix
	}
	return DSN{Scheme: scheme, Host: host, Prefix: prefix, Key: key, Project: strconv.FormatInt(projectID, 10)}
}

// BaseURL is the address in front of /api, without a final slash.
func (d DSN) BaseURL() string { return d.Scheme + "://" + d.Host + d.Prefix }

func (d DSN) String() string {
	return d.Scheme + "://" + d.Key + "@" + d.Host + d.Prefix + "/" + d.Project
}
