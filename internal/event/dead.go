package event

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Dead is a piece of work that failed again and again: dead, or waiting for
// its next try.
type Dead struct {
	call.Tag
	State      string    `json:"state"` // waiting, dead
	Subscriber string    `json:"subscriber"`
	Document   string    `json:"document"`
	Kind       string    `json:"kind"`
	Tries      int       `json:"tries"`
	Failure    string    `json:"failure"`
	Since      time.Time `json:"since"`
}

// shownAfter is how often work fails before the desk sees it: once or twice is
// a server that was slow.
const shownAfter = 3

// DeadLetters lists the work of a scope that is dead or close to it.
func (l *Log) DeadLetters(ctx context.Context, scope docstore.Scope, list call.List) (call.Page[Dead], error) {
	found, err := l.tasks.Find(ctx,
		docstore.Query{Index: "due", Equal: []docstore.In{{"dead", "waiting"}}, After: list.After, Limit: list.Limit},
		func(t *task) bool { return scope.Sees(t.Territory) && (t.State == "dead" || t.Tries >= shownAfter) })
	page := call.Page[Dead]{Items: []Dead{}, Next: found.Next}
	for _, t := range found.Items {
		page.Items = append(page.Items, t.dead())
	}
	return page, err
}

func (t *task) dead() Dead {
	return Dead{
		Tag: call.Tag{ID: t.ID, Version: t.Version}, State: t.State, Subscriber: t.Subscriber, Document: t.Document, Kind: t.Kind,
		Tries: t.Tries, Failure: t.Failure, Since: t.Created.Time(),
	}
}

// Retry lets work be tried again at once.
func (l *Log) Retry(ctx context.Context, scope docstore.Scope, id string) (Dead, error) {
	t, err := l.tasks.Update(ctx, id, func(t *task) error {
		if !scope.Sees(t.Territory) {
			return fault.New(fault.NotFound, "not_found")
		}
		if t.Subscriber == relayed {
			return docstore.Unchanged
		}
		t.State, t.Tries, t.Due = "waiting", 0, docstore.At(l.clock())
		return nil
	})
	if err == nil && t.Subscriber == relayed {
		err = l.putBack(ctx, t)
		t.State = "waiting"
	}
	if err != nil {
		return Dead{}, err
	}
	l.Nudge()
	return t.dead(), nil
}
