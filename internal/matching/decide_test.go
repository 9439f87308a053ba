package matching_test

import (
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

var system = people.System() //nolint:gochecknoglobals // a constant

// town is a territory with as many devices as said, and as many students.
func town(t *testing.T, store *docstore.Store, devices, students int) *matchingtest.Town {
	t.Helper()
	w := matchingtest.Settle(t, store)
	for range devices {
		w.Device(t)
	}
	for range students {
		w.Student(t)
	}
	return w
}

// stands compares the states of a match and what it holds.
func stands(t *testing.T, w *matchingtest.Town, match string, want matching.State, dev device.State, app application.State) {
	t.Helper()
	m, err := w.Matches.Find(t.Context(), match)
	matchingtest.Must(t, err)
	d, err := w.Devices.Find(t.Context(), m.Device)
	matchingtest.Must(t, err)
	a, err := w.Applications.Find(t.Context(), m.Application)
	matchingtest.Must(t, err)
	if m.State != want || d.State != dev || a.State != app {
		t.Errorf("match %s, device %s, application %s; want %s, %s, %s", m.State, d.State, a.State, want, dev, app)
	}
	w.Clean(t)
}

func TestARoundProposesOnceWithReasonsAndCutOffs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 2, 5)
		round := w.Round(t)
		if !round.Certified || round.Proposed != 2 || round.Applications != 5 || round.Devices != 2 {
			t.Errorf("round: %+v", round)
		}
		rows := w.Proposals(t)
		if len(rows) != 2 {
			t.Fatalf("%d proposals", len(rows))
		}
		for _, row := range rows {
			if len(row.Reasons) == 0 || row.Tier == 0 || row.Score <= 0 {
				t.Errorf("a proposal without reasons: %+v", row)
			}
		}
		again := w.Round(t)
		if again.Proposed != 0 || again.Kept != 2 || len(w.Proposals(t)) != 2 {
			t.Errorf("a second round proposes again: %+v", again)
		}
		left := 0
		matchingtest.Must(t, w.Applications.Each(t.Context(), func(app *application.Application) error {
			why, err := w.Matches.WhyNot(t.Context(), system, call.One{ID: app.ID})
			if err == nil && why.Code != "" && why.Code != "proposed" {
				left++
			}
			return err
		}))
		if left < 3 {
			t.Errorf("%d students know why not, want 3", left)
		}
		w.Clean(t)
	})
}

func TestARejectedPairIsNotProposedAgain(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 1)
	w.Round(t)
	row := w.Proposals(t)[0]
	_, err := w.Matches.Reject(t.Context(), system, matching.Reject{Change: call.Change{ID: row.ID}, Reason: "déménagé"})
	matchingtest.Must(t, err)
	stands(t, w, row.ID, matching.Rejected, device.Available, application.Eligible)
	w.Round(t)
	if rows := w.Proposals(t); len(rows) != 0 {
		t.Errorf("proposed again: %+v", rows)
	}
}

func TestFromApprovalToFulfilment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 1, 1)
		w.Round(t)
		match := call.Change{ID: w.Proposals(t)[0].ID}
		_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: match})
		matchingtest.Must(t, err)
		stands(t, w, match.ID, matching.Offered, device.Reserved, application.Offered)
		_, err = w.Matches.Accept(t.Context(), system, match)
		matchingtest.Must(t, err)
		stands(t, w, match.ID, matching.Accepted, device.Allocated, application.Accepted)
		matchingtest.Must(t, w.Matches.Fulfil(t.Context(), system, match.ID))
		m, err := w.Matches.Find(t.Context(), match.ID)
		matchingtest.Must(t, err)
		if m.State != matching.Fulfilled {
			t.Errorf("match is %s", m.State)
		}
	})
}

