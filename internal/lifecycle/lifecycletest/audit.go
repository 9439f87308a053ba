package lifecycletest

import (
	"context"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
)

// Clean fails the test where a store breaks a rule that a check knows; sagas
// begun before leftOver are held against it.
func Clean(t testing.TB, leftOver time.Time, check func(context.Context, *lifecycle.Audit) error) {
	t.Helper()
	for _, b := range Audit(t, leftOver, check).Breaches {
		t.Errorf("%s: %s: %s", b.Rule, b.ID, b.Fact)
	}
}

// Audit gives what a check finds.
func Audit(t testing.TB, leftOver time.Time, check func(context.Context, *lifecycle.Audit) error) *lifecycle.Audit {
	t.Helper()
	audit := &lifecycle.Audit{LeftOver: leftOver}
	if err := check(t.Context(), audit); err != nil {
		t.Fatal(err)
	}
	return audit
}
