// Package script holds the contract that users see, as scripts against the
// real binary: one .txtar a subject.
package script

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/test/harness"
)

// What every script finds in its environment.
const (
	owner    = "owner@example.org"
	password = "correct horse battery staple"
	key      = "0123456789abcdef0123456789abcdef"
	token    = "msh_0123456789abcdef0123456789abcdef"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	run(t, testscript.Params{Dir: "."}, func() string { return "" })
}

// TestScriptsOnPostgres repeats what depends on the store.
func TestScriptsOnPostgres(t *testing.T) {
	t.Parallel()
	files := []string{"ingest.txtar", "lifecycle.txtar", "triage.txtar", "limits.txtar", "shutdown.txtar"}
	run(t, testscript.Params{Files: files}, func() string { return sqltest.DatabaseURL(t) })
}

// run starts every script with the real binary on the path, and a database of its own when there is one.
func run(t *testing.T, p testscript.Params, database func() string) {
	if testing.Short() {
		t.Skip("starts the real server: not with -short")
	}
	binary, err := filepath.Abs(harness.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(binary, filepath.Join(bin, "mesher")); err != nil {
		t.Fatal(err)
	}
	p.Setup = func(e *testscript.Env) error {
		e.Setenv("MESHER_DATABASE_URL", database())
		e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
		for name, value := range map[string]string{"OWNER": owner, "PASSWORD": password, "KEY": key, "TOKEN": token} {
			e.Setenv(name, value)
		}
		address, err := freeAddress()
		e.Setenv("ADDR", address)
		e.Setenv("URL", "http://"+address)
		e.Values[stateKey{}] = &state{}
		return err
	}
	p.Cmds = map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"serve":    serve,
		"stop":     stop,
		"crash":    crash,
		"memory":   memory,
		"http":     call,
		"api":      callAPI,
		"until":    until,
		"field":    field,
		"header":   header,
		"set":      set,
		"moment":   moment,
		"await":    await,
		"events":   events,
		"bomb":     bomb,
		"postgres": func(ts *testscript.TestScript, _ bool, _ []string) { ts.Setenv("DATABASE", sqltest.DatabaseURL(t)) },
	}
	p.Condition = func(cond string) (bool, error) {
		if cond != "postgres" {
			return false, fmt.Errorf("unknown condition %q", cond)
		}
		found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
		return len(found) > 0 || os.Getenv("CI") == "true", err
	}
	testscript.Run(t, p)
}
