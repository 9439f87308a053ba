package application_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// draft is the rules as they are, to be changed: nothing at home counts one
// step, so that a student of tier 1 falls to tier 2.
func draft(w *matchingtest.Town, days int) application.PublishGrid {
	rules := application.DefaultGrid().GridRules
	rules.Equipment.None = 1
	return application.PublishGrid{
		Based: 1, From: w.Now().AddDate(0, 0, days).Format(time.DateOnly), Reason: "Avis du comité du 3 septembre", Rules: rules,
	}
}

// A version counts from its day; those who wait are then scored anew under it,
// a bounded batch at a time, and whoever stops in between goes on.
func TestANewVersionCountsFromItsDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w, ctx := matchingtest.Settle(t, store), t.Context()
		var waiting []string
		for range 201 { // more than a batch
			waiting = append(waiting, w.Student(t))
		}
		submitted := submit(t, w, form()).ID
		tiers := func(grid, tier int) (n int) {
			for _, id := range append(slices.Clone(waiting), submitted) {
				if s := state(t, w, id).Score; s.Grid == grid && s.Tier == tier {
					n++
				}
			}
			return n
		}
		published, err := w.Applications.PublishGrid(ctx, people.System(), draft(w, 2))
		matchingtest.Must(t, err)
		if published.Number != 2 || published.State != "coming" || published.Scored != nil {
			t.Errorf("published %+v", published)
		}
		if n, err := w.Applications.Rescore(ctx); n != 0 || err != nil || tiers(1, 1) != 202 {
			t.Error("scored before its day", n, err)
		}
		w.Wait(48 * time.Hour)
		if n, err := w.Applications.Rescore(ctx); n != 1 || err != nil || tiers(2, 2) != 1 {
			t.Error("the first batch", n, err, tiers(2, 2))
		}
		if n, err := w.Applications.Rescore(ctx); n != 200 || err != nil {
			t.Error("the second batch", n, err)
		}
		if half, err := w.Applications.ReadGrid(ctx, people.Anyone("fr"), call.One{ID: published.ID}); err != nil || half.Scored == nil || half.Scored.Done != 201 || half.Scored.Ended {
			t.Errorf("%+v %v", half.Scored, err)
		}
		for n := 1; n > 0; {
			n, err = w.Applications.Rescore(ctx)
			matchingtest.Must(t, err)
		}
		read, err := w.Applications.ReadGrid(ctx, people.Anyone("fr"), call.One{ID: published.ID})
		if err != nil || !read.Scored.Ended || read.Scored.Done != 202 || tiers(2, 2) != 202 {
			t.Errorf("%+v %v, %d moved", read.Scored, err, tiers(2, 2))
		}
		all, err := w.Applications.Grids(ctx, people.Anyone("fr"), call.List{})
		if err != nil || len(all.Items) != 2 || all.Items[0].State != "current" || all.Items[1].State != "past" || all.Items[1].Rules.Equipment.None != 0 {
			t.Errorf("%+v %v", all.Items, err)
		}
	})
}

func TestAVersionIsPublishedOnce(t *testing.T) {
	w, ctx := matchingtest.Settle(t, storetest.Open(t)), t.Context()
	first := draft(w, 0)
	first.SetKey("k1")
	one, err := w.Applications.PublishGrid(ctx, people.System(), first)
	matchingtest.Must(t, err)
	if again, err := w.Applications.PublishGrid(ctx, people.System(), first); err != nil || again.ID != one.ID {
		t.Error("a resend published again", again.Number, err)
	}
	if _, err := w.Applications.PublishGrid(ctx, people.System(), draft(w, 0)); !fault.Is(err, fault.Stale) {
		t.Error("a draft of an older version was published", err)
	}
	early := draft(w, -1)
	early.Based = 2
	if _, err := w.Applications.PublishGrid(ctx, people.System(), early); !fault.Is(err, fault.Invalid) {
		t.Error("a version counts from a day that is over", err)
	}
	if _, err := w.Applications.PublishGrid(ctx, w.Staff(t, people.Coordinator), draft(w, 0)); !fault.Is(err, fault.Forbidden) {
		t.Error("a coordinator published", err)
	}
}

func TestAPreviewTellsWhatADraftDoes(t *testing.T) {
	w := matchingtest.Settle(t, storetest.Open(t))
	for range 3 {
		w.Student(t)
	}
	rules := draft(w, 0).Rules
	rules.Waiting.Most = 10
	v, err := w.Applications.PreviewGrid(t.Context(), people.System(), application.PreviewGrid{Rules: rules})
	matchingtest.Must(t, err)
	if v.Looked != 3 || v.More || !slices.Equal(v.Moves, []application.TierMove{{From: 1, To: 2, Count: 3}}) {
		t.Errorf("%+v", v)
	}
	want := []application.RuleChange{{Path: "equipment.none", Was: "0", Is: "1"}, {Path: "waiting.most", Was: "20", Is: "10"}}
	if !slices.Equal(v.Changes, want) {
		t.Errorf("%+v", v.Changes)
	}
}

func TestABadGridNamesItsField(t *testing.T) {
	w := matchingtest.Settle(t, storetest.Open(t))
	for name, c := range map[string]struct {
		spoil func(*application.GridRules)
		field string
	}{
		"points beyond 100":     {func(r *application.GridRules) { r.Waiting.Most = 21 }, "rules.waiting.most"},
		"a pair beyond 1e6":     {func(r *application.GridRules) { r.Pair.Fit = 300_000 }, "rules.pair.point"},
		"bands out of order":    {func(r *application.GridRules) { r.Means[1].Value = 0 }, "rules.means.1.value"},
		"a proof twice":         {func(r *application.GridRules) { r.Means[2].Means = []string{"rsa"} }, "rules.means.2"},
		"deadlines in no order": {func(r *application.GridRules) { r.Deadlines[1].Days = 30 }, "rules.deadlines.1.days"},
	} {
		req := draft(w, 0)
		c.spoil(&req.Rules)
		_, err := w.Applications.PublishGrid(t.Context(), people.System(), req)
		var refused *fault.Error
		if !errors.As(err, &refused) || !slices.ContainsFunc(refused.Fields, func(f fault.Field) bool { return f.Path == c.field }) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
