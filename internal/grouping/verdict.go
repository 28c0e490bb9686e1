package grouping

import (
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// verdicts says for each frame of st whether it is the application's: project
// rules, then what is certainly a library, then the client, then a guess by
// path. When the client claims no frame at all, it does not know, and its
// flags are ignored. The result is valid until the next call.
func (d *decision) verdicts(st *event.Stacktrace) []inApp {
	app := d.s.app[:0]
	claims := false
	low := max(0, len(st.Frames)-maxLook)
	for i := range st.Frames {
		claims = claims || st.Frames[i].InApp != nil && *st.Frames[i].InApp
	}
	for i := range st.Frames {
		if i < low {
			app = append(app, appNoise)
			continue
		}
		app = append(app, d.verdict(&st.Frames[i], claims))
	}
	d.s.app = app
	if len(d.g.rules.stacks) > 0 {
		d.maxFrames = max(d.maxFrames, d.g.rules.applyStack(d.e, st, app))
	}
	return app
}

func (d *decision) verdict(f *event.Frame, claims bool) inApp {
	fam := frameFamily(d.e.Platform, f)
	if noiseFrame(fam, f) {
		return appNoise
	}
	in := false
	switch {
	case systemFrame(fam, f):
	case claims && f.InApp != nil:
		in = *f.InApp
	default:
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
		return true
	}
	switch fam {
	case familyJavaScript, familyNode:
		switch f.Function {
		case "sentryWrapped", "wrapped", "HTMLButtonElement.sentryWrapped":
			return true
		}
		return strings.HasSuffix(f.Function, ".sentryWrapped") || hasAnyPrefix(f.Module, "tslib/", "core-js/", "@babel/", "babel-runtime/", "regenerator-runtime/", "zone.js/") || inDirs(f, "/@babel/", "/core-js/", "/regenerator-runtime/", "/tslib/", "/@sentry/", "/@sentry-internal/", "/babel-runtime/", "/zone.js/")
	case familyGo:
		return within(strings.ReplaceAll(f.Module, "/", "."), "github.com.getsentry.sentry-go") || strings.Contains(f.AbsPath, "getsentry/sentry-go@") ||
			f.Module == "runtime" && (f.Function == "gopanic" || f.Function == "panicmem" || f.Function == "sigpanic" || f.Function == "goexit" || strings.HasPrefix(f.Function, "goPanic"))
	case familyJVM:
		return strings.HasPrefix(f.Function, "access$") || hasAnyPrefix(f.Module, "jdk.internal.reflect.", "sun.reflect.", "java.lang.reflect.", "io.sentry.")
	case familyCSharp:
		return hasAnyPrefix(f.Module, "System.Runtime.CompilerServices.", "System.Runtime.ExceptionServices.") || strings.Contains(f.Function, "ExceptionDispatchInfo.Throw")
	case familyRust, familyNative:
		return noiseNative(f.Function)
	}
	return false
}

// noiseNative tells the frames between a failure in native code and the handler that saw it.
func noiseNative(fn string) bool {
	return hasAnyPrefix(fn, "std::panicking::", "core::panicking::", "rust_begin_unwind", "core::option::expect_failed", "core::option::unwrap_failed", "core::result::unwrap_failed", "backtrace::",
		"std::sys_common::backtrace", "std::sys::backtrace", "sentry_panic::", "sentry_backtrace::", "sentry_core::", "abort", "raise", "__cxa_throw", "__pthread_kill", "pthread_kill", "gsignal", "_CxxThrowException", "RaiseException", "objc_exception_throw", "__exceptionPreprocess") &&
		!strings.HasPrefix(fn, "abort_") && !strings.HasPrefix(fn, "raise_")
}
