package matching_test

import (
	"slices"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
)

// TestCheckNamesWhatNoStepCanBreak damages documents under the product's feet,
// as a lost backup or a hand at the store does, and expects a list, not an end.
func TestCheckNamesWhatNoStepCanBreak(t *testing.T) {
	for name, c := range map[string]struct {
		rule   string
		damage func(first, second *matching.Match)
	}{
		"two live matches for one device": {"live", func(first, second *matching.Match) { second.Device = first.Device }},
		"two live matches, a saga at work": {"live", func(first, second *matching.Match) {
			second.Application, second.Saga = first.Application, matching.Acceptance
		}},
		"an unknown device":      {"dangling", func(first, _ *matching.Match) { first.Device = "dev_gone" }},
		"an unknown application": {"dangling", func(first, _ *matching.Match) { first.Application = "app_gone" }},
		"a first state":          {"history", func(first, _ *matching.Match) { first.History = first.History[1:] }},
	} {
		t.Run(name, func(t *testing.T) {
			store := storetest.Open(t)
			w := town(t, store, 0, 0)
			var matches []*matching.Match
			for range 2 {
				v, err := give(t, w, w.Device(t), w.Student(t))
				matchingtest.Must(t, err)
				m, err := w.Matches.Find(t.Context(), v.ID)
				matchingtest.Must(t, err)
				matches = append(matches, m)
			}
			w.Wait(time.Hour)
			w.Clean(t)
			c.damage(matches[0], matches[1])
			for _, m := range matches {
				m.Version++
				matchingtest.Must(t, store.Engine().Replace(t.Context(), "matches", docstore.Row{ID: m.ID, Version: m.Version, Body: m}))
			}
			audit := &lifecycle.Audit{LeftOver: w.Now()}
			matchingtest.Must(t, w.Matches.Check(t.Context(), audit))
			if !slices.ContainsFunc(audit.Breaches, func(b lifecycle.Breach) bool { return b.Rule == c.rule }) {
				t.Errorf("no breach of %s: %+v", c.rule, audit.Breaches)
			}
		})
	}
}
