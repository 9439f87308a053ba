package matching_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// TestARoundThatDiesFreesItsTerritory lets the process die before each write of
// a round: afterwards the territory is free, nothing is half proposed, and
// another round runs.
func TestARoundThatDiesFreesItsTerritory(t *testing.T) {
	for n := range 12 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			store := storetest.Open(t)
			engine := &dying{Engine: store.Engine()}
			engine.left.Store(-1)
			w := town(t, docstore.New(engine), 2, 3)
			engine.left.Store(int64(n))
			if round, err := w.Matches.StartRound(t.Context(), system, matching.StartRound{Territory: w.Territory}); err == nil {
				w.Matches.Close()
				t.Log(round.ID)
			}
			again := matchingtest.Open(t, docstore.New(engine.Engine), w.Now().Add(5*time.Minute))
			again.Territory = w.Territory
			_, err := again.Matches.Recover(t.Context(), again.Now())
			matchingtest.Must(t, err)
			again.Round(t)
			if got := len(again.Proposals(t)); got != 2 {
				t.Errorf("%d proposals stand, want 2", got)
			}
			again.Clean(t)
		})
	}
}

// A resend after the round ended finds it, and keeps nobody out.
func TestARoundSentAgainKeepsNobodyOut(t *testing.T) {
	w := town(t, storetest.Open(t), 2, 3)
	start := matching.StartRound{Territory: w.Territory, Create: call.Create{Key: "k"}}
	first, err := w.Matches.StartRound(t.Context(), system, start)
	matchingtest.Must(t, err)
	for first.State == "running" {
		time.Sleep(2 * time.Millisecond)
		first, err = w.Matches.Round(t.Context(), system, call.One{ID: first.ID})
		matchingtest.Must(t, err)
	}
	again, err := w.Matches.StartRound(t.Context(), system, start)
	matchingtest.Must(t, err)
	if again.ID != first.ID || again.State != "done" {
		t.Errorf("the resend gives %s %s", again.ID, again.State)
	}
	if next := w.Round(t); next.ID == first.ID {
		t.Error("the territory stays with the round that ended")
	}
}
