package sentry

import (
	"bytes"
	"encoding/base64"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
)

// decodeStore undoes the base64(zlib(JSON)) of raven clients: a body that does
// not start with a brace is base64, what comes out is JSON or zlib (PROTOCOL.md, §4).
// The result is body itself, or in a Body of its own that the caller frees.
func decodeStore(bodies *ingest.Bodies, body []byte) (event []byte, owner *ingest.Body, err error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, nil, fault.New(fault.Invalid, "the body is empty; send one event as a JSON object")
	}
	if body[0] == '{' {
		return body, nil, checkStoreSize(body)
	}
	raw, err := decodeBase64(body)
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "the body is neither JSON nor base64; send one event as a JSON object")
	}
	if len(raw) > 0 && raw[0] == '{' {
		return raw, nil, checkStoreSize(raw)
	}
	owner, err = bodies.Decode(bytes.NewReader(raw), "deflate", ingest.MaxEvent)
	if err != nil {
		return nil, nil, err
	}
	return owner.Bytes, owner, nil
}

func checkStoreSize(event []byte) error {
	if len(event) > ingest.MaxEvent {
		return fault.New(fault.TooLarge, "the event is larger than %d bytes; send less context with it", ingest.MaxEvent)
	}
	return nil
}

func decodeBase64(body []byte) ([]byte, error) {
	// The length of the form without padding, which is never the smaller one.
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(body)))
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding} {
		if n, err := encoding.Decode(raw, body); err == nil {
			return raw[:n], nil
		}
	}
	return nil, base64.CorruptInputError(0)
}
