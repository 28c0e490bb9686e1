package grouping

import (
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// InferInApp tells by path, module and function alone whether f is the
// application's own code rather than a library, a runtime or a CDN. It is a
// guess for frames whose client did not say.
func InferInApp(platform string, f *event.Frame) bool {
	return inferInApp(frameFamily(platform, f), f)
}

func inferInApp(fam family, f *event.Frame) bool {
	if systemFrame(fam, f) {
		return false
	}
	if fam.compiled() {
		return f.Function != "" && !nameless(f.Function) && !systemPackage(f.Package)
	}
	return f.Module != "" || !noFile(f.Filename) || !noFile(f.AbsPath) || fam == familyOther && f.Function != ""
}

// systemFrame tells whether f certainly belongs to a library or runtime,
// whatever the client says.
func systemFrame(fam family, f *event.Frame) bool {
	switch fam {
	case familyPython:
		return inDirs(f, "/site-packages/", "/dist-packages/") || stdlibPython(f) ||
			strings.HasPrefix(f.Filename, "<frozen ") || f.Filename == "<string>" || within(f.Module, "sentry_sdk") || within(f.Module, "raven")
	case familyJavaScript, familyNode:
		return systemJS(f)
	case familyGo:
		return systemGo(f)
	case familyJVM:
		return systemJVM(f.Module)
	case familyRuby:
		return inDirs(f, "/gems/", "/lib/ruby/", "/bundler/", "/rubygems/") || strings.HasPrefix(f.Filename, "<internal:") || strings.HasPrefix(f.AbsPath, "<internal:")
	case familyPHP:
		return inDirs(f, "/vendor/") || strings.HasPrefix(f.Filename, "phar://") || f.Filename == "[internal]"
	case familyCSharp:
		return hasAnyPrefix(f.Module, "System.", "Microsoft.", "UnityEngine.", "Unity.", "Castle.", "Sentry.", "Newtonsoft.") || f.Module == "System"
	case familyElixir:
		return systemElixir(f)
	case familyRust, familyNative:
		return systemNative(f)
	}
	return inDirs(f, "/site-packages/", "/node_modules/", "/gems/", "/vendor/")
}

// inDirs tells whether the frame's path lies in one of dirs ("/name/"); a relative path may start in one.
func inDirs(f *event.Frame, dirs ...string) bool {
	for _, p := range [...]string{f.AbsPath, f.Filename} {
		if p == "" {
			continue
		}
		if strings.IndexByte(p, '\\') >= 0 {
			p = strings.ReplaceAll(p, `\`, "/")
		}
		for _, d := range dirs {
			if strings.Contains(p, d) || strings.HasPrefix(p, d[1:]) {
				return true
			}
		}
	}
	return false
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// within tells whether dotted module mod is root or below it.
func within(mod, root string) bool {
	return strings.HasPrefix(mod, root) && (len(mod) == len(root) || mod[len(root)] == '.')
}

// stdlibPython finds ".../lib/python3.11/..." and Windows' "\Lib\".
func stdlibPython(f *event.Frame) bool {
	p := f.AbsPath
	if p == "" {
		p = f.Filename
	}
	i := strings.Index(p, "/lib/python")
	if i < 0 {
		i = strings.Index(p, "/lib64/python")
	}
	return i >= 0 && strings.IndexByte(p[i+len("/lib/python"):], '/') >= 0 || strings.Contains(p, `\Lib\`) && strings.Contains(p, "Python")
}

func systemJS(f *event.Frame) bool {
	if noFile(f.Filename) && noFile(f.AbsPath) {
		return true
	}
	for _, p := range [...]string{f.Filename, f.AbsPath} {
		if hasAnyPrefix(p, "node:", "internal/", "chrome-extension://", "moz-extension://", "safari-extension://", "safari-web-extension://", "webpack/runtime", "webpack/bootstrap") ||
			strings.Contains(p, "/~/") || cdnHost(p) {
			return true
		}
	}
	return inDirs(f, "/node_modules/", "/bower_components/", "/@babel/", "/core-js/", "/regenerator-runtime/", "/tslib/", "/zone.js/")
}

// cdnHost tells whether a URL is on a host that serves libraries only.
func cdnHost(p string) bool {
	_, rest, ok := strings.Cut(p, "://")
	if !ok {
		return false
	}
	host, _, _ := strings.Cut(rest, "/")
	switch host {
	case "unpkg.com", "cdnjs.cloudflare.com", "cdn.jsdelivr.net", "ajax.googleapis.com", "code.jquery.com", "browser.sentry-cdn.com", "js.sentry-cdn.com",
		"www.googletagmanager.com", "www.google-analytics.com", "connect.facebook.net", "polyfill.io", "esm.sh", "cdn.skypack.dev":
		return true
	}
	return false
}

func systemGo(f *event.Frame) bool {
	if inDirs(f, "/pkg/mod/", "/vendor/", "/golang.org/toolchain") || strings.Contains(f.AbsPath, "@v") || strings.Contains(f.Filename, "@v") {
		return true
	}
	mod := f.Module
	if mod == "" || mod == "main" {
		return false
	}
	root, _, _ := strings.Cut(mod, "/")
	return goStdlib(root, f)
}

// goStdlib tells whether a package path without a dot in its first part is of
// the standard library: its file says so, or the path has no own folder.
func goStdlib(root string, f *event.Frame) bool {
	switch root {
	case "runtime", "reflect", "net", "testing", "syscall", "internal", "encoding", "database", "crypto", "os", "io", "sync", "context", "time", "fmt",
		"errors", "strings", "bytes", "bufio", "strconv", "sort", "slices", "maps", "html", "text", "math", "log", "go", "unicode", "regexp", "container", "compress", "archive", "hash", "image", "mime", "path", "plugin", "embed", "flag", "iter", "unique", "expvar", "index", "debug":
	default:
		return false
	}
	p := f.AbsPath
	if p == "" {
		p = f.Filename
	}
	return p == "" || strings.HasPrefix(p, f.Module+"/") || strings.Contains(p, "/src/"+f.Module+"/")
}

func systemJVM(mod string) bool {
	return hasAnyPrefix(mod,
		"java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "akka.", "groovy.", "clojure.", "android.", "androidx.", "dalvik.", "com.android.",
		"org.springframework.", "org.apache.", "org.hibernate.", "org.eclipse.", "org.jboss.", "org.codehaus.", "org.junit.", "org.mockito.", "org.gradle.", "org.slf4j.", "org.scalatest.",
		"io.netty.", "io.ktor.", "io.micronaut.", "io.quarkus.", "io.undertow.", "io.vertx.", "io.reactivex.", "io.grpc.", "io.sentry.", "io.opentelemetry.", "reactor.", "rx.", "play.",
		"com.zaxxer.", "com.fasterxml.", "com.google.common.", "com.google.inject.", "com.google.gson.", "com.mysql.", "com.mongodb.", "org.postgresql.", "okhttp3.", "okio.", "retrofit2.", "net.bytebuddy.", "ch.qos.logback.", "feign.")
}

func systemElixir(f *event.Frame) bool {
	if inDirs(f, "/deps/", "/lib/elixir/", "/erlang/", "/otp/") {
		return true
	}
	mod := strings.TrimPrefix(f.Module, "Elixir.")
	switch mod {
	case "gen_server", "gen_statem", "proc_lib", "erlang", "supervisor", "elixir", "timer", "Enum", "Task", "Task.Supervised", "GenServer", "Kernel", "Map", "Stream", "String", "List":
		return true
	}
	return hasAnyPrefix(mod, "Phoenix.", "Plug.", "Ecto.", "Oban.", "DBConnection.", "Elixir.Enum", "Sentry.", "Bandit.", "cowboy_", "Postgrex.")
}

func systemNative(f *event.Frame) bool {
	fn := strings.TrimLeft(f.Function, "<&")
	return hasAnyPrefix(fn, "std::", "core::", "alloc::", "tokio::", "rust_begin_unwind", "rust_panic", "__rust", "__libc_", "__GI_", "_pthread", "__pthread", "RtlUserThread", "BaseThreadInit", "start_thread", "objc_", "swift_", "_dispatch", "__cxa_", "backtrace::", "sentry::", "sentry_", "futures::", "boost::", "absl::", "folly::") ||
		inDirs(f, "/rustc/", "/.cargo/registry/", "/usr/include/", "/src/libstd/", "/src/libcore/", "/src/liballoc/") || systemPackage(f.Package)
}

// systemPackage tells whether a binary belongs to the operating system.
func systemPackage(p string) bool {
	if p == "" {
		return false
	}
	if hasAnyPrefix(p, "/usr/lib/", "/lib/", "/lib64/", "/System/Library/", "/usr/lib64/", "/system/", "/apex/", `C:\Windows\`, `C:\WINDOWS\`) {
		return true
	}
	base := packageName(p)
	return hasAnyPrefix(base, "libc.so", "libc-", "libpthread", "ld-linux", "libdyld", "libsystem_", "ntdll", "kernel32", "kernelbase", "ucrtbase", "vcruntime", "libstdc++", "libobjc", "uikit", "corefoundation", "foundation")
}
