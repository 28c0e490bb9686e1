package grouping

import "strings"

// proxyMarks end the written part of a class name; what follows is a generated subclass.
var proxyMarks = [...]string{
	"$$EnhancerBy", "$$FastClassBy", "$$SpringCGLIB$$", "$EnhancerBy", "$FastClassBy", "$HibernateProxy$", "$MockitoMock$",
	"$MockitoProxy$", "$ByteBuddy$", "$$KotlinMock", "_$$_jvst", "_$$_javassist", "_$$_Weld", "_Subclass$$", "_ClientProxy$$",
}

// jvmClass returns a class name without lambda, proxy and closure numbers.
func jvmClass(mod string) string {
	if strings.IndexByte(mod, '$') < 0 {
		return accessor(closureNumbers(mod))
	}
	if i := strings.Index(mod, "$$Lambda"); i >= 0 {
		return mod[:i] + "$$Lambda"
	}
	for _, mark := range proxyMarks {
		if i := strings.Index(mod, mark); i > 0 {
			return mod[:i] + "$$Proxy"
		}
	}
	if i := strings.Index(mod, "$Proxy"); i >= 0 && digitsOnly(mod[i+len("$Proxy"):]) {
		return "$Proxy"
	}
	return jvmInner(mod)
}

// jvmInner cleans the parts of a nested class: numbers become one "anon",
// compiler-made parts lose theirs.
func jvmInner(mod string) string {
	parts := strings.Split(mod, "$")
	out := parts[:1]
	for _, p := range parts[1:] {
		switch {
		case p == "" || p == "anonfun":
			continue
		case digitsOnly(p):
			p = "anon"
		case strings.HasPrefix(p, "fn__"), strings.HasPrefix(p, "reify__"), strings.HasPrefix(p, "iter__"):
			p = p[:strings.Index(p, "__")]
		case strings.HasPrefix(p, "eval") && digitsOnly(p[4:]):
			p = "eval"
		default:
			p = closureNumbers(p)
		}
		if p != out[len(out)-1] {
			out = append(out, p)
		}
	}
	return strings.Join(out, "$")
}

// closureNumbers cuts the number of Groovy's closures.
func closureNumbers(p string) string {
	if i := strings.LastIndex(p, "_closure"); i >= 0 && digitsOnly(p[i+len("_closure"):]) {
		return p[:i+len("_closure")]
	}
	return p
}

// accessor cuts the number of the classes the JDK generates for reflection.
func accessor(mod string) string {
	if s := cutDigits(mod); len(s) < len(mod) && strings.HasSuffix(s, "Accessor") && strings.Contains(s, "Generated") {
		return s
	}
	return mod
}

// jvmMethod returns a method without lambda numbers; synthetic accessors have no name.
func jvmMethod(fn string) string {
	if strings.HasPrefix(fn, "access$") {
		return ""
	}
	for {
		cut := cutDigits(fn)
		if cut == fn || len(cut) < 2 || cut[len(cut)-1] != '$' && cut[len(cut)-1] != '-' {
			return fn
		}
		fn = cut[:len(cut)-1]
	}
}
