package event

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

const (
	relayBatch = 100
	taskBatch  = 100
	mostTries  = 34 // about a day
	firstWait  = 2 * time.Second
	longest    = time.Hour
)

// Relay carries every outbox once around: into the trail, into tasks for its
// subscribers, then off the document. A crash between any two of these repeats
// them under the same ids. It tells how many events it carried. What cannot be
// carried keeps no other document's events.
func (l *Log) Relay(ctx context.Context) (carried int, err error) {
	for _, spec := range l.store.Specs() {
		n, failed := l.relay(ctx, spec.Name)
		carried, err = carried+n, errors.Join(err, failed)
	}
	return carried, err
}

func (l *Log) relay(ctx context.Context, collection string) (carried int, err error) {
	for {
		pending, err := l.store.Engine().Pending(ctx, collection, relayBatch)
		if err != nil {
			return carried, err
		}
		var failed error
		for _, p := range pending {
			if err := l.carryOrSetAside(ctx, p); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			carried += len(p.Records)
		}
		if failed != nil || len(pending) < relayBatch {
			return carried, failed
		}
	}
}

// carryOrSetAside carries an outbox. One that cannot be read, or that the trail
// refuses for what it says, would be in the way at every turn: it stays in its
// document, out of the line, and the desk is told.
func (l *Log) carryOrSetAside(ctx context.Context, p docstore.Pending) error {
	err := p.Unreadable
	if err == nil {
		err = l.carry(ctx, p)
	}
	if p.Unreadable == nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
		return err
	}
	if err := l.noteAside(ctx, p); err != nil {
		return err
	}
	return l.store.Engine().SetAside(ctx, p.Collection, p.ID)
}

func (l *Log) carry(ctx context.Context, p docstore.Pending) error {
	envelopes := make([]*Envelope, len(p.Records))
	var tasks []*task
	for i, r := range p.Records {
		e := &Envelope{
			Meta: docstore.Meta{ID: p.Names[i]}, Collection: p.Collection, Document: p.ID, Territory: r.Data["territory"],
			Kind: r.Kind, Actor: r.Actor, Cause: r.Cause, Data: r.Data, At: r.At,
		}
		envelopes[i] = e
		tasks = append(tasks, l.tasksOf(e)...)
	}
	if _, err := l.events.InsertMany(ctx, envelopes); err != nil {
		return err
	}
	if len(tasks) > 0 {
		if _, err := l.tasks.InsertMany(ctx, tasks); err != nil {
			return err
		}
	}
	return l.store.Engine().Acknowledge(ctx, p.Collection, p.ID, p.Names)
}

func (l *Log) tasksOf(e *Envelope) []*task {
	var tasks []*task
	now := docstore.At(l.clock())
	for _, s := range l.subscribers {
		if s.hears(e.Kind) {
			tasks = append(tasks, &task{
				Meta: docstore.Meta{ID: s.Name + ":" + e.ID}, State: "waiting", Subscriber: s.Name, Document: e.Document,
				Line: s.Name + ":" + e.Document, Place: placeOf(e.ID), Event: e.ID, Territory: e.Territory, Kind: e.Kind, Due: now, Created: now,
			})
		}
	}
	return tasks
}

// Work lets every subscriber do what is due. It tells how many tasks are done.
func (l *Log) Work(ctx context.Context) (done int, err error) {
	for _, name := range l.Subscribers() {
		n, failed := l.WorkOf(ctx, name)
		done, err = done+n, errors.Join(err, failed)
	}
	return done, err
}

// enough failures in a row, and a subscriber's page is put off: a server that
// is down would hold each task for its whole time-out.
const enough = 3

// WorkOf does one subscriber's tasks that are due. One that fails waits and
// lets the others pass, save those on the same document, which keep their
// order. It tells how many are done.
func (l *Log) WorkOf(ctx context.Context, subscriber string) (done int, err error) {
	page, err := l.tasks.Find(ctx, docstore.Query{
		Index: "work", Equal: []docstore.In{docstore.Is(subscriber), docstore.Is("waiting")},
		To: int64(docstore.At(l.clock())) + 1, Limit: taskBatch,
	}, nil)
	if err != nil {
		return 0, err
	}
	failures := 0
	for _, t := range page.Items {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		waits, err := l.behind(ctx, t)
		if err != nil {
			return done, err
		}
		if waits {
			continue
		}
		if err := l.work(ctx, t); err != nil {
			if err := l.postpone(ctx, t, err); err != nil {
				return done, err
			}
			if failures++; failures == enough {
				break
			}
			continue
		}
		failures = 0
		done++
	}
	return done, nil
}

// behind tells a task that must wait for an earlier one of the same line, and
// lets it wait as long as that one does.
func (l *Log) behind(ctx context.Context, t *task) (bool, error) {
	first, err := l.tasks.Find(ctx, docstore.Query{
		Index: "line", Equal: []docstore.In{docstore.Is(t.Line), docstore.Is("waiting")}, Limit: 1,
	}, nil)
	if err != nil || len(first.Items) == 0 || first.Items[0].Place >= t.Place {
		return false, err
	}
	due := first.Items[0].Due
	if due <= t.Due {
		return true, nil // it comes before this one on its own
	}
	_, err = l.tasks.Update(ctx, t.ID, func(t *task) error {
		t.Due = due
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return true, err
}

// placeOf reads an event's place in its document's life from its name,
// "document:version:ordinal".
func placeOf(event string) int64 {
	parts := strings.Split(event, ":")
	if len(parts) < 3 {
		return 0
	}
	version, _ := strconv.ParseInt(parts[len(parts)-2], 10, 64)
	ordinal, _ := strconv.ParseInt(parts[len(parts)-1], 10, 64)
	return version<<16 | ordinal
}

func (l *Log) work(ctx context.Context, t *task) error {
	e, err := l.events.Get(ctx, t.Event)
	if err != nil {
		return err
	}
	for _, s := range l.subscribers {
		if s.Name != t.Subscriber {
			continue
		}
		if err := s.Handle(ctx, *e); err != nil {
			return err
		}
	}
	err = l.tasks.Delete(ctx, t)
	if fault.Is(err, fault.Stale) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// postpone waits longer after each failure; after mostTries the task is dead,
// shown at the desk, and may be tried again by hand. What is refused for what
// it says is dead at once: time does not mend it.
func (l *Log) postpone(ctx context.Context, t *task, failure error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	_, err := l.tasks.Update(ctx, t.ID, func(t *task) error {
		t.Tries++
		t.Failure = fault.CodeOf(failure)
		wait := min(firstWait<<min(t.Tries-1, 20), longest)
		t.Due = docstore.At(l.clock().Add(wait))
		if t.Tries >= mostTries || fault.Is(failure, fault.Invalid) {
			t.State = "dead"
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
