package grouping

import "strings"

// cleanType returns an exception type without type arguments and the numbers of generated classes.
func cleanType(t string) string {
	if i := strings.IndexByte(t, '`'); i > 0 {
		t = cutBackticks(t)
	}
	if i := strings.IndexAny(t, "<["); i > 0 && (t[len(t)-1] == '>' || t[len(t)-1] == ']') {
		t = t[:i]
	}
	if cut := cutDigits(t); len(cut) < len(t) && len(cut) > 1 && (cut[len(cut)-1] == '$' || strings.HasSuffix(cut, "Proxy_")) {
		t = cut[:len(cut)-1]
	}
	if hasDigit(t) && strings.Contains(t, "0x") {
		t = Parameterize(t)
	}
	return t
}

// genericType tells types that say nothing about what went wrong, so that the message must.
func genericType(fam family, t string) bool {
	switch t {
	case "", "Error", "Exception", "error", "exception":
		return true
	}
	switch fam {
	case familyGo:
		return genericGoType(t)
	case familyPython:
		return t == "RuntimeError" || t == "BaseException"
	case familyJavaScript, familyNode:
		return t == "UnhandledRejection" || t == "Object"
	case familyJVM:
		return t == "RuntimeException" || t == "Throwable" || t == "java.lang.Exception" || t == "java.lang.RuntimeException" || t == "java.lang.Error"
	case familyRuby:
		return t == "RuntimeError" || t == "StandardError"
	case familyPHP:
		return t == "ErrorException" || t == "RuntimeException"
	case familyCSharp:
		return t == "System.Exception" || t == "System.ApplicationException" || t == "ApplicationException"
	case familyElixir:
		return t == "RuntimeError" || t == "ErlangError" || t == "Oban.PerformError" || t == "EXIT"
	case familyRust, familyNative:
		return t == "panic" || t == "anyhow::Error" || t == "std::runtime_error" || t == "eyre::Report"
	}
	return false
}

func genericGoType(t string) bool {
	switch t {
	case "*errors.errorString", "*fmt.wrapError", "*fmt.wrapErrors", "*errors.joinError", "*errors.withStack", "*errors.withMessage", "*errors.fundamental",
		"*errors.withFields", "*errutil.withPrefix", "*errutil.withNewMessage", "*errors.Error", "*withstack.withStack", "*xerrors.wrapError", "*xerrors.errorString", "string":
		return true
	}
	return false
}
