package grouping

import (
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// family is a group of platforms whose frames look alike.
type family uint8

const (
	familyOther family = iota
	familyPython
	familyJavaScript
	familyNode
	familyGo
	familyJVM
	familyRuby
	familyPHP
	familyCSharp
	familyElixir
	familyRust
	familyNative
)

var familyNames = [...]string{"other", "python", "javascript", "node", "go", "jvm", "ruby", "php", "csharp", "elixir", "rust", "native"}

func (f family) String() string { return familyNames[f] }

// js tells whether frames of f come from a JavaScript engine.
func (f family) js() bool { return f == familyJavaScript || f == familyNode }

// compiled tells whether frames of f carry symbols of native code.
func (f family) compiled() bool { return f == familyNative || f == familyRust }

// familyOf maps a platform as SDKs send it; unknown platforms are familyOther.
func familyOf(platform string) family {
	switch platform {
	case "python":
		return familyPython
	case "javascript":
		return familyJavaScript
	case "node", "deno", "bun":
		return familyNode
	case "go":
		return familyGo
	case "java", "kotlin", "scala", "groovy", "clojure", "android":
		return familyJVM
	case "ruby":
		return familyRuby
	case "php":
		return familyPHP
	case "csharp", "dotnet", "fsharp", "vb":
		return familyCSharp
	case "elixir", "erlang":
		return familyElixir
	case "rust":
		return familyRust
	case "native", "c", "cpp", "objc", "swift", "cocoa":
		return familyNative
	}
	return familyOther
}

// frameFamily is the family of one frame: its own platform, else the event's,
// else what its file name says.
func frameFamily(platform string, f *event.Frame) family {
	if f.Platform != "" {
		platform = f.Platform
	}
	if fam := familyOf(platform); fam != familyOther {
		return fam
	}
	name := f.Filename
	if name == "" {
		name = f.AbsPath
	}
	return familyOfFile(name)
}

func familyOfFile(name string) family {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "py", "pyx":
		return familyPython
	case "js", "mjs", "cjs", "jsx", "ts", "tsx", "vue":
		return familyJavaScript
	case "go":
		return familyGo
	case "java", "kt", "scala", "groovy", "clj":
		return familyJVM
	case "rb", "erb", "rake":
		return familyRuby
	case "php":
		return familyPHP
	case "cs", "fs", "vb":
		return familyCSharp
	case "ex", "exs", "erl":
		return familyElixir
	case "rs":
		return familyRust
	case "c", "cc", "cpp", "cxx", "h", "hpp", "m", "mm", "swift":
		return familyNative
	}
	return familyOther
}
