// Package skim walks over JSON without building it: admission needs to know
// where a value ends and what an object's top members are, nothing more, and so
// does what looks for a known stack trace. It
// checks the brackets and quotes on the way, not the whole grammar.
package skim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
)

// ErrSyntax says that the input is not what was asked for.
var ErrSyntax = errors.New("malformed JSON")

// maxDepth bounds nesting, as the event parser does.
const maxDepth = 200

// Space returns how many blank bytes b starts with.
func Space(b []byte) int {
	n := 0
	for n < len(b) && (b[n] == ' ' || b[n] == '\t' || b[n] == '\n' || b[n] == '\r') {
		n++
	}
	return n
}

// Value returns the length of the JSON value that b starts with.
func Value(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, ErrSyntax
	}
	switch b[0] {
	case '"':
		return text(b)
	case '{', '[':
		return container(b)
	}
	for n < len(b) && !isDelimiter(b[n]) {
		n++
	}
	if n == 0 {
		return 0, ErrSyntax
	}
	return n, nil
}

func isDelimiter(c byte) bool {
	switch c {
	case ',', ':', '}', ']', '{', '[', '"', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

func text(b []byte) (n int, err error) {
	for n = 1; ; {
		quote := indexQuote(b[n:])
		if quote < 0 {
			return 0, ErrSyntax
		}
		n += quote + 1
		if !escaped(b[:n-1]) {
			return n, nil
		}
	}
}

// indexQuote is bytes.IndexByte for a quote. It looks at the first sixteen bytes
// itself: hundreds of an event's texts are not longer.
func indexQuote(b []byte) int {
	const ones, quotes = 0x0101010101010101, 0x2222222222222222
	n := 0
	for ; n < 16 && n+8 <= len(b); n += 8 {
		w := binary.LittleEndian.Uint64(b[n:]) ^ quotes
		if zeros := (w - ones) &^ w & (ones << 7); zeros != 0 { // the lowest bit is that of the first zero byte
			return n + bits.TrailingZeros64(zeros)/8
		}
	}
	if quote := bytes.IndexByte(b[n:], '"'); quote >= 0 {
		return n + quote
	}
	return -1
}

// escaped tells whether b ends in an odd number of backslashes.
func escaped(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// structural are the bytes that open or close something.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

func container(b []byte) (n int, err error) {
	var stack [maxDepth]byte
	depth := 0
	for n < len(b) {
		c := b[n]
		if !structural[c] {
			n++
			continue
		}
		switch c {
		case '"':
			length, err := text(b[n:])
			if err != nil {
				return 0, err
			}
			n += length
			continue
		case '{', '[':
			if depth == maxDepth {
				return 0, ErrSyntax
			}
			stack[depth] = c + 2 // '{' and '[' are two before their closing brackets
			depth++
		case '}', ']':
			depth--
			if stack[depth] != c {
				return 0, ErrSyntax
			}
			if depth == 0 {
				return n + 1, nil
			}
		}
		n++
	}
	return 0, ErrSyntax
}

// Object calls visit for each member of the object that b starts with, until
// visit returns false, and returns the object's length. Keys are as written,
// without quotes; of repeated keys each is visited.
func Object(b []byte, visit func(key, value []byte) bool) (n int, err error) {
	if len(b) == 0 || b[0] != '{' {
		return 0, ErrSyntax
	}
	visiting := true
	for n = 1; ; n++ {
		n += Space(b[n:])
		if n < len(b) && b[n] == '}' && n == 1+Space(b[1:]) {
			return n + 1, nil
		}
		key, value, end, err := member(b, n)
		if err != nil {
			return 0, err
		}
		visiting = visiting && visit(key, value)
		n = end + Space(b[end:])
		switch {
		case n < len(b) && b[n] == '}':
			return n + 1, nil
		case n == len(b) || b[n] != ',':
			return 0, ErrSyntax
		}
	}
}

func member(b []byte, from int) (key, value []byte, end int, err error) {
	if from == len(b) || b[from] != '"' {
		return nil, nil, 0, ErrSyntax
	}
	n, err := text(b[from:])
	if err != nil {
		return nil, nil, 0, err
	}
	key = b[from+1 : from+n-1]
	from += n
	from += Space(b[from:])
	if from == len(b) || b[from] != ':' {
		return nil, nil, 0, ErrSyntax
	}
	from++
	from += Space(b[from:])
	n, err = Value(b[from:])
	return key, b[from : from+n], from + n, err
}

// Array calls visit for each item of the list that b starts with, until visit
// returns false, and returns the list's length.
func Array(b []byte, visit func(item []byte) bool) (n int, err error) {
	if len(b) == 0 || b[0] != '[' {
		return 0, ErrSyntax
	}
	n = 1 + Space(b[1:])
	if n < len(b) && b[n] == ']' {
		return n + 1, nil
	}
	for visiting := true; ; n++ {
		n += Space(b[n:])
		length, err := Value(b[n:])
		if err != nil {
			return 0, err
		}
		visiting = visiting && visit(b[n:n+length])
		n += length
		n += Space(b[n:])
		switch {
		case n < len(b) && b[n] == ']':
			return n + 1, nil
		case n == len(b) || b[n] != ',':
			return 0, ErrSyntax
		}
	}
}

// Text returns the content of a JSON string without escapes, as event ids,
// types and names are; ok is false for anything else.
func Text(value []byte) (s string, ok bool) {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return "", false
	}
	return string(value[1 : len(value)-1]), true
}

// Whole tells whether b is one JSON object with nothing but blanks around it.
func Whole(b []byte) bool {
	b = b[Space(b):]
	if len(b) == 0 || b[0] != '{' {
		return false
	}
	n, err := container(b)
	return err == nil && n+Space(b[n:]) == len(b)
}
