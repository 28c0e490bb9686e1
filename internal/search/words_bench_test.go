package search_test

import (
	"testing"

	"github.com/mesher/mesher/internal/search"
)

func BenchmarkAppendIndexWords(b *testing.B) {
	const text = "ConnectTimeoutException: request 4711 of user 1234 to https://payments.example.org/v2/charge timed out after 3000 ms\nConnectTimeoutException\nrequest 4711 timed out\napp.services.payments in charge_card\n/checkout/:id\ncheckout.worker"
	b.ReportAllocs()
	words := make([]string, 0, 64)
	for b.Loop() {
		words = search.AppendIndexWords(words[:0], text, 150)
	}
}
