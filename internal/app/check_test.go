package app_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/app"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestCheckFindsWhatIsBroken breaks a store by calling the steps of a saga out
// of turn, and expects each breach to be named.
func TestCheckFindsWhatIsBroken(t *testing.T) {
	system := people.System()
	for name, c := range map[string]struct {
		broken func(t *testing.T, w *matchingtest.Town, match *matching.Match) error
		rule   string
	}{
		"sound": {func(*testing.T, *matchingtest.Town, *matching.Match) error { return nil }, ""},
		"a live match without its device": {func(t *testing.T, w *matchingtest.Town, match *matching.Match) error {
			return w.Devices.Unclaim(t.Context(), system, match.Device, match.ID)
		}, "claim"},
		"a live match without its application": {func(t *testing.T, w *matchingtest.Town, match *matching.Match) error {
			return w.Applications.Release(t.Context(), system, match.Application, match.ID, "released")
		}, "claim"},
		"a claim without a match": {func(t *testing.T, w *matchingtest.Town, _ *matching.Match) error {
			return w.Devices.Claim(t.Context(), system, w.Device(t), "mat_nobody")
		}, "claim"},
		"a claim by a match that does not name it": {func(t *testing.T, w *matchingtest.Town, match *matching.Match) error {
			return w.Devices.Claim(t.Context(), system, w.Device(t), match.ID)
		}, "claim"},
		"a fulfilled match with its device in stock": {func(t *testing.T, w *matchingtest.Town, match *matching.Match) error {
			return w.Matches.Fulfil(t.Context(), system, match.ID)
		}, "its device is allocated"},
		"a delivered device of a match that lives": {func(t *testing.T, w *matchingtest.Town, match *matching.Match) error {
			return w.Devices.Deliver(t.Context(), system, match.Device, match.ID)
		}, "which is accepted"},
		"a share of nobody": {func(t *testing.T, w *matchingtest.Town, _ *matching.Match) error {
			return w.Applications.Claim(t.Context(), system, w.Student(t), "mat_nobody")
		}, "dangling"},
		"a household that has more than it counts": {func(t *testing.T, w *matchingtest.Town, match *matching.Match) error {
			return damageShares(t, w, func(s *share) bool {
				s.Held = nil
				return true
			})
		}, "does not count match"},
		"a household that counts a match twice": {func(t *testing.T, w *matchingtest.Town, _ *matching.Match) error {
			return damageShares(t, w, func(s *share) bool {
				s.Held = append(s.Held, s.Held...)
				return true
			})
		}, "twice"},
		"a share that counts a match for another application": {func(t *testing.T, w *matchingtest.Town, _ *matching.Match) error {
			return damageShares(t, w, func(s *share) bool {
				s.Held[0].Application = "app_other"
				return true
			})
		}, "for app_other"},
		"a share that an ended match still holds": {func(t *testing.T, w *matchingtest.Town, match *matching.Match) error {
			var kept []share
			matchingtest.Must(t, damageShares(t, w, func(s *share) bool {
				kept = append(kept, *s)
				return false
			}))
			_, err := w.Matches.Release(t.Context(), system, matching.Release{Change: call.Change{ID: match.ID}, Reason: "test"})
			matchingtest.Must(t, err)
			_, err = w.Matches.Recover(t.Context(), w.Now().Add(time.Hour))
			matchingtest.Must(t, err)
			return damageShares(t, w, func(s *share) bool {
				for _, k := range kept {
					if k.ID == s.ID {
						s.Held = k.Held
					}
				}
				return true
			})
		}, "which is released"},
		"a round that was never taken up": {func(t *testing.T, w *matchingtest.Town, _ *matching.Match) error {
			_, err := w.Matches.AskRound(t.Context(), system, matching.StartRound{Territory: w.Territory})
			return err
		}, "waits to be taken up"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			breakStore(t, folder, c.broken)
			var said bytes.Buffer
			err := app.Check(t.Context(), app.Config{Data: folder, Country: "FR"}, true, &said)
			if c.rule == "" {
				if err != nil || !strings.Contains(said.String(), "all invariants hold") {
					t.Errorf("%v\n%s", err, &said)
				}
				return
			}
			if !errors.Is(err, app.ErrBroken) || !strings.Contains(said.String(), c.rule) {
				t.Errorf("want a breach of %s: %v\n%s", c.rule, err, &said)
			}
		})
	}
}

// share is what applications keep of a household or a person, as stored.
type share struct {
	docstore.Meta `json:",inline"`

	Held []struct {
		Application string          `json:"application"`
		Match       string          `json:"match"`
		Since       docstore.Millis `json:"since"`
	} `json:"held"`
}

// damageShares changes every share behind the product's back.
func damageShares(t *testing.T, w *matchingtest.Town, change func(*share) bool) error {
	t.Helper()
	engine := w.Store.Engine()
	shares := docstore.Declare[share](docstore.New(engine), docstore.Spec{Name: "shares"})
	return shares.Each(t.Context(), docstore.Query{}, func(s *share) error {
		if !change(s) {
			return nil
		}
		s.Version++
		return engine.Replace(t.Context(), "shares", docstore.Row{ID: s.ID, Version: s.Version, Body: s})
	})
}

func breakStore(t *testing.T, folder string, how func(*testing.T, *matchingtest.Town, *matching.Match) error) {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), folder, sqlite.Options{Unsafe: true})
	matchingtest.Must(t, err)
	defer func() { matchingtest.Must(t, engine.Close(context.WithoutCancel(t.Context()))) }()
	store := docstore.New(engine)
	w := matchingtest.Settle(t, store, func(w *matchingtest.Town) {
		donation.New(store, w.People, w.Partners, w.Devices, w.Places, w.Box, w.Now, "Association Passerelle")
		delivery.New(store, w.Matches, w.Applications, w.Devices, w.Partners, w.Box, w.Now)
	})
	dev, student := w.Device(t), w.Student(t)
	v, err := w.Matches.Override(t.Context(), people.System(), matching.Override{Device: dev, Application: student, Reason: "test"})
	matchingtest.Must(t, err)
	_, err = w.Matches.Accept(t.Context(), people.System(), call.Change{ID: v.ID})
	matchingtest.Must(t, err)
	w.Wait(time.Hour)
	match, err := w.Matches.Find(t.Context(), v.ID)
	matchingtest.Must(t, err)
	matchingtest.Must(t, how(t, w, match))
}
