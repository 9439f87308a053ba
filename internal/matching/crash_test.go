package matching_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// saga is a decision, and the way to the match that it decides on.
type saga struct {
	name    string
	prepare func(*testing.T, *matchingtest.Town) string // gives the match
	decide  func(*testing.T, *matchingtest.Town, string) error
}

func sagas() []saga {
	proposed := func(t *testing.T, w *matchingtest.Town) string {
		w.Round(t)
		return w.Proposals(t)[0].ID
	}
	approve := func(t *testing.T, w *matchingtest.Town, id string) error {
		_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: call.Change{ID: id}})
		return err
	}
	accept := func(t *testing.T, w *matchingtest.Town, id string) error {
		_, err := w.Matches.Accept(t.Context(), system, call.Change{ID: id})
		return err
	}
	offered := func(t *testing.T, w *matchingtest.Town) string {
		id := proposed(t, w)
		matchingtest.Must(t, approve(t, w, id))
		return id
	}
	accepted := func(t *testing.T, w *matchingtest.Town) string {
		id := offered(t, w)
		matchingtest.Must(t, accept(t, w, id))
		return id
	}
	return []saga{
		{"approve", proposed, approve},
		{"accept", offered, accept},
		{"decline", offered, func(t *testing.T, w *matchingtest.Town, id string) error {
			_, err := w.Matches.Decline(t.Context(), system, matching.Decline{Change: call.Change{ID: id}})
			return err
		}},
		{"expire", offered, func(t *testing.T, w *matchingtest.Town, _ string) error {
			w.Wait(8 * 24 * time.Hour)
			_, err := w.Matches.Expire(t.Context())
			return err
		}},
		{"release", accepted, func(t *testing.T, w *matchingtest.Town, id string) error {
			_, err := w.Matches.Release(t.Context(), system, matching.Release{Change: call.Change{ID: id}, Reason: "déménagé"})
			return err
		}},
		{"fulfil", accepted, func(t *testing.T, w *matchingtest.Town, id string) error {
			return w.Matches.Fulfil(t.Context(), system, id)
		}},
		{"swap", accepted, func(t *testing.T, w *matchingtest.Town, id string) error {
			_, err := w.Matches.Swap(t.Context(), system, id, spare(t, w, id))
			return err
		}},
		{"override", proposed, func(t *testing.T, w *matchingtest.Town, id string) error {
			m, err := w.Matches.Find(t.Context(), id)
			matchingtest.Must(t, err)
			_, err = w.Matches.Override(t.Context(), system, matching.Override{Device: spare(t, w, id), Application: m.Application, Reason: "autre"})
			return err
		}},
	}
}

// spare finds a device in stock that the match does not have.
func spare(t *testing.T, w *matchingtest.Town, match string) string {
	t.Helper()
	m, err := w.Matches.Find(t.Context(), match)
	matchingtest.Must(t, err)
	for _, row := range w.Proposals(t) {
		if row.Device != m.Device {
			return row.Device
		}
	}
	t.Fatal("no spare device")
	return ""
}

// TestDeathBeforeEachWrite lets the process die before the first, second, ...
// write of every decision, starts again, recovers, and finds all in order.
func TestDeathBeforeEachWrite(t *testing.T) {
	for _, s := range sagas() {
		t.Run(s.name, func(t *testing.T) {
			for n := 0; ; n++ {
				if n == 30 {
					t.Fatal("thirty writes and no end")
				}
				done := false
				if !t.Run(fmt.Sprint(n), func(t *testing.T) { done = dieAt(t, s, n) }) || done {
					return
				}
			}
		})
	}
}

// handOver notes devices of fulfilled matches as delivered, as the recovery of
// deliveries does.
func handOver(t *testing.T, w *matchingtest.Town) {
	t.Helper()
	for _, row := range w.InState(t, matching.Fulfilled) {
		matchingtest.Must(t, w.Devices.Deliver(t.Context(), system, row.Device, row.ID))
	}
}

// dieAt plays a decision that dies before its n-th write, and recovers. It
// tells whether the decision came to its end with n writes.
func dieAt(t *testing.T, s saga, n int) bool {
	store := storetest.Open(t)
	engine := &storetest.Dying{Engine: store.Engine()}
	engine.Left.Store(-1)
	w := town(t, docstore.New(engine), 2, 3)
	id := s.prepare(t, w)
	engine.Left.Store(int64(n))
	err := s.decide(t, w, id)
	done := err == nil
	if err != nil && !errors.Is(err, storetest.ErrDied) {
		t.Fatalf("neither died nor done: %v", err)
	}
	again := matchingtest.Open(t, docstore.New(engine.Engine), w.Now().Add(time.Minute))
	again.Territory = w.Territory
	_, err = again.Matches.Recover(t.Context(), again.Now().Add(-matching.Grace))
	matchingtest.Must(t, err)
	handOver(t, again)
	again.Wait(time.Minute)
	again.Clean(t)
	if left := again.InState(t, matching.Approving); len(left) > 0 {
		t.Errorf("%d sagas left over", len(left))
	}
	return done
}
