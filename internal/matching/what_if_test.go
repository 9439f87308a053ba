package matching_test

import (
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// tried runs a what-if to its end.
func tried(t *testing.T, w *matchingtest.Town, actor people.Actor, round string, ch matching.Changes) matching.WhatIfView {
	t.Helper()
	v, err := w.Matches.TryRound(t.Context(), actor, matching.TryRound{Round: round, Changes: ch})
	matchingtest.Must(t, err)
	for range 10_000 {
		if v.Ended != nil {
			return v
		}
		time.Sleep(2 * time.Millisecond)
		v, err = w.Matches.WhatIf(t.Context(), system, call.One{ID: v.ID})
		matchingtest.Must(t, err)
	}
	t.Fatal("the what-if does not end")
	return v
}

// TestAWhatIfShowsWhoGainsAndProposesNothingUntilAdopted locks the device of a
// round to the student who went without.
func TestAWhatIfShowsWhoGainsAndProposesNothingUntilAdopted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 1, 0)
		first := w.Student(t)
		w.Wait(200 * 24 * time.Hour)
		second := w.Student(t)
		round := w.Round(t)
		row := w.Proposals(t)[0]
		if row.Application != first {
			t.Fatalf("proposed to %s", row.Application)
		}
		desk := w.Staff(t, people.Coordinator)
		v := tried(t, w, desk, round.ID, matching.Changes{Add: []matching.AddedConstraint{{Kind: "lock", Device: row.Device, Application: second}}})
		if v.State != "done" || v.Before.Served != 1 || v.After.Served != 1 || v.Difference == nil || v.Difference.Score >= 0 {
			t.Fatalf("tried: %+v", v)
		}
		if c := v.Difference.Communes; len(c) != 1 || c[0].Gain != 1 || c[0].Lose != 1 || c[0].Name == "" {
			t.Errorf("communes: %+v", c)
		}
		if rows := w.Proposals(t); len(rows) != 1 || rows[0].ID != row.ID {
			t.Errorf("before it is adopted: %+v", rows)
		}
		adopted, err := w.Matches.AdoptWhatIf(t.Context(), desk, call.Change{ID: v.ID})
		matchingtest.Must(t, err)
		adopted = awaited(t, w, adopted.ID)
		rows := w.Proposals(t)
		if adopted.State != "done" || adopted.WhatIf != v.ID || adopted.Changes == nil || len(rows) != 1 || rows[0].Application != second || rows[0].LockedBy != desk.Person {
			t.Errorf("adopted: %+v, %+v", adopted, rows)
		}
		again, err := w.Matches.AdoptWhatIf(t.Context(), desk, call.Change{ID: v.ID})
		matchingtest.Must(t, err)
		if now, err := w.Matches.WhatIf(t.Context(), desk, call.One{ID: v.ID}); err != nil || again.ID != adopted.ID || now.State != "adopted" || now.AdoptedBy != desk.Person {
			t.Errorf("adopted twice: %s and %s, %+v", adopted.ID, again.ID, now)
		}
		w.Clean(t)
	})
}

// TestWeightsAreAdoptedByAnAdministratorAlone also refuses values that
// contradict one another, with the field.
func TestWeightsAreAdoptedByAnAdministratorAlone(t *testing.T) {
	w := town(t, storetest.Open(t), 1, 2)
	round := w.Round(t)
	rules := application.DefaultGrid().GridRules
	rules.Pair.Distance = 900_000
	bad := matching.TryRound{Round: round.ID, Changes: matching.Changes{Rules: &rules}}
	if fields := bad.Faults(country.Rules{}, w.Now()); len(fields) != 1 || fields[0].Path != "rules.pair.point" {
		t.Errorf("weights beyond the most: %+v", fields)
	}
	rules.Pair.Point, rules.Pair.Fit, rules.Pair.Distance = 1000, 0, 500_000
	desk := w.Staff(t, people.Coordinator)
	v := tried(t, w, desk, round.ID, matching.Changes{Rules: &rules})
	if v.State != "done" || v.After.Score == v.Before.Score {
		t.Fatalf("tried: %+v", v)
	}
	if _, err := w.Matches.AdoptWhatIf(t.Context(), desk, call.Change{ID: v.ID}); code(err) != "forbidden" {
		t.Errorf("by a coordinator: %v", err)
	}
	adopted, err := w.Matches.AdoptWhatIf(t.Context(), w.Staff(t, people.Administrator), call.Change{ID: v.ID})
	matchingtest.Must(t, err)
	adopted = awaited(t, w, adopted.ID)
	again, err := w.Matches.Replay(t.Context(), system, call.One{ID: adopted.ID})
	matchingtest.Must(t, err)
	if adopted.Score != v.After.Score || again.Score != v.After.Score {
		t.Errorf("tried %d, adopted %d, again %d", v.After.Score, adopted.Score, again.Score)
	}
}

// TestAWhatIfIsDroppedAndALostOneSaysSo also asks for what the round did not
// have.
func TestAWhatIfIsDroppedAndALostOneSaysSo(t *testing.T) {
	store := storetest.Open(t)
	w := town(t, store, 1, 1)
	round := w.Round(t)
	v := tried(t, w, system, round.ID, matching.Changes{})
	if v.Difference == nil || v.Difference.Served != 0 || v.Difference.Moved != 0 {
		t.Errorf("nothing changed: %+v", v.Difference)
	}
	w.Wait(time.Second)
	dropped, err := w.Matches.DropWhatIf(t.Context(), system, call.Change{ID: v.ID})
	matchingtest.Must(t, err)
	if _, err := w.Matches.AdoptWhatIf(t.Context(), system, call.Change{ID: v.ID}); dropped.State != "dropped" || code(err) != "wrong_state" {
		t.Errorf("dropped: %s, then %v", dropped.State, err)
	}
	late := w.Student(t)
	_, err = w.Matches.TryRound(t.Context(), system, matching.TryRound{Round: round.ID, Changes: matching.Changes{
		Add: []matching.AddedConstraint{{Kind: "lock", Device: w.Proposals(t)[0].Device, Application: late}},
	}})
	if field(err) != "application not_in_round" {
		t.Errorf("who came later: %v", err)
	}
	gone := matchingtest.Open(t, store, w.Now())
	gone.Matches.Close()
	if _, err := gone.Matches.TryRound(t.Context(), system, matching.TryRound{Round: round.ID}); code(err) != "stopping" {
		t.Errorf("in a process that ends: %v", err)
	}
	w.Wait(2 * time.Minute)
	_, err = w.Matches.Recover(t.Context(), w.Now())
	matchingtest.Must(t, err)
	page, err := w.Matches.WhatIfs(t.Context(), system, matching.WhatIfs{Round: round.ID})
	matchingtest.Must(t, err)
	if len(page.Items) != 2 || page.Items[0].State != "failed" || page.Items[0].Failure != "lost" {
		t.Errorf("after a restart: %+v", page.Items)
	}
}
