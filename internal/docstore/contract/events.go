package contract

import (
	"fmt"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

func id(i int) string { return fmt.Sprintf("id_%05d", i) }

func events(t *testing.T, f fixture) {
	ctx, engine := t.Context(), f.store.Engine()
	d := &plain{Meta: meta("a")}
	first := docstore.Record{Kind: "plain.made", Actor: "me", At: 10, Cause: "test", Data: map[string]string{"k": "v"}}
	d.Record(first)
	mustInsert(t, f.plains, d)
	for range 2 {
		_, err := f.plains.Update(ctx, "a", func(d *plain) error {
			d.Record(docstore.Record{Kind: "plain.one", At: 20})
			d.Record(docstore.Record{Kind: "plain.two", At: 20})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	pending := outbox(t, f, 1)[0]
	same(t, pending.Names, []string{"a:1:0", "a:2:0", "a:2:1", "a:3:0", "a:3:1"})
	same(t, pending.Records[0], first)
	stored, err := f.plains.Get(ctx, "a")
	if err != nil || stored.Version != 3 || len(stored.Records()) != 0 {
		t.Fatal(stored, err)
	}
	want(t, f.plains.Delete(ctx, stored), fault.Stale)

	for _, names := range [][]string{{"a:1:0", "a:2:1"}, {"a:1:0", "nothing"}} { // twice changes nothing
		if err := engine.Acknowledge(ctx, "plains", "a", names); err != nil {
			t.Fatal(err)
		}
		same(t, outbox(t, f, 1)[0].Names, []string{"a:2:0", "a:3:0", "a:3:1"})
	}
	if err := engine.Acknowledge(ctx, "plains", "a", []string{"a:2:0", "a:3:0", "a:3:1"}); err != nil {
		t.Fatal(err)
	}
	outbox(t, f, 0)
	if err := engine.Acknowledge(ctx, "plains", "gone", []string{"gone:1:0"}); err != nil {
		t.Fatal(err)
	}
	again, err := f.plains.Get(ctx, "a")
	if err != nil || again.Version != 3 {
		t.Fatal(again, err)
	}
	if err := f.plains.Delete(ctx, again); err != nil {
		t.Fatal(err)
	}
}

func outbox(t *testing.T, f fixture, n int) []docstore.Pending {
	t.Helper()
	pending, err := f.store.Engine().Pending(t.Context(), "plains", 100)
	if err != nil || len(pending) != n {
		t.Fatalf("%d outboxes, want %d: %v", len(pending), n, err)
	}
	return pending
}

func pendingOrder(t *testing.T, f fixture) {
	for i, at := range []docstore.Millis{30, 10, 20, 0} {
		d := &plain{Meta: meta(id(i))}
		if at > 0 {
			d.Record(docstore.Record{Kind: "plain.made", At: at})
		}
		mustInsert(t, f.plains, d)
	}
	order := func() (all []string) {
		pending, err := f.store.Engine().Pending(t.Context(), "plains", 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pending {
			all = append(all, p.ID)
		}
		return all
	}
	same(t, order(), []string{id(1), id(2)})
	// Something newer on a document does not put off what waits there.
	_, err := f.plains.Update(t.Context(), id(1), func(d *plain) error {
		d.Record(docstore.Record{Kind: "plain.changed", At: 40})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, order(), []string{id(1), id(2)})
	if err := f.store.Engine().Acknowledge(t.Context(), "plains", id(1), []string{id(1) + ":1:0"}); err != nil {
		t.Fatal(err)
	}
	same(t, order(), []string{id(2), id(0)})
}
