package grouping

import "strings"

// nativeFunction returns a demangled C, C++, Objective-C, Swift or Rust symbol
// without arguments, type arguments, return type, hashes and the marks of
// compilers; empty when the symbol is stripped.
func nativeFunction(fn string) string {
	if strings.HasPrefix(fn, "-[") || strings.HasPrefix(fn, "+[") {
		return fn
	}
	if base := cutDigits(fn); strings.HasSuffix(base, "_block_invoke_") {
		fn = strings.TrimSuffix(base, "_")
	}
	if s, ok := swiftSpecial(fn); ok {
		return s
	}
	fn = cutCompilerMarks(fn)
	fn = cutRustMarks(fn)
	fn = nativeLambdas(fn)
	fn = cutImport(fn)
	return nativeName(fn)
}

// swiftSpecial names thunks, closures and initializers of Swift.
func swiftSpecial(fn string) (string, bool) {
	if strings.Contains(fn, "thunk for ") {
		return "thunk for closure", true
	}
	for _, p := range [...]string{"specialized ", "merged ", "partial apply for "} {
		fn = strings.TrimPrefix(fn, p)
	}
	if strings.HasPrefix(fn, "closure #") {
		if _, in, ok := cutLast(fn, " in "); ok {
			return "closure in " + nativeName(in), true
		}
	}
	if rest, ok := strings.CutPrefix(fn, "variable initialization expression of "); ok {
		rest = strings.TrimPrefix(rest, "static ")
		name, _, _ := strings.Cut(rest, " : ")
		return "initializer expression of " + name, true
	}
	return "", false
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// cutCompilerMarks removes "[clone .cold]", ".isra.0", ".llvm.123" and the spellings of anonymous namespaces.
func cutCompilerMarks(fn string) string {
	for {
		i := strings.Index(fn, "[clone ")
		if i < 0 {
			break
		}
		j := strings.IndexByte(fn[i:], ']')
		if j < 0 {
			break
		}
		fn = strings.TrimSpace(fn[:i]) + fn[i+j+1:]
	}
	for cut := true; cut; {
		cut = false
		base := strings.TrimRight(cutDigits(fn), ".")
		for _, m := range [...]string{".cold", ".part", ".isra", ".constprop", ".llvm", ".lto_priv"} {
			if rest, ok := strings.CutSuffix(base, m); ok && rest != "" {
				fn, cut = rest, true
			}
		}
	}
	if i := strings.Index(fn, "?A0x"); i >= 0 {
		if j := run(fn, i+4, clsHex); strings.HasPrefix(fn[j:], "::") {
			fn = fn[:i] + "(anonymous namespace)" + fn[j:]
		}
	}
	fn = strings.ReplaceAll(fn, "`anonymous namespace'", "(anonymous namespace)")
	return strings.ReplaceAll(fn, "`anonymous-namespace'", "(anonymous namespace)")
}

// cutRustMarks removes the hash of a Rust symbol and the numbers of closures.
func cutRustMarks(fn string) string {
	if i := strings.LastIndex(fn, "::h"); i > 0 && len(fn)-i == 19 && hexOnly(fn[i+3:]) {
		fn = fn[:i]
	}
	if !strings.Contains(fn, "{") {
		return fn
	}
	for {
		i := strings.Index(fn, "{closure#")
		if i < 0 {
			return fn
		}
		j := strings.IndexByte(fn[i:], '}')
		if j < 0 {
			return fn
		}
		fn = fn[:i] + "{{closure}}" + fn[i+j+1:]
	}
}

// nativeLambdas gives the lambdas of gcc, clang and MSVC one name.
func nativeLambdas(fn string) string {
	if i := strings.Index(fn, "{lambda("); i >= 0 {
		if j := strings.IndexByte(fn[i:], '}'); j > 0 {
			fn = fn[:i] + "lambda" + fn[i+j+1:]
		}
	}
	if i := strings.Index(fn, "<lambda_"); i >= 0 {
		if j := strings.IndexByte(fn[i:], '>'); j > 0 {
			fn = fn[:i] + "lambda" + fn[i+j+1:]
		}
	}
	if i := strings.Index(fn, "lambda_"); i >= 0 && (i == 0 || !isWord(fn[i-1])) {
		if j := run(fn, i+7, clsHex); j-i-7 >= 16 {
			fn = fn[:i] + "lambda" + fn[j:]
		}
	}
	if i := strings.Index(fn, "$_"); i >= 0 {
		if j := run(fn, i+2, clsDigit); j > i+2 {
			fn = fn[:i] + "lambda" + fn[j:]
		}
	}
	return fn
}

// cutImport removes symbol versions, stdcall decoration and IL2CPP's method hash.
func cutImport(fn string) string {
	if i := strings.Index(fn, "@GLIBC"); i > 0 {
		fn = strings.TrimRight(fn[:i], "@")
	}
	if i := strings.LastIndexByte(fn, '@'); i > 0 && digitsOnly(fn[i+1:]) {
		fn = strings.TrimPrefix(fn[:i], "@")
	}
	for i := 0; ; {
		j := strings.Index(fn[i:], "_m")
		if j < 0 {
			return fn
		}
		i += j
		if end := run(fn, i+2, clsDigit|clsHexUpper); end-i-2 == 40 && !strings.HasPrefix(fn[end:], "_RuntimeMethod") {
			fn = fn[:i] + fn[end:]
		} else {
			i += 2
		}
	}
}

// nativeName cuts arguments, type arguments, trait and return type of a symbol.
func nativeName(fn string) string {
	if strings.HasPrefix(fn, "<") {
		fn = rustPath(fn)
	}
	b := trimBrackets(fn)
	b, _, _ = strings.Cut(b, " -> ")
	b, _, _ = strings.Cut(b, " throws")
	b = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(b), " const"))
	if strings.Contains(b, "operator ") {
		return b
	}
	return b[lastSpace(b)+1:]
}

