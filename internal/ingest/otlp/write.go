package otlp

import (
	"encoding/json"
	"fmt"
	"net/http"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

func marshal(form format, message proto.Message) (body []byte, err error) {
	if form == protobuf {
		body, err = proto.Marshal(message)
	} else {
		body, err = protojson.Marshal(message)
	}
	if err != nil {
		return nil, fmt.Errorf("write an OTLP answer: %w", err)
	}
	return body, nil
}

// Codes of google.rpc.Code that an answer may have.
const (
	rpcInvalidArgument   = 3
	rpcNotFound          = 5
	rpcPermissionDenied  = 7
	rpcResourceExhausted = 8
	rpcUnimplemented     = 12
	rpcInternal          = 13
	rpcUnavailable       = 14
	rpcUnauthenticated   = 16
)

func rpcCode(status int) uint64 {
	switch status {
	case http.StatusUnauthorized:
		return rpcUnauthenticated
	case http.StatusForbidden:
		return rpcPermissionDenied
	case http.StatusNotFound:
		return rpcNotFound
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType:
		return rpcUnimplemented
	case http.StatusTooManyRequests, http.StatusRequestEntityTooLarge:
		return rpcResourceExhausted
	case http.StatusServiceUnavailable:
		return rpcUnavailable
	case http.StatusInternalServerError:
		return rpcInternal
	}
	return rpcInvalidArgument
}

// writeStatus answers with a google.rpc.Status: field 1 is the code, field 2 the message.
func writeStatus(w http.ResponseWriter, form format, status int, message string) {
	var body []byte
	if form == protobuf {
		body = protowire.AppendTag(body, 1, protowire.VarintType)
		body = protowire.AppendVarint(body, rpcCode(status))
		body = protowire.AppendTag(body, 2, protowire.BytesType)
		body = protowire.AppendString(body, message)
	} else {
		var err error
		body, err = json.Marshal(struct {
			Code    uint64 `json:"code"`
			Message string `json:"message"`
		}{rpcCode(status), message})
		if err != nil {
			panic(err) // impossible: a number and a string
		}
	}
	w.Header().Set("Content-Type", string(form))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone when this fails
}
