package contract

import (
	"context"
	"errors"
	"fmt"
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
