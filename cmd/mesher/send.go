package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/sendcli"
)

// SendCmd sends one event or log entry, as an SDK would.
type SendCmd struct {
	Message string `arg:"" optional:"" help:"What to say."`

	DSN         string            `help:"DSN of the project." env:"MESHER_DSN" required:"" placeholder:"http://KEY@127.0.0.1:8080/1"`
	Level       string            `help:"Severity: trace, debug, info, warning, error or fatal. Events are errors and log entries infos when it is left out." enum:",trace,debug,info,warning,error,fatal" default:""`
	Tag         map[string]string `help:"Tag, or attribute of a log entry; may be repeated." placeholder:"KEY=VALUE"`
	Exception   string            `help:"Send an exception." placeholder:"TYPE:VALUE"`
	Release     string            `help:"Release of the sender." placeholder:"NAME"`
	Environment string            `help:"Environment of the sender." placeholder:"NAME"`
	Log         bool              `help:"Send a log entry instead of an event."`
}

// Run prints the event's id once the server has acknowledged it.
func (c *SendCmd) Run(ctx context.Context, k *kong.Context) error {
	id, err := sendcli.Send(ctx, sendcli.Message{
		DSN: c.DSN, Text: c.Message, Level: c.level(), Tags: c.Tag, Exception: c.Exception,
		Release: c.Release, Environment: c.Environment, Log: c.Log,
	})
	if err != nil {
		return err
	}
	if id == "" {
		id = "sent"
	}
	if _, err := fmt.Fprintln(k.Stdout, id); err != nil {
		return fmt.Errorf("print the event's id: %w", err)
	}
	return nil
}

func (c *SendCmd) level() string {
	switch {
	case c.Level != "":
		return c.Level
	case c.Log:
		return "info"
	}
	return "error"
}
