// Package event carries what happened out of the documents in which it was
// written: into the audit trail, and to whoever must act on it. At least once
// to each, in order for a document, and never lost: what fails again and again
// is put aside for a coordinator to see.
package event

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Envelope is one thing that happened, as the trail keeps it. Its id is
// "document:version:ordinal", so that carrying it twice stores it once.
type Envelope struct {
	docstore.Meta `json:",inline"`

	Collection string            `json:"collection"`
	Document   string            `json:"document"`
	Territory  string            `json:"territory,omitempty"`
	Kind       string            `json:"kind"`
	Actor      string            `json:"actor,omitempty"`
	Cause      string            `json:"cause,omitempty"`
	Data       map[string]string `json:"data,omitempty"`
	At         docstore.Millis   `json:"at"`
}

// Subscriber acts on kinds of events. Handle may be called again with the same
// envelope and must then do nothing new.
type Subscriber struct {
	Name   string
	Kinds  []string // "match.offered", or "match." for all of a document
	Handle func(context.Context, Envelope) error
}

func (s Subscriber) hears(kind string) bool {
	return slices.ContainsFunc(s.Kinds, func(k string) bool {
		return k == kind || strings.HasSuffix(k, ".") && strings.HasPrefix(kind, k) || k == "*"
	})
}

// task is one subscriber's work on one event, kept until it is done.
type task struct {
	docstore.Meta `json:",inline"`

	State      string          `json:"state"` // waiting, dead
	Subscriber string          `json:"subscriber"`
	Document   string          `json:"document"`
	Line       string          `json:"line"`  // subscriber and document: these keep their order
	Place      int64           `json:"place"` // of the event in the document's life
	Event      string          `json:"event"`
	Territory  string          `json:"territory"`
	Kind       string          `json:"kind"`
	Tries      int             `json:"tries"`
	Failure    string          `json:"failure,omitempty"` // code alone, nothing personal
	Due        docstore.Millis `json:"due"`
	Created    docstore.Millis `json:"created"`
}

// Log is the trail, and the work that follows from it.
type Log struct {
	store       *docstore.Store
	events      *docstore.Collection[Envelope]
	tasks       *docstore.Collection[task]
	subscribers []Subscriber
	clock       func() time.Time
	nudge       chan struct{}
}

// New declares the trail.
func New(store *docstore.Store, clock func() time.Time) *Log {
	return &Log{
		store: store,
		events: docstore.Declare[Envelope](store, docstore.Spec{Name: "events", Indexes: []docstore.Index{
			{Name: "document", Equal: []string{"document"}, Order: "at"},
			{Name: "recent", Order: "at", Desc: true},
		}}),
		tasks: docstore.Declare[task](store, docstore.Spec{Name: "tasks", Indexes: []docstore.Index{
			{Name: "due", Equal: []string{"state"}, Order: "due"},
			{Name: "work", Equal: []string{"subscriber", "state"}, Order: "due"},
			{Name: "line", Equal: []string{"line", "state"}, Order: "place"},
		}}),
		clock: clock, nudge: make(chan struct{}, 1),
	}
}

// Subscribers names those who act on events, for the jobs that let them.
func (l *Log) Subscribers() []string {
	names := make([]string, len(l.subscribers))
	for i, s := range l.subscribers {
		names[i] = s.Name
	}
	return names
}

// Subscribe adds a subscriber; before the relay runs.
func (l *Log) Subscribe(s Subscriber) { l.subscribers = append(l.subscribers, s) }

// Nudge wakes the relay after a write in this process.
func (l *Log) Nudge() {
	select {
	case l.nudge <- struct{}{}:
	default:
	}
}

// Nudged is signalled after Nudge.
func (l *Log) Nudged() <-chan struct{} { return l.nudge }

// Line is one line of a document's trail.
type Line struct {
	Kind  string    `json:"kind"`
	Actor string    `json:"actor,omitempty"`
	Cause string    `json:"cause,omitempty"`
	At    time.Time `json:"at"`
}

// History gives the trail of a document, oldest first. The caller has settled
// that the reader may see the document.
func (l *Log) History(ctx context.Context, document string, list call.List) (call.Page[Line], error) {
	found, err := l.events.Find(ctx, docstore.Query{
		Index: "document", Equal: []docstore.In{docstore.Is(document)}, After: list.After, Limit: list.Limit,
	}, nil)
	page := call.Page[Line]{Items: []Line{}, Next: found.Next}
	for _, e := range found.Items {
		page.Items = append(page.Items, Line{Kind: e.Kind, Actor: e.Actor, Cause: e.Cause, At: e.At.Time()})
	}
	return page, err
}

// Note writes a line that no change of a document carries: that somebody
// looked. Its id is given by who, what and the minute, so that a page that asks
// twice leaves one line.
func (l *Log) Note(ctx context.Context, kind, document, territory, actor string) error {
	now := l.clock()
	e := &Envelope{
		Meta:     docstore.Meta{ID: document + ":" + kind + ":" + actor + ":" + now.UTC().Format("200601021504")},
		Document: document, Territory: territory, Kind: kind, Actor: actor, At: docstore.At(now),
	}
	_, _, err := l.events.Create(ctx, e)
	return err
}
