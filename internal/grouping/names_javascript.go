package grouping

import "strings"

// jsFunction returns the last part of a JavaScript function name: browsers and
// versions differ in the receiver ("Object.render", "Foo.render", "async render").
func jsFunction(fn string) string {
	for cut := true; cut; {
		cut = false
		for _, p := range [...]string{"async ", "new ", "get ", "set ", "bound ", "static "} {
			if rest, ok := strings.CutPrefix(fn, p); ok {
				fn, cut = rest, true
			}
		}
	}
	if i := strings.Index(fn, " [as "); i > 0 {
		fn = fn[:i]
	}
	if i := strings.LastIndexByte(fn, '.'); i >= 0 {
		fn = fn[i+1:]
	}
	fn = strings.TrimPrefix(fn, "#")
	if nameless(fn) || strings.HasSuffix(fn, "/<") || strings.HasPrefix(fn, "<anonymous") || strings.HasPrefix(fn, "@") {
		return ""
	}
	switch fn {
	case "Anonymous function", "anonymous", "eval", "eval code", "global code", "module code", "<global>":
		return ""
	}
	return fn
}

// jsModule replaces release folders and hashes of a module path.
func jsModule(mod string) string {
	if strings.IndexByte(mod, '/') < 0 {
		return cutAssetHash(mod)
	}
	parts := strings.Split(mod, "/")
	for i, p := range parts {
		if releaseDir(p) {
			parts[i] = "<v>"
		}
	}
	parts[len(parts)-1] = cutAssetHash(parts[len(parts)-1])
	return strings.Join(parts, "/")
}

// releaseDir tells whether a folder is named for a release: a version, a
// timestamp, a commit.
func releaseDir(p string) bool {
	if rest, ok := strings.CutPrefix(p, "version"); ok && digitsOnly(rest) {
		return true
	}
	if rest, ok := strings.CutPrefix(p, "release"); ok && strings.ContainsAny(rest, "0123456789") {
		return true
	}
	if v := strings.TrimPrefix(p, "v"); v != "" && isDigit(v[0]) && strings.Trim(v, "0123456789.") == "" && strings.IndexByte(v, '.') > 0 {
		return true
	}
	switch {
	case digitsOnly(p):
		return len(p) >= 8
	case len(p) >= 7 && hexOnly(p):
		return hasDigit(p)
	case len(p) >= 36:
		return uuidLen(strings.TrimPrefix(p, "_"), 0) == 36
	}
	return false
}

// cutAssetHash removes the content hash that bundlers put into file names:
// "main.4185d9aade26cd3a6285.js" and "index-BX3k9d2_.js" give "main.js" and "index.js".
func cutAssetHash(base string) string {
	stem, ext := splitAssetExt(base)
	if len(stem) > 9 && isAssetSep(stem[len(stem)-9]) && randomName(stem[len(stem)-8:]) {
		return stem[:len(stem)-9] + ext
	}
	i := strings.LastIndexAny(stem, ".-_~")
	if i <= 0 {
		return base
	}
	if tail := stem[i+1:]; hashName(tail) && stem[i] != '_' || len(tail) >= 16 && hashName(tail) {
		return stem[:i] + ext
	}
	return base
}

func isAssetSep(c byte) bool { return c == '.' || c == '-' }

// splitAssetExt cuts the extensions that may follow a content hash; ext is
// empty when base is no asset, and stem then the whole name.
func splitAssetExt(base string) (stem, ext string) {
	stem = base
	for {
		i := strings.LastIndexByte(stem, '.')
		if i <= 0 || !assetExt(stem[i+1:]) {
			return stem, base[len(stem):]
		}
		stem = stem[:i]
	}
}

func assetExt(e string) bool {
	switch e {
	case "js", "mjs", "cjs", "css", "jsx", "ts", "tsx", "map", "chunk", "bundle", "min", "esm", "es", "legacy", "module", "html", "wasm", "async":
		return true
	}
	return false
}

// hashName tells whether s is a hexadecimal hash of at least six digits.
func hashName(s string) bool {
	return len(s) >= 6 && hexOnly(s) && (hasDigit(s) || len(s) >= 16) && !mixedCase(s)
}

// randomName tells whether eight characters look drawn from base64 rather than
// written by a person: a digit, or many changes of case.
func randomName(s string) bool {
	changes := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case isDigit(c):
			return nameChars(s)
		case !isLetter(c) && c != '-' && c != '_':
			return false
		case i > 0 && isLetter(c) && isLetter(s[i-1]) && isUpper(c) != isUpper(s[i-1]):
			changes++
		}
	}
	return changes >= 3
}

func nameChars(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// minifiedName tells whether a frame comes from a build whose names say
// nothing: a bundle marked so, or a tiny name far into a line.
func minifiedName(file, function string, column int) bool {
	if strings.HasSuffix(file, ".min.js") || strings.HasSuffix(file, ".min.mjs") {
		return true
	}
	return len(function) <= 2 && column > 300
}

// minifiedFile is the name of a minified bundle without the numbers that builds deal out.
func minifiedFile(file string) string {
	stem, ext := splitAssetExt(file)
	if s := cutDigits(stem); s != "" {
		stem = strings.TrimRight(s, ".-_~")
	}
	return stem + ext
}
