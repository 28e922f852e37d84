// The story that every SDK's program tells, in Go. Prints the ids of its events as JSON.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/getsentry/sentry-go"
)

func applyVoucher(code string) error {
	return fmt.Errorf("voucher %s cannot be applied: %w", code, errors.New("the voucher has no value"))
}

func main() {
	// DSN, release and environment come from the environment.
	if err := sentry.Init(sentry.ClientOptions{AttachStacktrace: true, ServerName: "orders-1"}); err != nil {
		panic(err)
	}
	sentry.ConfigureScope(func(scope *sentry.Scope) {
		scope.SetUser(sentry.User{ID: "u-7", Email: "ada@example.com", Username: "ada"})
		scope.SetTag("region", "eu-north")
		scope.SetContext("order", sentry.Context{"number": 4711, "express": true})
		scope.AddAttachment(&sentry.Attachment{
			Filename: "order.txt", ContentType: "text/plain", Payload: []byte("one line\nanother"),
		})
	})
	sentry.AddBreadcrumb(&sentry.Breadcrumb{
		Category: "cart", Message: "shipping quote is late", Level: sentry.LevelWarning, Data: map[string]interface{}{"ms": 310},
	})
	thrown := sentry.CaptureException(applyVoucher("HARBOR10"))
	message := sentry.CaptureMessage("stock is low")
	sentry.CaptureCheckIn(&sentry.CheckIn{
		MonitorSlug: "nightly", Status: sentry.CheckInStatusOK, Duration: 12 * time.Second,
	}, nil)
	if !sentry.Flush(20 * time.Second) {
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]interface{}{"thrown": thrown, "message": message})
}
