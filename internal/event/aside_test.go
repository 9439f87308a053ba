package event_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
)

// TestAnUnreadableOutboxHoldsNobodyUp: what cannot be read is set aside with all
// that its document records later, the desk and the check say so, and once it is
// mended it is carried in its order.
func TestAnUnreadableOutboxHoldsNobodyUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		h := openOn(t, store)
		var heard []string
		h.Subscribe(event.Subscriber{Name: "ear", Kinds: []string{"thing."}, Handle: func(_ context.Context, e event.Envelope) error {
			heard = append(heard, e.Document+" "+e.Kind)
			return nil
		}})
		ctx := t.Context()
		letters := func() []event.Dead {
			list, err := h.DeadLetters(ctx, docstore.ScopeAll(), call.List{})
			if err != nil {
				t.Fatal(err)
			}
			return list.Items
		}
		h.happen(t, "a", "thing.made")
		h.happen(t, "b", "thing.made")
		storetest.Spoil(t, store, "things", "a", false)
		h.run(t)
		_, err := h.things.Update(ctx, "a", func(d *thing) error {
			d.Record(docstore.Record{Kind: "thing.used", At: 5})
			return nil
		})
		if err != nil {
			t.Fatal("a document with an outbox set aside takes no change:", err)
		}
		h.run(t)
		if !slices.Equal(heard, []string{"b thing.made"}) {
			t.Fatal(heard)
		}
		found := letters()
		if len(found) != 1 || found[0].Document != "a" || found[0].State != "dead" || found[0].Failure != "unreadable" {
			t.Fatal("the desk reads", found)
		}
		audit := lifecycletest.Audit(t, time.Now(), h.Check)
		if len(audit.Breaches) != 1 || audit.Breaches[0].ID != "a" {
			t.Error("the check says", audit.Breaches)
		}
		if _, err := h.Retry(ctx, docstore.ScopeAll(), found[0].ID); err != nil {
			t.Fatal(err)
		}
		h.run(t)
		if found = letters(); len(found) != 1 || len(heard) != 1 {
			t.Fatal("asked again unmended:", found, heard)
		}
		storetest.Spoil(t, store, "things", "a", true)
		if _, err := h.Retry(ctx, docstore.ScopeAll(), found[0].ID); err != nil {
			t.Fatal(err)
		}
		h.run(t)
		if found = letters(); len(found) != 0 || !slices.Equal(heard, []string{"b thing.made", "a thing.made", "a thing.used"}) {
			t.Error("mended:", found, heard)
		}
	})
}

// TestWhatTheTrailRefusesHoldsNobodyUp: a record with text that no document may
// hold came around the collection.
func TestWhatTheTrailRefusesHoldsNobodyUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		h := openOn(t, store)
		bad := &thing{Meta: docstore.Meta{ID: "a", Version: 1}}
		_, err := store.Engine().Insert(t.Context(), "things", []docstore.Row{{
			ID: "a", Version: 1, Body: bad, Records: []docstore.Record{{Kind: "thing.made", Cause: "\x00"}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		h.happen(t, "b", "thing.made")
		h.run(t)
		trail, err := h.History(t.Context(), "b", call.List{})
		if err != nil || len(trail.Items) != 1 {
			t.Fatal(trail, err)
		}
		list, err := h.DeadLetters(t.Context(), docstore.ScopeAll(), call.List{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Document != "a" {
			t.Fatal(list, err)
		}
	})
}
