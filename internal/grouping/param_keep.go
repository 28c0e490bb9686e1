package grouping

import "strings"

// keepWord returns the end of a technology's name that holds digits and names
// a thing rather than a value: "utf-8", "sha256", "HTTP/2", "TLSv1.3", "x86_64".
// The letters of the name are s[i:j].
func keepWord(s string, i, j int) int {
	if j-i > 10 {
		return 0
	}
	var buf [16]byte
	rest := keepTails(string(lowered(&buf, s[i:j])))
	for rest != "" {
		var tail string
		tail, rest, _ = strings.Cut(rest, "|")
		if end := j + len(tail); end <= len(s) && equalFold(s[j:end], tail) && (end == len(s) || !isAlnum(s[end]) && s[end] != '_' && !(s[end] == '.' && end+1 < len(s) && isDigit(s[end+1]))) {
			return end
		}
	}
	return 0
}

func equalFold(a, lower string) bool {
	for i := range len(a) {
		c := a[i]
		if isUpper(c) {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// keepTails lists what may follow the letters of a kept name, separated by "|".
func keepTails(stem string) string {
	switch stem {
	case "utf":
		return "-8|8|-16|16|-32|32|-7|7|-16le|-16be|16le|16be|8mb4|8mb3"
	case "ucs":
		return "-2|2|-4|4"
	case "iso":
		return "-8859-1|8859-1|-8859-15|8859-15|-8859-2|-2022-jp|8601|-8601"
	case "latin":
		return "1|-1"
	case "cp", "windows":
		return "1252|1251|437|850|-1252|-1251"
	case "base":
		return "16|32|58|64|85|2|64url"
	case "md":
		return "5|4|2"
	case "sha":
		return "1|2|3|256|224|384|512|-1|-2|-3|-256|-384|-512|3-256"
	case "crc":
		return "16|32|64|-16|-32|32c"
	case "aes":
		return "128|192|256|-128|-192|-256|-256-gcm|-128-gcm|-256-cbc"
	case "rsa":
		return "1024|2048|4096|-2048|-4096"
	case "ed", "x":
		return "25519|509|86|86_64|86-64|64|11"
	case "argon":
		return "2|2id|2i"
	case "ipv", "inet", "in":
		return "4|6"
	case "http":
		return "/1|/2|/3|/1.0|/1.1|/2.0|1|2|3"
	case "h":
		return "2|3|2c|264|265|1"
	case "tlsv", "tls", "sslv", "ssl":
		return "1|1.0|1.1|1.2|1.3|2|3|23| 1.2| 1.3"
	case "ssh", "socks", "oauth", "saml", "zip", "bzip", "gzip":
		return "2|4|5|1|4a|2.0"
	case "s", "ec", "k", "log", "sl", "db", "neo", "py", "python", "web", "v", "rs", "es", "mp", "win", "arm", "armv", "i", "f", "u", "l", "a", "e", "p", "b", "g", "c", "c++", "j":
		return shortTails(stem)
	case "int", "uint", "float", "double", "decimal", "number", "numeric":
		return "8|16|32|64|128|4|2"
	case "sqlite", "mysql", "postgres", "angular", "vue", "bootstrap", "jquery":
		return "3|8|5|2"
	case "pbkdf", "level", "scrypt", "exp", "atan":
		return "2|1|10"
	case "amd", "aarch", "wasm", "riscv", "ppc":
		return "64|32|64le"
	case "bin", "str", "hex", "int2", "dec":
		return "2hex|2num|2bin|2int"
	case "java", "jdk", "php", "node":
		return "8|11|17|21|5|7"
	case "gpt":
		return "-3|-4|-5|4"
	case "mpeg":
		return "2|4|-2|-4"
	case "auth":
		return "0"
	}
	return ""
}

// shortTails lists, as keepTails does, the tails of names of very few letters, where a number is more often a value.
func shortTails(stem string) string {
	switch stem {
	case "s":
		return "3|3a"
	case "ec", "db", "p", "b":
		return "2|2p|2b"
	case "k":
		return "8s|8"
	case "log":
		return "4j|4j2|10|2|4net"
	case "sl":
		return "4j|f4j"
	case "neo":
		return "4j"
	case "py", "python":
		return "3|2"
	case "web":
		return "3|2"
	case "v":
		return "8"
	case "rs":
		return "232|485|256|512"
	case "es":
		return "5|6|2015|2017|2020|256|3"
	case "mp":
		return "3|4"
	case "win":
		return "32|64"
	case "arm":
		return "64|v7|v8|v7l"
	case "armv":
		return "5|6|7|8|7l|6l"
	case "i":
		return "386|486|586|686|18n|2c|8|16|32|64|128"
	case "f", "u":
		return "8|16|32|64|128"
	case "l":
		return "10n|1|2|3|4|7"
	case "a":
		return "11y"
	case "e":
		return "2e"
	case "j":
		return "2ee"
	}
	return ""
}

// keepDigits keeps the few names that start with a digit.
func keepDigits(s string, i, d int) int {
	j := run(s, i, clsWord)
	switch s[d:j] {
	case "fa", "FA", "auth", "D":
		if d-i == 1 && (s[i] == '2' || s[i] == '0' || s[i] == '3') {
			return j
		}
	}
	return 0
}
