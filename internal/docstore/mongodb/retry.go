package mongodb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// tries bounds how often a write is sent again. Only writes that are guarded by
// an id or a version are: sending them twice stores them once.
const tries = 8

const writeConflict = 112

// again tells whether a failed write is worth sending again.
func again(ctx context.Context, err error) bool {
	if ctx.Err() != nil || err == nil {
		return false
	}
	var server mongo.ServerError
	if errors.As(err, &server) && (server.HasErrorCode(writeConflict) || server.HasErrorLabel("RetryableWriteError")) {
		return true
	}
	return mongo.IsNetworkError(err) || deadlock(err.Error())
}

func deadlock(message string) bool { return strings.Contains(message, "deadlock detected") }

// retry sends a write until it is answered. send learns whether an earlier one
// may have been stored without an answer.
func retry(ctx context.Context, send func(resent bool) error) error {
	var err error
	for try := range tries {
		if err = send(try > 0); !again(ctx, err) {
			return said(ctx, err)
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return said(ctx, err)
}

func pause(ctx context.Context, try int) error {
	span := (5 * time.Millisecond) << min(try, 6)
	timer := time.NewTimer(rand.N(span)) //nolint:gosec // jitter needs no secrecy
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// said keeps a caller's own end apart from a server that does not answer, which
// the driver also calls a passed deadline.
func said(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("mongodb: %v", err) //nolint:errorlint // hides the driver's own deadline
	default:
		return err
	}
}
