package event_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

type thing struct {
	docstore.Meta `json:",inline"`
}

type house struct {
	*event.Log

	store  *docstore.Store
	things *docstore.Collection[thing]
	now    atomic.Int64
}

func open(t *testing.T) *house {
	t.Helper()
	return openOn(t, storetest.Open(t))
}

func openOn(t *testing.T, store *docstore.Store) *house {
	t.Helper()
	h := &house{store: store}
	h.now.Store(time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC).UnixNano())
	h.things = docstore.Declare[thing](h.store, docstore.Spec{Name: "things"})
	h.Log = event.New(h.store, func() time.Time { return time.Unix(0, h.now.Load()) })
	if err := h.store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) happen(t *testing.T, id string, kinds ...string) {
	t.Helper()
	d := &thing{Meta: docstore.Meta{ID: id}}
	for _, k := range kinds {
		d.Record(docstore.Record{Kind: k, Data: map[string]string{"territory": "ter_95"}})
	}
	if err := h.things.Insert(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func (h *house) run(t *testing.T) {
	t.Helper()
	if _, err := h.Relay(t.Context()); err != nil {
		t.Fatal(err)
	}
	for {
		done, err := h.Work(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if done == 0 {
			return
		}
	}
}

func TestCarriesEachEventOnceAndInOrder(t *testing.T) {
	h := open(t)
	var heard []string
	h.Subscribe(event.Subscriber{Name: "ear", Kinds: []string{"thing."}, Handle: func(_ context.Context, e event.Envelope) error {
		heard = append(heard, e.Kind)
		return nil
	}})
	h.happen(t, "a", "thing.made", "thing.used", "other.seen")
	h.run(t)
	h.run(t)
	if !slices.Equal(heard, []string{"thing.made", "thing.used"}) {
		t.Fatal(heard)
	}
	trail, err := h.History(t.Context(), "a", call.List{})
	if err != nil || len(trail.Items) != 3 {
		t.Fatal(trail, err)
	}
}

func TestAFailingSubscriberHoldsNobodyElseUp(t *testing.T) {
	h := open(t)
	var mails, counts []string
	broken := true
	h.Subscribe(event.Subscriber{Name: "mail", Kinds: []string{"thing."}, Handle: func(_ context.Context, e event.Envelope) error {
		if broken && e.Document == "a" {
			return errors.New("no server")
		}
		mails = append(mails, e.Document+e.Kind)
		return nil
	}})
	h.Subscribe(event.Subscriber{Name: "count", Kinds: []string{"thing."}, Handle: func(_ context.Context, e event.Envelope) error {
		counts = append(counts, e.Document+e.Kind)
		return nil
	}})
	h.happen(t, "a", "thing.made", "thing.used")
	h.happen(t, "b", "thing.made")
	h.run(t)
	if len(counts) != 3 || !slices.Equal(mails, []string{"bthing.made"}) {
		t.Fatal(counts, mails)
	}
	broken = false
	h.now.Add(int64(time.Minute))
	h.run(t)
	if !slices.Equal(mails, []string{"bthing.made", "athing.made", "athing.used"}) {
		t.Fatal("order lost:", mails)
	}
}

// What failed and waits for its next try keeps the next event of its document
// waiting, however often the work is looked at in between.
func TestOrderOutlivesAFailure(t *testing.T) {
	h := open(t)
	var heard []string
	broken := true
	h.Subscribe(event.Subscriber{Name: "ear", Kinds: []string{"thing."}, Handle: func(_ context.Context, e event.Envelope) error {
		if broken && e.Kind == "thing.made" {
			return errors.New("no server")
		}
		heard = append(heard, e.Kind)
		return nil
	}})
	h.happen(t, "a", "thing.made", "thing.used")
	h.run(t)
	h.run(t)
	if len(heard) > 0 {
		t.Fatal("ahead of what came before:", heard)
	}
	broken = false
	h.now.Add(int64(time.Minute))
	h.run(t)
	if !slices.Equal(heard, []string{"thing.made", "thing.used"}) {
		t.Fatal(heard)
	}
}

func TestDeadWorkIsShownAndTriedAgain(t *testing.T) {
	h := open(t)
	broken := true
	done := 0
	h.Subscribe(event.Subscriber{Name: "mail", Kinds: []string{"thing."}, Handle: func(context.Context, event.Envelope) error {
		if broken {
			return errors.New("no server")
		}
		done++
		return nil
	}})
	h.happen(t, "a", "thing.made")
	shown := func() (states []string) {
		list, err := h.DeadLetters(t.Context(), docstore.ScopeOf("ter_95"), call.List{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list.Items {
			states = append(states, d.State)
		}
		return states
	}
	h.run(t)
	if got := shown(); len(got) != 0 {
		t.Fatal("one failure is shown", got)
	}
	for _, want := range []string{"waiting", "dead"} {
		for range 33 {
			h.now.Add(int64(2 * time.Hour))
			h.run(t)
			if want == "waiting" && len(shown()) > 0 {
				break
			}
		}
		if got := shown(); !slices.Equal(got, []string{want}) {
			t.Fatal(got, "want", want)
		}
	}
	dead, err := h.DeadLetters(t.Context(), docstore.ScopeOf("ter_95"), call.List{})
	if err != nil || dead.Items[0].Failure != "internal" {
		t.Fatal(dead, err)
	}
	if other, err := h.DeadLetters(t.Context(), docstore.ScopeOf("ter_60"), call.List{}); err != nil || len(other.Items) != 0 {
		t.Fatal("seen from another territory", other, err)
	}
	if _, err := h.Retry(t.Context(), docstore.ScopeOf("ter_60"), dead.Items[0].ID); !fault.Is(err, fault.NotFound) {
		t.Fatal("tried again from another territory", err)
	}
	broken = false
	if _, err := h.Retry(t.Context(), docstore.ScopeOf("ter_95"), dead.Items[0].ID); err != nil {
		t.Fatal(err)
	}
	h.run(t)
	if done != 1 {
		t.Fatal(done)
	}
}

// TestWhatCannotBeSentIsDeadAtOnce: an address that is none stays none.
func TestWhatCannotBeSentIsDeadAtOnce(t *testing.T) {
	h := open(t)
	h.Subscribe(event.Subscriber{Name: "mail", Kinds: []string{"thing."}, Handle: func(context.Context, event.Envelope) error {
		return fault.New(fault.Invalid, "mail_address")
	}})
	h.happen(t, "a", "thing.made")
	h.run(t)
	list, err := h.DeadLetters(t.Context(), docstore.ScopeAll(), call.List{})
	if err != nil || len(list.Items) != 1 || list.Items[0].State != "dead" || list.Items[0].Tries != 1 {
		t.Fatal(list, err)
	}
}

// dying is an engine that stops working at the nth write.
type dying struct {
	docstore.Engine

	left int
}

var errDied = errors.New("died")

func (d *dying) tick() error {
	d.left--
	if d.left < 0 {
		return errDied
	}
	return nil
}

func (d *dying) Insert(ctx context.Context, c string, rows []docstore.Row) ([]int, error) {
	if err := d.tick(); err != nil {
		return nil, err
	}
	return d.Engine.Insert(ctx, c, rows)
}

func (d *dying) Delete(ctx context.Context, c, id string, v int64) error {
	if err := d.tick(); err != nil {
		return err
	}
	return d.Engine.Delete(ctx, c, id, v)
}

func (d *dying) Acknowledge(ctx context.Context, c, id string, names []string) error {
	if err := d.tick(); err != nil {
		return err
	}
	return d.Engine.Acknowledge(ctx, c, id, names)
}

func TestACrashBetweenAnyTwoWritesLosesNothing(t *testing.T) {
	for at := range 6 {
		h := open(t)
		h.happen(t, "a", "thing.made")
		heard := 0
		ear := event.Subscriber{Name: "ear", Kinds: []string{"thing."}, Handle: func(context.Context, event.Envelope) error {
			heard++
			return nil
		}}
		store := docstore.New(&dying{h.store.Engine(), at})
		docstore.Declare[thing](store, docstore.Spec{Name: "things"})
		first := event.New(store, time.Now)
		first.Subscribe(ear)
		_, err := first.Relay(t.Context())
		if err == nil {
			_, err = first.Work(t.Context())
		}
		h.Subscribe(ear)
		h.now.Store(time.Now().Add(time.Hour).UnixNano())
		h.run(t)
		pending, perr := h.store.Engine().Pending(t.Context(), "things", 10)
		if heard == 0 || heard > 2 || len(pending) > 0 || perr != nil {
			t.Errorf("died at write %d (%v): heard %d times, %d pending", at, err, heard, len(pending))
		}
	}
}
