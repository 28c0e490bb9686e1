package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/mesher/mesher/internal/app"
	"github.com/mesher/mesher/internal/org"
)

// AdminCmd is what an operator does beside the running server.
type AdminCmd struct {
	ResetPassword ResetPasswordCmd `cmd:"" help:"Give an account a new password, end its sessions and remove its second factor."`
}

// ResetPasswordCmd replaces a forgotten password.
type ResetPasswordCmd struct {
	Email       string `arg:"" help:"E-mail address of the account."`
	Data        string `help:"Data folder of the server." env:"MESHER_DATA" default:"./mesher-data" type:"path" placeholder:"DIR"`
	DatabaseURL string `help:"The server's PostgreSQL, when it uses one." env:"MESHER_DATABASE_URL" placeholder:"URL"`
}

// Run reads the new password from standard input when something is piped in;
// otherwise it makes one and prints it.
func (c *ResetPasswordCmd) Run(ctx context.Context) error {
	password, piped, err := pipedLine(os.Stdin)
	if err != nil {
		return err
	}
	if !piped {
		password = org.NewSecret()[:20]
	}
	if err := app.ResetPassword(ctx, app.Database{DataDir: c.Data, DatabaseURL: c.DatabaseURL}, c.Email, password); err != nil {
		return err
	}
	if piped {
		fmt.Println("The password was changed.")
		return nil
	}
	fmt.Println("The new password:", password)
	return nil
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
