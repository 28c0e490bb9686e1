package grouping

import (
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// InferInApp tells by path, module and function alone whether f is the
// application's own code rather than a library, a runtime or a CDN. It is a
// guess for frames whose client did not say.
func InferInApp(platform string, f *event.Frame) bool {
	fam := frameFamily(platform, f)
	return !systemFrame(fam, f) && inferInApp(fam, f)
}

// inferInApp is the guess for a frame that is not certainly a library's.
func inferInApp(fam family, f *event.Frame) bool {
	if fam.compiled() {
		return !nameless(f.Function)
	}
	return f.Module != "" || !noFile(f.Filename) || !noFile(f.AbsPath) || fam == familyOther && f.Function != ""
}

// systemFrame tells whether f certainly belongs to a library or runtime,
// whatever the client says.
func systemFrame(fam family, f *event.Frame) bool {
	switch fam {
	case familyPython:
		return inDirs(f, pythonDir) || strings.HasPrefix(f.Filename, "<frozen ") || f.Filename == "<string>" ||
			within(f.Module, "sentry_sdk") || within(f.Module, "raven")
	case familyJavaScript, familyNode:
		return systemJS(f)
	case familyGo:
		return systemGo(f)
	case familyJVM:
		return systemJVM(f.Module)
	case familyRuby:
		return inDirs(f, rubyDir) || strings.HasPrefix(f.Filename, "<internal:") || strings.HasPrefix(f.AbsPath, "<internal:")
	case familyPHP:
		return inDirs(f, vendorDir) || strings.HasPrefix(f.Filename, "phar://") || f.Filename == "[internal]"
	case familyCSharp:
		return systemCSharp(f.Module)
	case familyElixir:
		return inDirs(f, elixirDir) || systemElixir(f.Module)
	case familyRust, familyNative:
		return systemNative(f)
	}
	return inDirs(f, anyLibraryDir)
}

// inDirs tells whether a folder of the frame's path is one of a library;
// isDir gets each folder and the one before it, "" for the first.
func inDirs(f *event.Frame, isDir func(parent, dir string) bool) bool {
	return pathIn(f.AbsPath, isDir) || f.Filename != f.AbsPath && pathIn(f.Filename, isDir)
}

func pathIn(p string, isDir func(parent, dir string) bool) bool {
	parent, start := "", 0
	for i := range len(p) {
		if c := p[i]; c != '/' && c != '\\' {
			continue
		}
		if i > start {
			dir := p[start:i]
			if isDir(parent, dir) {
				return true
			}
			parent = dir
		}
		start = i + 1
	}
	return false
}

func pythonDir(parent, dir string) bool {
	switch dir {
	case "site-packages", "dist-packages":
		return true
	}
	// ".../lib/python3.11/..." and Windows' "Python311\Lib\..."
	return (parent == "lib" || parent == "lib64") && strings.HasPrefix(dir, "python") || dir == "Lib" && strings.HasPrefix(parent, "Python")
}

func rubyDir(parent, dir string) bool {
	switch dir {
	case "gems", "rubygems":
		return true
	case "ruby":
		return parent == "lib"
	}
	return false
}

func vendorDir(_, dir string) bool { return dir == "vendor" }

func elixirDir(parent, dir string) bool {
	switch dir {
	case "deps", "erlang", "otp":
		return true
	case "elixir":
		return parent == "lib"
	}
	return false
}

func anyLibraryDir(_, dir string) bool {
	switch dir {
	case "site-packages", "node_modules", "gems", "vendor":
		return true
	}
	return false
}

func jsLibraryDir(_, dir string) bool {
	switch dir {
	case "node_modules", "bower_components", "~", "webpack", "internal":
		return dir != "webpack" && dir != "internal"
	}
	return polyfill(dir)
}

// polyfill names packages that stand between calls, in code that a tool wrote.
func polyfill(dir string) bool {
	switch dir {
	case "@babel", "core-js", "regenerator-runtime", "tslib", "zone.js", "babel-runtime", "core-js-pure", "zone.js-es2015":
		return true
	}
	return false
}

func jsNoiseDir(_, dir string) bool {
	return dir == "@sentry" || dir == "@sentry-internal" || polyfill(dir)
}

func goLibraryDir(parent, dir string) bool {
	return dir == "vendor" || dir == "mod" && parent == "pkg" || strings.Contains(dir, "@v")
}

func nativeLibraryDir(parent, dir string) bool {
	switch dir {
	case "rustc", "libstd", "libcore", "liballoc":
		return true
	case "registry":
		return parent == ".cargo"
	case "include":
		return parent == "usr"
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

func systemJS(f *event.Frame) bool {
	if noFile(f.Filename) && noFile(f.AbsPath) {
		return true
	}
	return jsLibraryPath(f.Filename) || f.AbsPath != f.Filename && jsLibraryPath(f.AbsPath) || inDirs(f, jsLibraryDir)
}

func jsLibraryPath(p string) bool {
	if p == "" {
		return false
	}
	switch p[0] {
	case 'n':
		return strings.HasPrefix(p, "node:")
	case 'i':
		return strings.HasPrefix(p, "internal/")
	case 'w':
		return strings.HasPrefix(p, "webpack/runtime") || strings.HasPrefix(p, "webpack/bootstrap")
	}
	scheme, rest, ok := strings.Cut(p, "://")
	if !ok {
		return false
	}
	if strings.HasSuffix(scheme, "-extension") {
		return true
	}
	host, _, _ := strings.Cut(rest, "/")
	return cdnHost(host)
}

// cdnHost tells whether a host serves libraries only.
func cdnHost(host string) bool {
	switch host {
	case "unpkg.com", "cdnjs.cloudflare.com", "cdn.jsdelivr.net", "ajax.googleapis.com", "code.jquery.com", "browser.sentry-cdn.com", "js.sentry-cdn.com",
		"www.googletagmanager.com", "www.google-analytics.com", "connect.facebook.net", "polyfill.io", "esm.sh", "cdn.skypack.dev":
		return true
	}
	return false
}

func systemGo(f *event.Frame) bool {
	if inDirs(f, goLibraryDir) {
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
// the standard library: its file says so, or nothing is known of the file.
func goStdlib(root string, f *event.Frame) bool {
	switch root {
	case "runtime", "reflect", "net", "testing", "syscall", "internal", "encoding", "database", "crypto", "os", "io", "sync", "context", "time", "fmt",
		"errors", "strings", "bytes", "bufio", "strconv", "sort", "slices", "maps", "html", "text", "math", "log", "go", "unicode", "regexp", "container", "compress", "archive",
		"hash", "image", "mime", "path", "plugin", "embed", "flag", "iter", "unique", "expvar", "index", "debug":
	default:
		return false
	}
	p := f.AbsPath
	if p == "" {
		p = f.Filename
	}
	return p == "" || strings.HasPrefix(p, f.Module+"/") || strings.Contains(p, "/src/"+f.Module+"/")
}

// systemJVM tells packages of the platform and of common frameworks.
func systemJVM(mod string) bool {
	root, rest, _ := strings.Cut(mod, ".")
	second, _, _ := strings.Cut(rest, ".")
	switch root {
	case "java", "javax", "jakarta", "jdk", "sun", "kotlin", "kotlinx", "scala", "akka", "groovy", "clojure", "android", "androidx", "dalvik", "reactor", "rx", "play", "okhttp3", "okio", "retrofit2", "feign":
		return true
	case "org":
		switch second {
		case "springframework", "apache", "hibernate", "eclipse", "jboss", "codehaus", "junit", "mockito", "gradle", "slf4j", "scalatest", "postgresql", "mybatis", "aspectj", "jetbrains":
			return true
		}
	case "io":
		switch second {
		case "netty", "ktor", "micronaut", "quarkus", "undertow", "vertx", "reactivex", "grpc", "sentry", "opentelemetry", "lettuce", "micrometer":
			return true
		}
	case "net":
		return second == "bytebuddy"
	case "ch":
		return second == "qos"
	case "com":
		switch second {
		case "sun", "zaxxer", "fasterxml", "mysql", "mongodb", "android", "intellij":
			return true
		case "google":
			return hasAnyPrefix(mod, "com.google.common.", "com.google.inject.", "com.google.gson.", "com.google.protobuf.")
		}
	}
	return false
}

func systemCSharp(mod string) bool {
	root, _, _ := strings.Cut(mod, ".")
	switch root {
	case "System", "Microsoft", "UnityEngine", "Unity", "Castle", "Sentry", "Newtonsoft", "Npgsql":
		return true
	}
	return false
}

func systemElixir(mod string) bool {
	mod = strings.TrimPrefix(mod, "Elixir.")
	root, _, _ := strings.Cut(mod, ".")
	switch root {
	case "gen_server", "gen_statem", "proc_lib", "erlang", "supervisor", "elixir", "timer", "Enum", "Task", "GenServer", "Kernel", "Map", "Stream", "String", "List", "Agent", "Registry", "Supervisor",
		"Phoenix", "Plug", "Ecto", "Oban", "DBConnection", "Sentry", "Bandit", "Postgrex", "Absinthe", "Tesla", "ThousandIsland":
		return true
	}
	return strings.HasPrefix(mod, "cowboy_")
}

// nativeSystem starts symbols of language runtimes and system libraries.
var nativeSystem = [...]string{
	"std::", "core::", "alloc::", "tokio::", "rust_begin_unwind", "rust_panic", "__rust", "__libc_", "__GI_", "_pthread", "__pthread", "pthread_",
	"RtlUserThread", "BaseThreadInit", "start_thread", "objc_", "swift_", "_dispatch", "__cxa_", "backtrace::", "sentry::", "sentry_", "futures::", "boost::", "absl::", "folly::",
}

func systemNative(f *event.Frame) bool {
	fn := strings.TrimLeft(f.Function, "<&")
	for i := range nativeSystem {
		if strings.HasPrefix(fn, nativeSystem[i]) {
			return true
		}
	}
	return inDirs(f, nativeLibraryDir) || systemPackage(f.Package)
}

// systemPackage tells whether a binary belongs to the operating system.
func systemPackage(p string) bool {
	if p == "" {
		return false
	}
	if hasAnyPrefix(p, "/usr/lib/", "/lib/", "/lib64/", "/System/Library/", "/usr/lib64/", "/system/", "/apex/", `C:\Windows\`, `C:\WINDOWS\`) {
		return true
	}
	return hasAnyPrefix(packageName(p), "libc.so", "libc-", "libpthread", "ld-linux", "libdyld", "libsystem_", "ntdll", "kernel32", "kernelbase", "ucrtbase", "vcruntime", "libstdc++", "libobjc", "uikit", "corefoundation", "foundation")
}
