package matching_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// TestThirtyTwoClientsDecideTheSameMatches has each client approve, reject,
// override, accept, decline and expire the same few matches, all at once.
// Whatever the order: one outcome each, and no device or application twice.
func TestThirtyTwoClientsDecideTheSameMatches(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 3, 5)
		w.Round(t)
		rows := w.Proposals(t)
		var clients sync.WaitGroup
		for client := range 32 {
			clients.Go(func() {
				for i := range rows {
					row := rows[(i+client)%len(rows)]
					act(t, w, client%6, row, rows[(i+client+1)%len(rows)])
				}
			})
		}
		clients.Wait()
		w.Wait(time.Minute) // what is left over is old enough for recovery
		_, err := w.Matches.Recover(t.Context(), w.Now().Add(-matching.Grace))
		matchingtest.Must(t, err)
		w.Wait(time.Minute)
		w.Clean(t)
		outcomes(t, w)
	})
}

// act does one thing of six; a conflict is an answer, anything else is not.
func act(t *testing.T, w *matchingtest.Town, what int, row, other matching.Row) {
	ctx, change := context.WithoutCancel(t.Context()), call.Change{ID: row.ID}
	var err error
	switch what {
	case 0:
		_, err = w.Matches.Approve(ctx, system, matching.Approve{Change: change})
	case 1:
		_, err = w.Matches.Accept(ctx, system, change)
	case 2:
		_, err = w.Matches.Decline(ctx, system, matching.Decline{Change: change})
	case 3:
		_, err = w.Matches.Override(ctx, system, matching.Override{Device: row.Device, Application: other.Application, Reason: "course"})
	case 4:
		w.Wait(3 * time.Hour)
		_, err = w.Matches.Expire(ctx)
	case 5:
		_, err = w.Matches.Reject(ctx, system, matching.Reject{Change: change, Reason: "course"})
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		t.Errorf("action %d: %v", what, err)
	}
}

// outcomes verifies that each match ended in one state by one way, and that
// what lives holds different devices and applications.
func outcomes(t *testing.T, w *matchingtest.Town) {
	t.Helper()
	held := map[string]string{}
	for _, state := range []matching.State{matching.Approving, matching.Offered, matching.Accepted} {
		for _, row := range w.InState(t, state) {
			for _, side := range []string{row.Device, row.Application} {
				if other := held[side]; other != "" {
					t.Errorf("%s is held by %s and %s", side, other, row.ID)
				}
				held[side] = row.ID
			}
		}
	}
	if left := w.InState(t, matching.Approving); len(left) > 0 {
		t.Errorf("%d sagas left over", len(left))
	}
}
