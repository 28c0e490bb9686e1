package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

// SocketName is the socket's file in the data folder.
const SocketName = "mesher.sock"

const (
	// closeTimeout bounds how long a call may go on once the server ends.
	closeTimeout = 2 * time.Second
	// maxRequest bounds the body of a request, in bytes.
	maxRequest = 64 << 10
)

// Trailers of a streamed answer.
const (
	errorTrailer = "Mesher-Error"
	countTrailer = "Mesher-Count"
)

// Door lets the commands of the same machine ask a running server. Whoever may
// open the socket may do anything: its mode is 0600.
type Door struct {
	desk *Desk
	log  *slog.Logger
}

// NewDoor makes a door to a desk, whose data folder it stands in.
func NewDoor(desk *Desk, log *slog.Logger) *Door { return &Door{desk: desk, log: log} }

// Serve answers on the socket until ctx ends, then removes it. A socket that an
// earlier process left is replaced: the caller holds the folder's lock.
func (d *Door) Serve(ctx context.Context) error {
	listener, err := listen(d.desk.Dir)
	if errors.Is(err, syscall.EINVAL) {
		d.log.ErrorContext(ctx, "commands cannot ask this server, because the path of its socket is too long; choose a data folder with a shorter path", "folder", d.desk.Dir)
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the operator's socket: %w", err)
	}
	defer os.Remove(filepath.Join(d.desk.Dir, SocketName))
	d.desk.removeLeftovers()
	calls, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler:           d.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return calls },
		ErrorLog:          slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the operator's socket: %w", err)
	case <-ctx.Done():
	}
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer stop()
	if server.Shutdown(last) != nil {
		_ = server.Close() // what is still in flight was told to end
	}
	<-ended
	return nil
}

// listen binds under another name and moves the socket into place once only its
// owner may open it.
func listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, SocketName)
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false) // the name is another one by then
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		return nil, errors.Join(err, listener.Close(), os.Remove(fresh))
	}
	return listener, nil
}

func (d *Door) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", answer(func(r *http.Request) (any, error) { return d.desk.Status(r.Context()) }))
	mux.HandleFunc("GET /dead-letters", answer(d.deadLetters))
	mux.HandleFunc("POST /dead-letters/replay", answer(d.replay))
	mux.HandleFunc("POST /password-reset", answer(d.resetPassword))
	mux.HandleFunc("POST /setup-link", answer(d.setupLink))
	mux.HandleFunc("GET /backup", stream(func(r *http.Request, w http.ResponseWriter) (int64, error) {
		return 0, d.desk.Backup(r.Context(), w)
	}))
	mux.HandleFunc("GET /export", stream(d.export))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	return mux
}

func (d *Door) deadLetters(r *http.Request) (any, error) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil {
		return nil, fault.Field("limit", "limit is a number")
	}
	return d.desk.DeadLetters(r.Context(), limit)
}

type replayed struct {
	Replayed int `json:"replayed"`
}

func (d *Door) replay(r *http.Request) (any, error) {
	n, err := d.desk.ReplayDeadLetters(r.Context())
	d.log.InfoContext(r.Context(), "the operator replayed dead letters", "count", n)
	return replayed{n}, err
}

type newPassword struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func (d *Door) resetPassword(r *http.Request) (any, error) {
	var in newPassword
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxRequest)).Decode(&in); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the request cannot be read")
	}
	if err := d.desk.ResetPassword(r.Context(), in.Email, in.Password); err != nil {
		return nil, err
	}
	d.log.InfoContext(r.Context(), "the operator reset a password", "email", in.Email)
	return struct{}{}, nil
}

type setupLink struct {
	Link string `json:"link"`
}

func (d *Door) setupLink(r *http.Request) (any, error) {
	link, err := d.desk.SetupLink(r.Context())
	return setupLink{link}, err
}

func (d *Door) export(r *http.Request, w http.ResponseWriter) (int64, error) {
	id, err := strconv.ParseInt(r.URL.Query().Get("project"), 10, 64)
	if err != nil {
		return 0, fault.Field("project", "project is a number")
	}
	return d.desk.Export(r.Context(), id, w)
}

// failure is how an error travels. The operator sees its cause, unlike users.
type failure struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
}

func newFailure(err error) failure {
	f := failure{Code: fault.CodeOf(err), Message: err.Error()}
	if known, ok := errors.AsType[*fault.Error](err); ok {
		f.Message = known.Message
		if known.Err != nil {
			f.Message += ": " + known.Err.Error()
		}
	}
	return f
}

func (f failure) json() string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // impossible: strings only
	}
	return string(text)
}

func answer(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		v, err := do(r)
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			v = newFailure(err)
		}
		_ = json.NewEncoder(w).Encode(v) // the client is gone when this fails
	}
}

// stream sends what do writes; whether it is complete is told in trailers, since
// the status is long gone by then.
func stream(do func(*http.Request, http.ResponseWriter) (int64, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", errorTrailer+", "+countTrailer)
		n, err := do(r, w)
		if err != nil {
			w.Header().Set(errorTrailer, newFailure(err).json())
		}
		w.Header().Set(countTrailer, strconv.FormatInt(n, 10))
	}
}
