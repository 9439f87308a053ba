package matching_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// start asks for a round under an idempotency key.
func start(t *testing.T, w *matchingtest.Town, key string) matching.RoundView {
	t.Helper()
	req := matching.StartRound{Territory: w.Territory}
	req.SetKey(key)
	round, err := w.Matches.StartRound(t.Context(), system, req)
	matchingtest.Must(t, err)
	return round
}

// awaited follows a round to its end.
func awaited(t *testing.T, w *matchingtest.Town, id string) matching.RoundView {
	t.Helper()
	for range 10_000 {
		round, err := w.Matches.Round(t.Context(), system, call.One{ID: id})
		matchingtest.Must(t, err)
		if round.Ended != nil {
			return round
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal("the round does not end")
	return matching.RoundView{}
}

func TestARequestSentAgainDoesNotLockTheTerritory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 1, 1)
		first := awaited(t, w, start(t, w, "one").ID)
		if again := start(t, w, "one"); again.ID != first.ID || again.State != "done" {
			t.Errorf("sent again: %s is %s", again.ID, again.State)
		}
		second := start(t, w, "two")
		if second.ID == first.ID {
			t.Fatal("a round that ended holds the territory")
		}
		awaited(t, w, second.ID)
	})
}

// TestARoundSurvivesDeathAtEachWrite lets the process die before each write of
// a round. Whatever is left, a later round of another process comes to its end,
// and nothing stands that a failed round proposed.
func TestARoundSurvivesDeathAtEachWrite(t *testing.T) {
	for n := int64(0); ; n++ {
		if n == 30 {
			t.Fatal("thirty writes and no end")
		}
		store := storetest.Open(t)
		engine := &storetest.Dying{Engine: store.Engine()}
		engine.Left.Store(-1)
		w := town(t, docstore.New(engine), 2, 3)
		engine.Left.Store(n)
		req := matching.StartRound{Territory: w.Territory}
		_, _ = w.Matches.StartRound(t.Context(), system, req)
		w.Matches.Close()
		left := engine.Left.Load()

		again := matchingtest.Open(t, docstore.New(engine.Engine), w.Now().Add(2*time.Minute))
		again.Territory = w.Territory
		_, err := again.Matches.Recover(t.Context(), again.Now().Add(-matching.Grace))
		matchingtest.Must(t, err)
		matchingtest.Must(t, again.Matches.TakeUp(t.Context()))
		asked, err := again.Matches.Rounds(t.Context(), system, matching.Rounds{})
		matchingtest.Must(t, err)
		for _, round := range asked.Items {
			if awaited(t, again, round.ID).State == "failed" && len(again.Proposals(t)) > 0 {
				t.Errorf("death at write %d: a failed round proposes", n)
			}
		}
		again.Round(t)
		if rows := again.Proposals(t); len(rows) != 2 {
			t.Errorf("death at write %d: %d proposals", n, len(rows))
		}
		again.Clean(t)
		if left > 0 {
			return
		}
	}
}

func TestARoundThatWaitsIsTakenUpByAnotherProcess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 1, 1)
		asked, err := w.Matches.AskRound(t.Context(), system, matching.StartRound{Territory: w.Territory})
		matchingtest.Must(t, err)
		if asked.State != "waiting" {
			t.Errorf("asked for, it is %s", asked.State)
		}
		server := matchingtest.Open(t, docstore.New(store.Engine()), w.Now())
		matchingtest.Must(t, server.Matches.TakeUp(t.Context()))
		if round := awaited(t, w, asked.ID); round.State != "done" || round.Proposed != 1 {
			t.Errorf("it ended %s with %d proposals", round.State, round.Proposed)
		}
	})
}

// gate is a real engine that holds the inserts of proposals after the first
// few until it is opened.
type gate struct {
	docstore.Engine

	inserts atomic.Int64
	open    chan struct{}
}

func (g *gate) Insert(ctx context.Context, collection string, rows []docstore.Row) ([]int, error) {
	if collection == "matches" && g.inserts.Add(1) == 2 {
		<-g.open
	}
	return g.Engine.Insert(ctx, collection, rows)
}

// TestARoundShowsHowFarItIsAndProposesNothingWhenStopped watches a round from
// another process while it stores, then stops it from there.
func TestARoundShowsHowFarItIsAndProposesNothingWhenStopped(t *testing.T) {
	store := storetest.Open(t)
	engine := &gate{Engine: store.Engine(), open: make(chan struct{})}
	w := town(t, docstore.New(engine), 501, 502)
	other := matchingtest.Open(t, docstore.New(store.Engine()), w.Now())
	id := start(t, w, "one").ID
	seen := matching.RoundView{}
	for range 1000 {
		var err error
		seen, err = other.Matches.Round(t.Context(), system, call.One{ID: id})
		matchingtest.Must(t, err)
		if seen.Stage == "storing" && seen.Done > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if seen.Stage != "storing" || seen.Done != 500 || seen.Total != 501 {
		t.Errorf("seen from elsewhere: %s %d of %d", seen.Stage, seen.Done, seen.Total)
	}
	_, err := other.Matches.StopRound(t.Context(), people.System(), call.Change{ID: id})
	matchingtest.Must(t, err)
	time.Sleep(1500 * time.Millisecond) // a beat, by which its process hears of it
	close(engine.open)
	round := awaited(t, w, id)
	matchingtest.Must(t, w.Applications.Each(t.Context(), func(app *application.Application) error {
		why, err := w.Matches.WhyNot(t.Context(), system, call.One{ID: app.ID})
		if why.Code != "no_round" {
			t.Errorf("a stopped round says %q", why.Code)
		}
		return err
	}))
	if rows := w.Proposals(t); round.Failure != "stopped" || len(rows) != 0 {
		t.Errorf("stopped: %s %q, %d proposals", round.State, round.Failure, len(rows))
	}
	w.Round(t)
}

func TestADeclinedOrExpiredPairIsNotProposedAgain(t *testing.T) {
	for name, end := range ends() {
		t.Run(name, func(t *testing.T) {
			w := town(t, storetest.Open(t), 1, 1)
			w.Round(t)
			match := call.Change{ID: w.Proposals(t)[0].ID}
			_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: match})
			matchingtest.Must(t, err)
			matchingtest.Must(t, end(t, w, match))
			w.Round(t)
			if rows := w.Proposals(t); len(rows) != 0 {
				t.Errorf("proposed again: %+v", rows)
			}
			w.Device(t)
			w.Round(t)
			if rows := w.Proposals(t); len(rows) != 1 {
				t.Errorf("%d proposals with another device", len(rows))
			}
		})
	}
}

// TestAPastRoundIsComputedAgain after what it was about has moved on.
func TestAPastRoundIsComputedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 3, 5)
		round := awaited(t, w, start(t, w, "one").ID)
		_, err := w.Matches.Approve(t.Context(), system, matching.Approve{Change: call.Change{ID: w.Proposals(t)[0].ID}})
		matchingtest.Must(t, err)
		w.Wait(40 * 24 * time.Hour)
		again, err := w.Matches.Replay(t.Context(), system, call.One{ID: round.ID})
		matchingtest.Must(t, err)
		if !again.Certified || again.Score != round.Score || again.Digest == "" || again.Tiers[0] != round.Tiers[0] {
			t.Errorf("again: %+v, was %+v", again, round)
		}
	})
}
