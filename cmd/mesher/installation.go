package main

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/mesher/mesher/internal/operator"
)

// installation names what an operator's command works on, with serve's words.
type installation struct {
	Data        string `help:"Data folder of the server." env:"MESHER_DATA" default:"./mesher-data" type:"path" placeholder:"DIR"`
	DatabaseURL string `help:"The server's PostgreSQL, when it uses one." env:"MESHER_DATABASE_URL" placeholder:"URL"`
}

// open asks the running server, or opens the installation while none runs.
func (i installation) open(ctx context.Context, url string) (operator.Work, func() error, error) {
	return operator.Open(ctx, operator.Options{DataDir: i.Data, DatabaseURL: i.DatabaseURL, URL: url, Version: version})
}

// with opens the installation for one piece of work.
func (i installation) with(ctx context.Context, do func(operator.Work) error) error {
	return i.withURL(ctx, "", do)
}

func (i installation) withURL(ctx context.Context, url string, do func(operator.Work) error) (err error) {
	work, closeWork, err := i.open(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeWork()) }()
	return do(work)
}

// baseURL is how people reach a server that does not run yet.
func baseURL(publicURL, listen string) string {
	if publicURL != "" {
		return strings.TrimRight(publicURL, "/")
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "http://" + listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
