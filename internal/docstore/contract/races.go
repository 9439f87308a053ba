package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

const writers = 32

func race(do func(writer int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for w := range writers {
		all.Go(func() {
			<-begin
			do(w)
		})
	}
	close(begin)
	all.Wait()
}

func claims(t *testing.T, f fixture) {
	mustInsert(t, f.things, &thing{Meta: meta("a"), State: "free", Territory: "95"})
	var winners atomic.Int32
	race(func(w int) {
		_, err := f.things.Update(t.Context(), "a", func(d *thing) error {
			if d.Owner != "" {
				return fault.New(fault.Conflict, "taken")
			}
			d.Owner = fmt.Sprint(w)
			d.Record(docstore.Record{Kind: "thing.taken", Actor: d.Owner})
			return nil
		})
		switch {
		case err == nil:
			winners.Add(1)
		case !fault.Is(err, fault.Conflict):
			t.Error(err)
		}
	})
	pending, err := f.store.Engine().Pending(t.Context(), "things", 10)
	if err != nil || winners.Load() != 1 || len(pending) != 1 || len(pending[0].Records) != 1 {
		t.Fatal(winners.Load(), pending, err)
	}
}

func increments(t *testing.T, f fixture) {
	mustInsert(t, f.things, &thing{Meta: meta("a"), State: "free", Territory: "95"})
	race(func(int) {
		for range 4 {
			if _, err := f.things.Update(t.Context(), "a", func(d *thing) error { d.Number++; return nil }); err != nil {
				t.Error(err)
			}
		}
	})
	got, err := f.things.Get(t.Context(), "a")
	if err != nil || got.Number != 4*writers || got.Version != 4*writers+1 {
		t.Fatal(got, err)
	}
}

func inserts(t *testing.T, f fixture) {
	for i := range 5 {
		var made atomic.Int32
		race(func(w int) {
			stored, first, err := f.plains.Create(t.Context(), &plain{Meta: meta(id(i)), Order: int64(w)})
			if err != nil || stored.ID != id(i) {
				t.Error(stored, err)
			}
			if first {
				made.Add(1)
			}
		})
		if made.Load() != 1 {
			t.Fatal(made.Load())
		}
	}
}

func cancelled(t *testing.T, f fixture) {
	crowd(t, f, 100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.things.Get(ctx, "thing_0001")
	_, findErr := f.things.Find(ctx, everywhere("recent"), nil)
	_, updateErr := f.things.Update(ctx, "thing_0001", func(d *thing) error { d.Text = "x"; return nil })
	insertErr := f.things.Insert(ctx, &thing{Meta: meta("late")})
	for i, err := range []error{err, findErr, updateErr, insertErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%d: %v", i, err)
		}
	}
	_, err = f.things.Get(t.Context(), "late")
	want(t, err, fault.NotFound)

	// One who goes away does not take others along.
	var stored atomic.Int32
	race(func(w int) {
		mine, cancel := context.WithCancel(t.Context())
		defer cancel()
		if w%2 == 0 {
			cancel()
		}
		if f.things.Insert(mine, &thing{Meta: meta(id(w))}) == nil {
			stored.Add(1)
		}
	})
	if stored.Load() != writers/2 {
		t.Fatal(stored.Load())
	}
}

func dumpAndLoad(t *testing.T, from, to fixture) {
	ctx := t.Context()
	things := crowd(t, from, 700)
	for i := range 40 {
		d := &plain{Meta: meta(id(i)), Kind: "é\u2028<&>", Order: int64(i)}
		d.Record(docstore.Record{Kind: "plain.made", At: docstore.Millis(i + 1), Data: map[string]string{"of": "test"}})
		mustInsert(t, from.plains, d)
		_, err := from.things.Update(ctx, things[i].ID, func(d *thing) error {
			d.Share, d.Labels = float64(i), map[string]string{"z": "1", "a": "2"}
			d.Record(docstore.Record{Kind: "thing.changed", At: docstore.Millis(i + 1)})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var first, second bytes.Buffer
	if err := from.store.Dump(ctx, &first); err != nil {
		t.Fatal(err)
	}
	if err := to.store.Load(ctx, bytes.NewReader(first.Bytes())); err != nil {
		t.Fatal(err)
	}
	if err := to.store.Dump(ctx, &second); err != nil {
		t.Fatal(err)
	}
	same(t, strings.Split(second.String(), "\n"), strings.Split(first.String(), "\n"))
	for _, collection := range []string{"things", "plains"} {
		a, err := from.store.Engine().Pending(ctx, collection, 1000)
		b, failed := to.store.Engine().Pending(ctx, collection, 1000)
		if err != nil || failed != nil || len(a) != 40 {
			t.Fatal(len(a), err, failed)
		}
		same(t, b, a)
	}
	for _, s := range shapes() {
		same(t, ids(all(t, to, s.query, 200)), ids(all(t, from, s.query, 200)))
	}
	broken(t, to, first.Bytes())
}

// broken dumps are refused: a second time, cut short, of another store.
func broken(t *testing.T, to fixture, dump []byte) {
	t.Helper()
	lines := bytes.SplitAfter(dump, []byte("\n"))
	missing := slices.Concat(slices.Concat(lines[5:]...))
	for name, text := range map[string][]byte{
		"again": dump, "cut": dump[:len(dump)/2], "a line missing": missing, "empty": nil,
		"unknown": []byte(`{"collection":"others","id":"a","version":1,"body":{}}` + "\n"),
	} {
		if err := to.store.Load(t.Context(), bytes.NewReader(text)); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}
