package grouping

import (
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// Key is what one frame contributes: where (a module, else a file name without
// its directory) and the function, both cleaned of everything that a build, a
// deploy or a compiler puts into them. Lines and columns never count.
type Key struct {
	Where    string
	Function string
}

// empty tells that the frame says nothing: stripped, redacted or nameless.
func (k Key) empty() bool { return k.Where == "" && k.Function == "" }

// String is the frame as people write it: "function in where".
func (k Key) String() string {
	switch {
	case k.Function == "":
		return k.Where
	case k.Where == "":
		return k.Function
	}
	return k.Function + " in " + k.Where
}

// FrameKey returns what f contributes to a fingerprint on the event's
// platform. It is the zero Key when the frame is no evidence.
func FrameKey(platform string, f *event.Frame) Key {
	fam := frameFamily(platform, f)
	k := Key{Where: cleanModule(fam, f), Function: cleanFunction(fam, f.Function)}
	if fam == familyCSharp && k.Function == "MoveNext" {
		k.Function = stateMachine(f.Module)
	}
	if k.Where == "" && (!fam.compiled() || k.Function == "") {
		k.Where = cleanFile(fam, f)
	}
	if fam.compiled() && k.empty() {
		k.Where = packageName(f.Package)
	}
	return k
}

// cleanModule returns the module without generated parts; empty when the frame has none that identifies code.
func cleanModule(fam family, f *event.Frame) string {
	mod := f.Module
	switch mod {
	case "", "<anonymous>", "<unknown>", "unknown", "null", "undefined", "?":
		return ""
	case "__main__", "__mp_main__":
		return mainModule(f)
	}
	switch fam {
	case familyJVM:
		return jvmClass(mod)
	case familyJavaScript, familyNode:
		return jsModule(mod)
	case familyCSharp:
		return csharpType(mod)
	case familyPHP:
		return phpName(mod)
	case familyGo:
		return goModule(mod)
	}
	return mod
}

// mainModule names a script by its file, so that running it as a module or as a program is the same place.
func mainModule(f *event.Frame) string {
	name := f.Filename
	if name == "" {
		name = f.AbsPath
	}
	base := baseName(name)
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		base = base[:i]
	}
	if base == "" {
		return f.Module
	}
	return base
}

// cleanFunction returns the function without generated parts; empty when it has no name.
func cleanFunction(fam family, fn string) string {
	fn = strings.TrimSpace(fn)
	if nameless(fn) {
		return ""
	}
	switch fam {
	case familyJVM:
		return jvmMethod(fn)
	case familyRuby:
		return rubyMethod(fn)
	case familyPHP:
		return phpName(fn)
	case familyJavaScript, familyNode:
		return jsFunction(fn)
	case familyPython:
		return pythonFunction(fn)
	case familyGo:
		return goFunction(fn)
	case familyCSharp:
		return csharpMethod(fn)
	case familyElixir:
		return elixirFunction(fn)
	case familyRust, familyNative:
		return nativeFunction(fn)
	}
	return fn
}

// nameless tells that a function name stands for "no name".
func nameless(fn string) bool {
	switch fn {
	case "", "?", "??", "<unknown>", "<redacted>", "unknown", "<anonymous>", "null", "undefined", "stripped_application_code", "<stripped application code>":
		return true
	}
	return digitsOnly(fn) || strings.HasPrefix(fn, "0x") && hexOnly(fn[2:])
}

// packageName is the file name of the binary or library a nameless frame lies in.
func packageName(p string) string { return strings.ToLower(baseName(p)) }

// sourceMarks start file names that name no file.
func noFile(name string) bool {
	switch name {
	case "", "<anonymous>", "[native code]", "native code", "native", "<unknown>", "unknown", "?", "[internal]", "<internal>", "<unknown module>":
		return true
	}
	return strings.HasPrefix(name, "blob:") || strings.HasPrefix(name, "data:") || strings.HasPrefix(name, "eval at ")
}

// cleanFile returns the lower-case name of the frame's file without directory,
// query, content hash and generated parts; empty when there is none.
func cleanFile(fam family, f *event.Frame) string {
	name := f.Filename
	if noFile(name) {
		if name = f.AbsPath; noFile(name) {
			return ""
		}
	}
	if fam.js() || strings.Contains(name, "://") {
		if i := strings.IndexAny(name, "?#"); i >= 0 {
			name = name[:i]
		}
	}
	if fixed := generatedFile(fam, name); fixed != "" {
		return fixed
	}
	return strings.ToLower(cutAssetHash(baseName(name)))
}

// generatedFile gives one name to files that are made anew in each run.
func generatedFile(fam family, name string) string {
	switch fam {
	case familyPython:
		if strings.HasPrefix(name, "<ipython-input-") || strings.Contains(name, "/ipykernel_") {
			return "<ipython>"
		}
		if rest, ok := strings.CutPrefix(name, "<attrs generated "); ok {
			rest = strings.TrimRight(rest, ">")
			return "<attrs generated " + strings.TrimRight(strings.TrimRight(rest, "0123456789"), "-") + ">"
		}
	case familyPHP:
		if strings.Contains(name, "storage/framework/views/") {
			return "<blade>"
		}
		if i := strings.Index(name, "/cache/"); i >= 0 && strings.Contains(name[i:], "/twig/") {
			return "<twig>"
		}
	}
	return ""
}

// baseName returns the last non-empty segment of a path or URL of any system.
func baseName(p string) string {
	end := len(p)
	for end > 0 && (p[end-1] == '/' || p[end-1] == '\\') {
		end--
	}
	start := end
	for start > 0 && p[start-1] != '/' && p[start-1] != '\\' {
		start--
	}
	if base := p[start:end]; base != "." && base != ".." {
		return base
	}
	return ""
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func cutDigits(s string) string { return strings.TrimRight(s, "0123456789") }
