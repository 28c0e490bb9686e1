package jetlog

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const startTimeout = 30 * time.Second

// startServer runs a NATS server inside the process, without a network port.
func startServer(o Options) (*server.Server, error) {
	syncInterval := 2 * time.Minute
	if o.Durability == OS {
		syncInterval = 5 * time.Second
	}
	srv, err := server.NewServer(&server.Options{
		ServerName: "mesher",
		DontListen: true,
		NoSigs:     true,
		NoLog:      true,
		MaxPayload: maxPacked + 64<<10,
		MaxPending: 128 << 20,
		// A slow listener of facts must never slow down admission.
		NoFastProducerStall:    true,
		JetStream:              true,
		DisableJetStreamBanner: true,
		StoreDir:               filepath.Clean(o.Dir),
		JetStreamMaxMemory:     16 << 20,
		JetStreamMaxStore:      o.MaxBytes + deadBytes + 1<<30,
		SyncAlways:             o.Durability != OS,
		SyncInterval:           syncInterval,
	})
	if err != nil {
		return nil, fmt.Errorf("configure event log server: %w", err)
	}
	srv.SetLoggerV2(serverLog{o.Logger}, false, false, false)
	srv.Start()
	if !srv.ReadyForConnections(startTimeout) {
		srv.Shutdown()
		return nil, errors.New("event log server did not start; is its directory writable and not used by another process?")
	}
	if !srv.JetStreamEnabled() {
		srv.Shutdown()
		return nil, fmt.Errorf("event log server could not open its files under %s", o.Dir)
	}
	return srv, nil
}

// connect opens a connection inside the process. Each role has its own, so
// that a burst of facts never delays an acknowledgement.
func connect(srv *server.Server, name string, logger *slog.Logger) (*nats.Conn, error) {
	nc, err := nats.Connect("", nats.InProcessServer(srv), nats.Name(name),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			logger.Warn("event log connection", "name", name, "subject", subjectOf(sub), "error", err)
		}))
	if err != nil {
		return nil, fmt.Errorf("connect %s to event log server: %w", name, err)
	}
	return nc, nil
}

func subjectOf(sub *nats.Subscription) string {
	if sub == nil {
		return ""
	}
	return sub.Subject
}

// serverLog hands the server's warnings and errors to slog; its notices are of no use to an operator.
type serverLog struct{ logger *slog.Logger }

func (l serverLog) Noticef(string, ...any) {}
func (l serverLog) Debugf(string, ...any)  {}
func (l serverLog) Tracef(string, ...any)  {}

func (l serverLog) Warnf(format string, args ...any) {
	// Advice for remote clients; here large messages are rare and stay in the process.
	if strings.HasPrefix(format, "Maximum payloads over") {
		return
	}
	l.logger.Warn("event log server: " + fmt.Sprintf(format, args...))
}

func (l serverLog) Errorf(format string, args ...any) {
	l.logger.Error("event log server: " + fmt.Sprintf(format, args...))
}

func (l serverLog) Fatalf(format string, args ...any) { l.Errorf(format, args...) }
