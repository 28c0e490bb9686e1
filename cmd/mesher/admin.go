package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/operator"
	"github.com/mesher/mesher/internal/org"
)

// AdminCmd is what an operator does from the server's machine, whether the server runs or not.
type AdminCmd struct {
	Status        StatusCmd        `cmd:"" help:"Show how the server, its store and its log do."`
	ResetPassword ResetPasswordCmd `cmd:"" help:"Give an account a new password, end its sessions and remove its second factor."`
	SetupLink     SetupLinkCmd     `cmd:"" help:"Print a new one-time link that creates the first account."`
	DeadLetters   DeadLettersCmd   `cmd:"" help:"List or replay records that could not be processed."`
}

// ResetPasswordCmd replaces a forgotten password.
type ResetPasswordCmd struct {
	installation
	Email string `arg:"" help:"E-mail address of the account."`
}

// Help is what --help adds.
func (*ResetPasswordCmd) Help() string {
	return "The new password is the first line of standard input; on a terminal, or with empty input, one is made and printed."
}

// Run reads the new password from standard input when something is piped in;
// otherwise it makes one and prints it.
func (c *ResetPasswordCmd) Run(ctx context.Context, k *kong.Context) error {
	password, piped, err := pipedLine(os.Stdin)
	if err != nil {
		return err
	}
	if !piped {
		password = org.NewSecret()[:20]
	}
	if err := c.with(ctx, func(w operator.Work) error { return w.ResetPassword(ctx, c.Email, password) }); err != nil {
		return err
	}
	if piped {
		_, err = fmt.Fprintln(k.Stdout, "The password was changed.")
		return err
	}
	_, err = fmt.Fprintln(k.Stdout, "The new password:", password)
	return err
}

// pipedLine returns the first line of a file that is no terminal; an empty one counts as none.
func pipedLine(f *os.File) (line string, piped bool, err error) {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice != 0 {
		return "", false, nil //nolint:nilerr // a closed input is none
	}
	scanner := bufio.NewScanner(f)
	if !scanner.Scan() {
		return "", false, scanner.Err()
	}
	line = strings.TrimRight(scanner.Text(), "\r")
	return line, line != "", nil
}

// SetupLinkCmd prints the link of the first start again.
type SetupLinkCmd struct {
	installation
	Listen    string `help:"Address the server will listen on, for the link, while none runs." env:"MESHER_LISTEN" default:"127.0.0.1:8080" placeholder:"ADDR"`
	PublicURL string `help:"URL by which browsers reach the server, for the link, while none runs." env:"MESHER_PUBLIC_URL" placeholder:"URL"`
}

// Run prints the link, which makes earlier ones void.
func (c *SetupLinkCmd) Run(ctx context.Context, k *kong.Context) error {
	return c.withURL(ctx, baseURL(c.PublicURL, c.Listen), func(w operator.Work) error {
		link, err := w.SetupLink(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(k.Stdout, link)
		return err
	})
}
