package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mesher/mesher/internal/eventlog/jetlog"
)

// metrics is the registry of one App, so that two of them live in one process.
type metrics struct{ registry *prometheus.Registry }

func newMetrics(a *App) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		newLedgerCollector(a.store, a.component("metrics")),
	)
	admitted := a.admission.Counts()
	m.counter("mesher_ingest_items_total", "Items appended to the event log.", func() float64 { return float64(admitted.Items.Load()) })
	m.counter("mesher_ingest_bytes_total", "Decompressed bytes appended to the event log.", func() float64 { return float64(admitted.Bytes.Load()) })
	m.counter("mesher_ingest_refused_total", "Items refused by a limit or quota.", func() float64 { return float64(admitted.Refused.Load()) })
	m.gauge("mesher_live_streams", "Open live streams.", func() float64 { return float64(a.streams.Open()) })
	m.gauge("mesher_log_waiting_messages", "Log messages not yet processed.", func() float64 { return float64(a.backlog().Messages) })
	m.gauge("mesher_log_waiting_bytes", "Bytes of the log not yet processed.", func() float64 { return float64(a.backlog().Bytes) })
	m.gauge("mesher_log_lag_seconds", "Age of the oldest log message not yet processed.", func() float64 {
		oldest := a.backlog().Oldest
		if oldest.IsZero() {
			return 0
		}
		return time.Since(oldest).Seconds()
	})
	m.gauge("mesher_dead_letters", "Records that could not be processed and wait for a replay.", func() float64 { return float64(a.buried()) })
	return m
}

// buried counts the dead letters; zero while the log cannot say.
func (a *App) buried() uint64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, err := a.eventlog.Buried(ctx)
	if err != nil {
		return 0
	}
	return n
}

// backlog is what waits in the log; zero while the log cannot say.
func (a *App) backlog() jetlog.Backlog {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	waiting, err := a.eventlog.Backlog(ctx)
	if err != nil {
		return jetlog.Backlog{}
	}
	return waiting
}

func (m *metrics) counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

func (m *metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