// ends are the ways an offer ends unaccepted.
func ends() map[string]func(*testing.T, *matchingtest.Town, call.Change) error {
	return map[string]func(*testing.T, *matchingtest.Town, call.Change) error{
		"declined": func(t *testing.T, w *matchingtest.Town, match call.Change) error {
			_, err := w.Matches.Decline(t.Context(), system, matching.Decline{Change: match, Reason: "has_one"})
			return err
		},
		"expired": func(t *testing.T, w *matchingtest.Town, _ call.Change) error {
			w.Wait(8 * 24 * time.Hour)
			n, err := w.Matches.Expire(t.Context())
			if n != 1 {
				t.Errorf("%d offers expired", n)
			}
			return err
		},
	}
}

func TestAnOfferThatEndsKeepsThePlaceAndProposesTheSecondChoice(t *testing.T) {
	for name, end := range ends() {
		t.Run(name, func(t *testing.T) {
			w := town(t, storetest.Open(t), 1, 2)
			w.Round(t)
			first := w.Proposals(t)[0]
			match := call.Change{ID: first.ID}
			_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: match})
			matchingtest.Must(t, err)
			matchingtest.Must(t, end(t, w, match))
			stands(t, w, match.ID, matching.State(name), device.Available, application.Eligible)
			rows := w.Proposals(t)
			if len(rows) != 1 || rows[0].Application == first.Application || rows[0].Device != first.Device {
				t.Errorf("the second choice is not proposed: %+v", rows)
			}
		})
	}
}

func TestAnOverrideSupersedesProposalsAndNeedsFreeSides(t *testing.T) {
	w := town(t, storetest.Open(t), 2, 2)
	w.Round(t)
	rows := w.Proposals(t)
	crossed := matching.Override{Device: rows[0].Device, Application: rows[1].Application, Reason: "handicap visuel, grand écran"}
	crossed.SetKey("k1")
	view, err := w.Matches.Override(t.Context(), system, crossed)
	matchingtest.Must(t, err)
	stands(t, w, view.ID, matching.Offered, device.Reserved, application.Offered)
	again, err := w.Matches.Override(t.Context(), system, crossed)
	if err != nil || again.ID != view.ID {
		t.Errorf("the same override again made %s: %v", again.ID, err)
	}
	if left := w.Proposals(t); len(left) != 0 {
		t.Errorf("proposals that were outrun stand: %+v", left)
	}
	_, err = w.Matches.Override(t.Context(), system, matching.Override{Device: rows[0].Device, Application: rows[0].Application, Reason: "non"})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a taken device was given twice: %v", err)
	}
	w.Clean(t)
}

func TestAStaleVersionIsRefused(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 1)
	w.Round(t)
	row := w.Proposals(t)[0]
	_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: call.Change{ID: row.ID, IfVersion: row.Version + 1}})
	if !fault.Is(err, fault.Stale) {
		t.Errorf("approved on a version nobody saw: %v", err)
	}
	stands(t, w, row.ID, matching.Proposed, device.Available, application.Eligible)
}

func TestASwapPassesTheApplicationOn(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 1)
	w.Round(t)
	match := call.Change{ID: w.Proposals(t)[0].ID}
	_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: match})
	matchingtest.Must(t, err)
	_, err = w.Matches.Accept(t.Context(), system, match)
	matchingtest.Must(t, err)
	other := w.Device(t)
	for range 2 { // the same scan twice is one swap
		fresh, err := w.Matches.Swap(t.Context(), system, match.ID, other)
		matchingtest.Must(t, err)
		stands(t, w, fresh.ID, matching.Accepted, device.Allocated, application.Accepted)
	}
	old, err := w.Matches.Find(t.Context(), match.ID)
	matchingtest.Must(t, err)
	if old.State != matching.Released {
		t.Errorf("the replaced match is %s", old.State)
	}
}

// TestEveryPairOfStates walks the life cycle.
func TestEveryPairOfStates(t *testing.T) {
	lifecycletest.Walk(t, matching.Steps, `
proposed → approving rejected superseded
approving → offered superseded
offered → accepted declined expired released
accepted → released fulfilled
`)
}
