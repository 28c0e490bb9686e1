// Package web holds the browser application and serves it from the binary.
//
// The application is built by npm into dist, which is not under version
// control; without it the binary still builds and serves a page that says how
// to build it.
package web

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// ContentSecurityPolicy is what the application needs: its own files, and the
// live stream of its own host. Styles are set through the DOM, never as text.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const indexFile = "index.html"

// Files returns the built application, with index.html at its root. Without a
// build it holds only a stub.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded at build time
	}
	return files
}

// Handler serves the application: files under their names, and index.html for
// every other path, because the browser routes. It answers GET and HEAD only.
func Handler() http.Handler { return handler{files: Files()} }

type handler struct{ files fs.FS }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if h.isAsset(name) {
		h.serveAsset(w, r, name)
		return
	}
	// A missing hashed file is a page of an older build asking: index.html in
	// its place would be parsed as a script.
	if strings.HasPrefix(name, "assets/") {
		http.NotFound(w, r)
		return
	}
	h.serveIndex(w, r)
}

func (h handler) isAsset(name string) bool {
	if name == "" || name == indexFile || strings.HasPrefix(path.Base(name), ".") || strings.HasSuffix(name, ".gz") {
		return false
	}
	info, err := fs.Stat(h.files, name)
	return err == nil && !info.IsDir()
}

func (h handler) serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	// Names under assets/ carry a hash of their content.
	cache := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		cache = "public, max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", cache)
	h.serveFile(w, r, name)
}

func (h handler) serveIndex(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-cache")
	head.Set("Content-Security-Policy", ContentSecurityPolicy)
	head.Set("Referrer-Policy", "same-origin")
	head.Set("X-Content-Type-Options", "nosniff")
	if _, err := fs.Stat(h.files, indexFile); err != nil {
		head.Set("Content-Type", "text/html; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(notBuilt))
		return
	}
	h.serveFile(w, r, indexFile)
}

// serveFile prefers the compressed twin that the build made.
func (h handler) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if body, err := fs.ReadFile(h.files, name+".gz"); err == nil {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", contentType(name))
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
			return
		}
	}
	body, err := fs.ReadFile(h.files, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if t := contentType(name); t != "" {
		w.Header().Set("Content-Type", t)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

// contentType answers for the types of the build itself, because the tables of
// the operating system differ and a wrong type stops a script.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return ""
}

const notBuilt = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mesher</title></head>
<body><h1>Mesher is running</h1>
<p>This binary was built without the web application. Run <code>make web</code> (or <code>make build</code>) and start it again.</p>
<p>The API works: <a href="/api/openapi.json">/api/openapi.json</a>.</p></body></html>
`
