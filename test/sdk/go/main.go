// Command sdkgo is an application that uses sentry-go and fails: a wrapped
// error, a panic and a plain message. SENTRY_DSN says where to.
package main

import (
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/getsentry/sentry-go"
)

var errDeclined = errors.New("card declined")

func main() {
	err := sentry.Init(sentry.ClientOptions{
		AttachStacktrace: true,
		Release:          "checkout@1.4.2",
		Environment:      "test",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sentry.Flush(5 * time.Second)

	sentry.ConfigureScope(func(scope *sentry.Scope) {
		scope.SetUser(sentry.User{ID: "42", Email: "ada@example.org"})
		scope.SetTag("region", "eu")
	})
	sentry.AddBreadcrumb(&sentry.Breadcrumb{Category: "cart", Message: "added 3 items", Level: sentry.LevelInfo})

	for _, order := range []int{1001, 1002} {
		if err := checkout(order); err != nil {
			sentry.CaptureException(err)
		}
	}
	panics()
	sentry.CaptureMessage("nightly report was skipped")
}

func checkout(order int) error {
	if err := charge(order); err != nil {
		return fmt.Errorf("checkout of order %d: %w", order, err)
	}
	return nil
}

func charge(int) error { return errDeclined }

func panics() {
	defer sentry.Recover()
	var prices map[string]int
	prices["tea"] = 3
}
