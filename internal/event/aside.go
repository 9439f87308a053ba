package event

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
)

// The events of one document keep their order, so that an outbox that cannot be
// carried is set aside whole, and with it what the document records later. It is
// a dead letter of the relay until somebody has mended it and asks again.

// relayed stands for a subscriber in the dead letters of the relay.
const relayed = "relay"

// noteAside makes the dead letter of an outbox, or counts one more try in it:
// that keeps it where somebody asks again at the same moment.
func (l *Log) noteAside(ctx context.Context, p docstore.Pending) error {
	now := docstore.At(l.clock())
	letter, made, err := l.tasks.Create(ctx, &task{
		Meta: docstore.Meta{ID: relayed + ":" + p.Collection + ":" + p.ID}, State: "dead", Subscriber: relayed, Document: p.ID,
		Line: relayed + ":" + p.ID, Territory: l.territoryOf(ctx, p), Kind: p.Collection, Tries: 1, Failure: "unreadable", Due: now, Created: now,
	})
	if err != nil || made {
		return err
	}
	_, err = l.tasks.Update(ctx, letter.ID, func(t *task) error {
		t.Tries++
		return nil
	})
	return err
}

// territoryOf tells whose desk looks after a document; where it does not say,
// administrators see it.
func (l *Log) territoryOf(ctx context.Context, p docstore.Pending) string {
	var where struct {
		Territory string `json:"territory"`
	}
	if err := l.store.Engine().Get(ctx, p.Collection, p.ID, &where); err != nil {
		return ""
	}
	return where.Territory
}

// putBack lets the relay try an outbox again: it is listed, then its letter
// goes, unless the relay found it unreadable meanwhile.
func (l *Log) putBack(ctx context.Context, t *task) error {
	if err := l.store.Engine().PutBack(ctx, t.Kind, t.Document); err != nil {
		return err
	}
	err := l.tasks.Delete(ctx, t)
	if fault.Is(err, fault.Stale) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Check names the documents whose events were set aside.
func (l *Log) Check(ctx context.Context, a *lifecycle.Audit) error {
	return l.tasks.Each(ctx, docstore.Query{
		Index: "work", Equal: []docstore.In{docstore.Is(relayed), docstore.Is("dead")},
	}, func(t *task) error {
		a.Say("outbox", t.Document, "its events cannot be read and are set aside")
		return nil
	})
}
