package otlp

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/mesher/mesher/internal/fault"
)

// maxParts bounds the messages, or JSON values, that one request is made of. An
// empty protobuf message takes two bytes on the wire and a hundred in memory,
// so a limit on the bytes alone would let a small body fill the memory.
const maxParts = 1_000_000

var errParts = fault.New(fault.TooLarge, "the request has too many parts; export at most some ten thousand log records at once")

// checkJSON refuses a body that would become too many values.
func checkJSON(body []byte) error {
	if bytes.Count(body, []byte(","))+bytes.Count(body, []byte("{"))+bytes.Count(body, []byte("[")) > maxParts {
		return errParts
	}
	return nil
}

// message names the fields of a message that are messages themselves.
type message map[protowire.Number]*message

var exportRequest = func() *message {
	var anyValue message
	keyValue := message{2: &anyValue}
	list := message{1: &anyValue}
	kvlist := message{1: &keyValue}
	anyValue = message{5: &list, 6: &kvlist}
	resource := message{1: &keyValue}
	scope := message{3: &keyValue}
	record := message{5: &anyValue, 6: &keyValue}
	scopeLogs := message{1: &scope, 2: &record}
	resourceLogs := message{1: &resource, 2: &scopeLogs}
	return &message{1: &resourceLogs}
}()

// checkProtobuf refuses a body that would become too many messages. What is
// malformed passes: decoding will say so.
func checkProtobuf(body []byte) error {
	left := maxParts
	if exportRequest.walk(body, &left, maxWalk); left < 0 {
		return errParts
	}
	return nil
}

// maxWalk bounds the nesting that is followed; decoding itself stops at 10,000 levels.
const maxWalk = 100

func (m *message) walk(b []byte, left *int, depth int) {
	for len(b) > 0 && *left >= 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return
		}
		b = b[n:]
		n = protowire.ConsumeFieldValue(number, kind, b)
		if n < 0 {
			return
		}
		*left--
		if child := (*m)[number]; child != nil && kind == protowire.BytesType && depth > 0 {
			inner, _ := protowire.ConsumeBytes(b)
			child.walk(inner, left, depth-1)
		}
		b = b[n:]
	}
}