// lastSpace returns the index of the last space that is not inside
// "(anonymous namespace)" or a quoted name of MSVC, -1 when there is none.
func lastSpace(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ' ':
			return i
		case ')':
			i = max(strings.LastIndexByte(s[:i], '('), 0)
		case '\'':
			i = max(strings.LastIndexByte(s[:i], '`'), 0)
		}
	}
	return -1
}

// rustPath turns "<A as B>::f" into "A::f" (B::f when A is a type parameter) and "<A>::f" into "A::f".
func rustPath(fn string) string {
	depth := 0
	for i := range len(fn) {
		switch {
		case fn[i] == '<':
			depth++
		case fn[i] == '>' && (i == 0 || fn[i-1] != '-'):
			depth--
		}
		if depth == 0 {
			if !strings.HasPrefix(fn[i+1:], "::") {
				return fn
			}
			inner := fn[1:i]
			if self, trait, ok := cutAs(inner); ok {
				inner = self
				if len(self) == 1 {
					inner = trait
				}
			}
			return inner + fn[i+1:]
		}
	}
	return fn
}

// cutAs splits "A as B" at the outermost " as ".
func cutAs(s string) (self, trait string, ok bool) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '<':
			depth++
		case '>':
			depth--
		case ' ':
			if depth == 0 && strings.HasPrefix(s[i:], " as ") {
				return s[:i], s[i+len(" as "):], true
			}
		}
	}
	return s, "", false
}

// operatorNames are symbols whose brackets are part of the name; longest first.
var operatorNames = [...]string{"operator()", "operator<<=", "operator>>=", "operator<=>", "operator->*", "operator<<", "operator>>", "operator->", "operator<=", "operator>=", "operator<", "operator>", "(anonymous namespace)"}

// trimBrackets drops what stands in parentheses and writes "<T>" for type arguments.
func trimBrackets(fn string) string {
	var b strings.Builder
	round, angle := 0, 0
	for i := 0; i < len(fn); {
		if round == 0 && angle == 0 {
			if op := operatorAt(fn[i:]); op != "" {
				b.WriteString(op)
				i += len(op)
				continue
			}
		}
		c := fn[i]
		i++
		switch {
		case c == '(':
			round++
		case c == ')' && round > 0:
			round--
		case round > 0:
		case c == '<':
			if angle == 0 {
				b.WriteString("<T>")
			}
			angle++
		case c == '>' && angle > 0:
			angle--
		case angle == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func operatorAt(s string) string {
	if s[0] != 'o' && s[0] != '(' {
		return ""
	}
	for _, op := range operatorNames {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}
