package grouping

import (
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// verdicts are what is known of the frames of one stack trace. They are made
// when they are asked for: most traces are decided by their nearest frames.
type verdicts struct {
	d      *decision
	st     *event.Stacktrace
	app    []inApp
	claims bool // the client marks at least one frame as the application's
	low    int  // older frames are not looked at
}

// verdicts prepares st. Project rules are applied to all frames at once. The
// result is valid until the next call.
func (d *decision) verdicts(st *event.Stacktrace) *verdicts {
	n := len(st.Frames)
	if cap(d.s.app) < n {
		d.s.app = make([]inApp, n+n/2)
	}
	v := &d.s.verdicts
	*v = verdicts{d: d, st: st, app: d.s.app[:n], low: max(0, n-maxLook)}
	clear(v.app)
	for i := range st.Frames {
		if p := st.Frames[i].InApp; p != nil && *p {
			v.claims = true
			break
		}
	}
	if len(d.g.rules.stacks) > 0 {
		for i := range st.Frames {
			v.at(i)
		}
		d.maxFrames = max(d.maxFrames, d.g.rules.applyStack(d.e, st, v.app))
	}
	return v
}

// at says whether frame i is the application's: project rules, then what is
// certainly a library, then the client, then a guess by path. When the client
// claims no frame at all, it does not know, and its flags are ignored.
func (v *verdicts) at(i int) inApp {
	if v.app[i] == appUnknown {
		v.app[i] = appNoise
		if i >= v.low {
			v.app[i] = v.verdict(&v.st.Frames[i])
		}
	}
	return v.app[i]
}

func (v *verdicts) verdict(f *event.Frame) inApp {
	fam := frameFamily(v.d.e.Platform, f)
	if noiseFrame(fam, f) {
		return appNoise
	}
	if systemFrame(fam, f) {
		return appNo
	}
	in := false
	if v.claims && f.InApp != nil {
		in = *f.InApp
	} else {
		in = inferInApp(fam, f)
	}
	if in {
		return appYes
	}
	return appNo
}

// noiseFrame tells frames that prove nothing: the machinery between a call and
// its callee, or between an error and who reports it.
func noiseFrame(fam family, f *event.Frame) bool {
	if f.Function == "" && f.Module == "" && noFile(f.Filename) && noFile(f.AbsPath) {
		return f.Package == "" || !fam.compiled()
	}
	switch fam {
	case familyJavaScript, familyNode:
		return strings.HasSuffix(f.Function, "sentryWrapped") || inDirs(f, jsNoiseDir) || pathIn(f.Module, jsNoiseDir)
	case familyGo:
		return noiseGo(f)
	case familyJVM:
		return strings.HasPrefix(f.Function, "access$") || hasAnyPrefix(f.Module, "jdk.internal.reflect.", "sun.reflect.", "java.lang.reflect.", "io.sentry.")
	case familyCSharp:
		return hasAnyPrefix(f.Module, "System.Runtime.CompilerServices.", "System.Runtime.ExceptionServices.") || strings.Contains(f.Function, "ExceptionDispatchInfo.Throw")
	case familyRust, familyNative:
		return noiseNative(f.Function)
	}
	return false
}

// noiseGo tells the SDK's frames and those of the runtime between a panic and its handler.
func noiseGo(f *event.Frame) bool {
	if strings.HasPrefix(f.Module, "github.com/getsentry/sentry-go") || strings.Contains(f.AbsPath, "getsentry/sentry-go") {
		return true
	}
	if f.Module != "runtime" {
		return false
	}
	switch f.Function {
	case "gopanic", "panicmem", "sigpanic", "goexit", "panicIndex", "panicdivide":
		return true
	}
	return strings.HasPrefix(f.Function, "goPanic") || strings.HasPrefix(f.Function, "panicSlice")
}

// nativeNoise starts symbols between a failure in native code and the handler that saw it.
var nativeNoise = [...]string{
	"std::panicking::", "core::panicking::", "rust_begin_unwind", "core::option::expect_failed", "core::option::unwrap_failed", "core::result::unwrap_failed", "backtrace::",
	"std::sys_common::backtrace", "std::sys::backtrace", "sentry_panic::", "sentry_backtrace::", "sentry_core::", "__cxa_throw", "__pthread_kill", "pthread_kill", "gsignal",
	"_CxxThrowException", "RaiseException", "objc_exception_throw", "__exceptionPreprocess",
}

func noiseNative(fn string) bool {
	if fn == "abort" || fn == "raise" {
		return true
	}
	for i := range nativeNoise {
		if strings.HasPrefix(fn, nativeNoise[i]) {
			return true
		}
	}
	return false
}
