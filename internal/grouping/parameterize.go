package grouping

// Parameterize returns s with values replaced by placeholders.
func Parameterize(s string) string { return string(AppendParameterized(nil, s)) }

// AppendParameterized appends s with values replaced by placeholders to dst.
func AppendParameterized(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) {
			dst = append(dst, "<n>"...)
			i = run(s, i, clsDigit) - 1
			continue
		}
		dst = append(dst, s[i])
	}
	return dst
}
