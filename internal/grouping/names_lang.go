package grouping

import "strings"

// pythonFunction keeps the name itself of a qualified name; a comprehension
// counts as the function around it, because Python 3.12 inlines it.
func pythonFunction(fn string) string {
	for _, c := range [...]string{"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"} {
		if rest, ok := strings.CutSuffix(fn, "<locals>."+c); ok {
			fn = strings.TrimSuffix(rest, ".")
			break
		}
	}
	if i := strings.LastIndex(fn, "<locals>."); i >= 0 {
		fn = fn[i+len("<locals>."):]
	}
	return fn
}

// goFunction returns a Go function without type arguments and the numbers of closures and wrappers.
func goFunction(fn string) string {
	if i := strings.IndexByte(fn, '['); i >= 0 {
		if j := strings.LastIndexByte(fn, ']'); j > i {
			fn = fn[:i] + "[...]" + fn[j+1:]
		}
	}
	fn = strings.TrimSuffix(fn, "-fm")
	if i := strings.LastIndex(fn, "-range"); i > 0 && digitsOnly(fn[i+len("-range"):]) {
		fn = fn[:i]
	}
	out, closure := fn, false
	for {
		i := strings.LastIndexByte(out, '.')
		if i < 0 || !goClosurePart(out[i+1:]) {
			break
		}
		out, closure = out[:i], true
	}
	if closure {
		out += ".func"
	}
	return out
}

// goClosurePart tells whether one dotted part of a symbol is a compiler's number for a closure or wrapper.
func goClosurePart(p string) bool {
	for _, w := range [...]string{"func", "gowrap", "deferwrap"} {
		if rest, ok := strings.CutPrefix(p, w); ok {
			return digitsOnly(rest)
		}
	}
	return digitsOnly(p)
}

// goModule cuts the version that a module cache puts into a path; "/v2" stays.
func goModule(mod string) string {
	i := strings.IndexByte(mod, '@')
	if i < 0 {
		return mod
	}
	if j := strings.IndexByte(mod[i:], '/'); j >= 0 {
		return mod[:i] + mod[i+j:]
	}
	return mod[:i]
}

// rubyMethod keeps the method that a block is in, and drops numbers of generated methods.
func rubyMethod(fn string) string {
	for {
		rest := fn
		for _, p := range [...]string{"block in ", "rescue in ", "ensure in ", "eval in "} {
			rest = strings.TrimPrefix(rest, p)
		}
		if strings.HasPrefix(rest, "block (") {
			if i := strings.Index(rest, ") in "); i > 0 {
				rest = rest[i+len(") in "):]
			}
		}
		if rest == fn {
			break
		}
		fn = rest
	}
	if fn != "" && isUpper(fn[0]) {
		if i := strings.LastIndexAny(fn, "#."); i > 0 && i < len(fn)-1 {
			fn = fn[i+1:]
		}
	}
	return cutNumberRuns(fn)
}

// cutNumberRuns removes the "__123", "_123_456" that templates and callbacks get in each process.
func cutNumberRuns(fn string) string {
	if !hasDigit(fn) || strings.IndexByte(fn, '_') < 0 {
		return fn
	}
	var b strings.Builder
	for i := 0; i < len(fn); {
		if fn[i] == '_' {
			j := run(fn, i, clsUnder)
			k := run(fn, j, clsDigit)
			if k > j && (k == len(fn) || fn[k] == '_') {
				i = k
				continue
			}
			b.WriteString(fn[i:j])
			i = j
			continue
		}
		b.WriteByte(fn[i])
		i++
	}
	return b.String()
}

// phpName cleans a PHP class or function: anonymous classes, closures, compiled templates, containers, proxies.
func phpName(fn string) string {
	if i := strings.Index(fn, "@anonymous"); i >= 0 {
		method := ""
		if j := strings.LastIndex(fn, "::"); j > i {
			method = fn[j:]
		}
		return fn[:i] + "@anonymous" + method
	}
	if rest, ok := strings.CutPrefix(fn, "[Anonymous"); ok {
		if j := strings.LastIndex(rest, "::"); j >= 0 {
			return "class@anonymous" + rest[j:]
		}
	}
	if i := strings.Index(fn, "{closure:"); i >= 0 {
		if j := strings.LastIndexByte(fn, '}'); j > i {
			body := fn[i:j]
			if k := strings.LastIndexByte(body, ':'); k > len("{closure") && digitsOnly(body[k+1:]) {
				fn = fn[:i+k] + fn[j:]
			}
		}
	}
	if i := strings.Index(fn, "__TwigTemplate_"); i >= 0 {
		start := i + len("__TwigTemplate")
		fn = fn[:start] + fn[run(fn, start+1, clsAlnum):]
	}
	if i := strings.Index(fn, "Proxies\\__CG__\\"); i >= 0 {
		fn = fn[i+len("Proxies\\__CG__\\"):]
	}
	return phpContainer(fn)
}

// phpContainer cuts the random part of Symfony's "ContainerXyz12ab\".
func phpContainer(fn string) string {
	i := strings.Index(fn, "Container")
	if i < 0 {
		return fn
	}
	start := i + len("Container")
	end := run(fn, start, clsAlnum)
	if n := end - start; n >= 5 && n <= 8 && end < len(fn) && fn[end] == '\\' && (hasDigit(fn[start:end]) || mixedCase(fn[start:end])) {
		return fn[:start] + fn[end:]
	}
	return fn
}

// csharpType cuts generic arity, type arguments and proxy numbers.
func csharpType(mod string) string {
	if i := strings.Index(mod, "[["); i >= 0 {
		mod = mod[:i]
	}
	mod = cutBackticks(mod)
	if cut := cutDigits(mod); strings.HasSuffix(cut, "Proxy_") {
		mod = cut[:len(cut)-1]
	}
	if i := strings.Index(mod, "+<"); i > 0 { // +<>c__DisplayClass3_0, +<GetAsync>d__12
		mod = mod[:i]
	}
	return mod
}

// stateMachine returns the method that the compiler made a class of, to run it
// in steps: "Svc+<GetAsync>d__12" gives GetAsync. Other classes give MoveNext.
func stateMachine(mod string) string {
	if _, rest, ok := strings.Cut(mod, "+<"); ok {
		if name, tail, ok := strings.Cut(rest, ">"); ok && name != "" && strings.HasPrefix(tail, "d__") {
			return name
		}
	}
	return "MoveNext"
}

// csharpMethod names the method that the compiler's state machines, lambdas and local functions come from.
func csharpMethod(fn string) string {
	if i := strings.IndexByte(fn, '('); i > 0 && !strings.HasPrefix(fn[i:], "()") || i > 0 && strings.HasSuffix(fn, ")") {
		fn = strings.TrimSpace(fn[:i])
	}
	if open := strings.IndexByte(fn, '<'); open >= 0 {
		if end := strings.IndexByte(fn[open:], '>'); end > 1 {
			name, rest := fn[open+1:open+end], fn[open+end+1:]
			switch {
			case strings.HasPrefix(rest, "d__"), strings.HasPrefix(rest, "d("), rest == "d", strings.HasPrefix(rest, "b__"):
				return name
			case strings.HasPrefix(rest, "g__"):
				local := rest[len("g__"):]
				if i := strings.IndexByte(local, '|'); i >= 0 {
					local = local[:i]
				}
				return name + "." + local
			}
		}
	}
	return cutBackticks(fn)
}

// cutBackticks removes generic arities: List`1 gives List.
func cutBackticks(s string) string {
	for {
		i := strings.IndexByte(s, '`')
		if i < 0 {
			return s
		}
		s = s[:i] + s[run(s, i+1, clsDigit):]
	}
}

// elixirFunction names the function that an anonymous one is in; arities stay.
func elixirFunction(fn string) string {
	if strings.HasPrefix(fn, "anonymous fn/") {
		if _, in, ok := strings.Cut(fn, " in "); ok {
			return "fn in " + lastDotted(in)
		}
	}
	trimmed := strings.TrimPrefix(fn, `"`)
	if rest, ok := strings.CutPrefix(trimmed, "-"); ok {
		if i := strings.IndexByte(rest, '-'); i > 0 {
			return "fn in " + rest[:i]
		}
	}
	return fn
}

// lastDotted returns what follows the last dot of a qualified name.
func lastDotted(s string) string {
	slash := strings.LastIndexByte(s, '/')
	if slash < 0 {
		slash = len(s)
	}
	if i := strings.LastIndexByte(s[:slash], '.'); i >= 0 {
		return s[i+1:]
	}
	return s
}
