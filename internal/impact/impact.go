// Package impact keeps the figures that pages show without counting: how many
// devices, applications and donations stand where, per territory. They follow
// events, so they are true within a second and cost the same at any size.
package impact

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Counter is how many of a kind are in a state in a territory; its id is
// "kind|territory|state|shard".
type Counter struct {
	docstore.Meta `json:",inline"`

	Kind      string `json:"kind"` // device, application, donation, match, delivery
	Territory string `json:"territory"`
	State     string `json:"state"`
	Count     int64  `json:"count"`
}

// place is where a document was counted last: its id is the document's. An
// event applied twice finds that it was.
type place struct {
	docstore.Meta `json:",inline"`

	Territory string `json:"territory"`
	State     string `json:"state"`
	Event     string `json:"event"`

	Donation   string `json:"donation,omitempty"`   // of a device
	Partner    string `json:"partner,omitempty"`    // that a device is kept for
	Prescriber string `json:"prescriber,omitempty"` // of an application
}

// Figures holds the counters.
type Figures struct {
	counters *docstore.Collection[Counter]
	places   *docstore.Collection[place]
	tallies  *docstore.Collection[Tally]

	donations *donation.Donations
	partners  *partner.Partners
	clock     func() time.Time

	mu     sync.Mutex // of what follows
	public Public
	summed time.Time
}

// New declares the counters.
func New(store *docstore.Store, donations *donation.Donations, partners *partner.Partners, clock func() time.Time) *Figures {
	return &Figures{
		counters: docstore.Declare[Counter](store, docstore.Spec{Name: "counters", Scoped: true}),
		places:   docstore.Declare[place](store, docstore.Spec{Name: "counted"}),
		tallies:  docstore.Declare[Tally](store, docstore.Spec{Name: "lot_figures"}),

		donations: donations, partners: partners, clock: clock,
	}
}

// kinds are the documents that are counted by the state their events name.
var kinds = []string{"device", "application", "donation", "match", "delivery"} //nolint:gochecknoglobals // a constant list

// Subscriber follows the events of what is counted.
func (f *Figures) Subscriber() event.Subscriber {
	prefixes := make([]string, len(kinds))
	for i, k := range kinds {
		prefixes[i] = k + "."
	}
	return event.Subscriber{Name: "impact", Kinds: prefixes, Handle: f.apply}
}

// states that events of each kind lead to; other events (changed, attested ...)
// move nothing.
func stateOf(kind, verb string) (string, bool) {
	if kind == "application" && verb == "released" {
		return "eligible", true
	}
	_, ok := moves[kind+"."+verb]
	return verb, ok
}

var moves = set("device", "declared received not_received refused audited locked repair harvested recycled erased ready available reserved allocated dispatched delivered returned lost", //nolint:gochecknoglobals // a constant table
	"application", "invited draft submitted eligible ineligible withdrawn offered accepted fulfilled replaced",
	"donation", "declared agreed accepted collection_planned collected reconciled closed declined cancelled",
	"match", "proposed approving offered accepted fulfilled rejected superseded declined expired released",
	"delivery", "planned booked dispatched handed_over confirmed closed_unconfirmed failed returned lost ended")

func set(pairs ...string) map[string]struct{} {
	all := map[string]struct{}{}
	for i := 0; i < len(pairs); i += 2 {
		for _, verb := range strings.Fields(pairs[i+1]) {
			all[pairs[i]+"."+verb] = struct{}{}
		}
	}
	return all
}

// apply moves one document from the counter of its old state to that of its
// new one. A crash between the writes may leave a counter one off; Rebuild,
// run by a job each night, makes it exact again.
func (f *Figures) apply(ctx context.Context, e event.Envelope) error {
	kind, verb, _ := strings.Cut(e.Kind, ".")
	state, moved := stateOf(kind, verb)
	if !moved && (kind != "application" || e.Data["prescriber"] == "") {
		return nil
	}
	fresh := &place{Meta: docstore.Meta{ID: e.Document}}
	if _, _, err := f.places.Create(ctx, fresh); err != nil {
		return err
	}
	var from, to string
	var was, is place
	_, err := f.places.Update(ctx, e.Document, func(p *place) error {
		from, to = "", ""
		if p.Event == e.ID || !newer(e.ID, p.Event) {
			return docstore.Unchanged
		}
		if !moved && (p.State == "" || p.Prescriber == e.Data["prescriber"]) {
			return docstore.Unchanged
		}
		if p.State != "" {
			from = counterID(kind, p.Territory, p.State, e.Document)
		}
		was = *p
		if moved {
			p.State = state
		}
		p.Territory, p.Event = e.Territory, e.ID
		p.Donation, p.Partner, p.Prescriber = e.Data["donation"], e.Data["partner"], e.Data["prescriber"]
		is = *p
		to = counterID(kind, p.Territory, p.State, e.Document)
		return nil
	})
	if err != nil || to == "" {
		return err
	}
	if err := f.follow(ctx, was, is, e.At.Time()); err != nil {
		return err
	}
	if from == to {
		return nil
	}
	if err := f.add(ctx, to, 1); err != nil || from == "" {
		return err
	}
	return f.add(ctx, from, -1)
}

// newer compares the versions within event names "document:version:ordinal".
func newer(a, b string) bool {
	if b == "" {
		return true
	}
	return sequence(a) > sequence(b)
}

func sequence(name string) int64 {
	parts := strings.Split(name, ":")
	if len(parts) < 3 {
		return 0
	}
	version, _ := strconv.ParseInt(parts[len(parts)-2], 10, 64)
	ordinal, _ := strconv.ParseInt(parts[len(parts)-1], 10, 64)
	return version<<16 | ordinal
}

// shards spread the writes of a busy counter.
const shards = 8

func counterID(kind, territory, state, document string) string {
	shard := 0
	for _, b := range []byte(document) {
		shard = (shard*31 + int(b)) % shards
	}
	return strings.Join([]string{kind, territory, state, strconv.Itoa(shard)}, "|")
}

func (f *Figures) add(ctx context.Context, id string, by int64) error {
	_, made, err := f.counters.Create(ctx, counter(id, by))
	if err != nil || made {
		return err
	}
	_, err = f.counters.Update(ctx, id, func(c *Counter) error {
		c.Count += by
		return nil
	})
	return err
}

func counter(id string, count int64) *Counter {
	parts := strings.Split(id, "|")
	return &Counter{Meta: docstore.Meta{ID: id}, Kind: parts[0], Territory: parts[1], State: parts[2], Count: count}
}

// Rebuild recounts everything from where each document was counted last.
func (f *Figures) Rebuild(ctx context.Context) error {
	exact, tallies := map[string]int64{}, map[string]map[string]int64{}
	err := f.places.Each(ctx, docstore.Query{}, func(p *place) error {
		if kind, ok := kindOf(p.ID); ok && p.State != "" {
			exact[counterID(kind, p.Territory, p.State, p.ID)]++
			for _, id := range p.tallies() {
				if tallies[id] == nil {
					tallies[id] = map[string]int64{}
				}
				tallies[id][p.tallied()]++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = f.counters.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(c *Counter) error {
		if _, counted := exact[c.ID]; !counted {
			exact[c.ID] = 0
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id, count := range exact {
		if err := f.set(ctx, id, count); err != nil {
			return err
		}
	}
	return f.rebuildTallies(ctx, tallies)
}

func (f *Figures) set(ctx context.Context, id string, count int64) error {
	_, made, err := f.counters.Create(ctx, counter(id, count))
	if err != nil || made {
		return err
	}
	_, err = f.counters.Update(ctx, id, func(c *Counter) error {
		if c.Count == count {
			return docstore.Unchanged
		}
		c.Count = count
		return nil
	})
	return err
}

// kindOf tells what a document is by its id's prefix.
func kindOf(document string) (string, bool) {
	prefix, _, _ := strings.Cut(document, "_")
	kind, ok := map[string]string{
		id.Device: "device", id.Application: "application", id.Donation: "donation", id.Match: "match", id.Delivery: "delivery",
	}[prefix]
	return kind, ok
}

// Counts are figures by kind and state.
type Counts map[string]map[string]int64

// in sums the counters that a scope sees; a few dozen documents a territory.
func (f *Figures) in(ctx context.Context, scope docstore.Scope) (Counts, error) {
	counts := Counts{}
	for _, kind := range kinds {
		counts[kind] = map[string]int64{}
	}
	return counts, f.counters.Each(ctx, docstore.Query{Scope: scope}, func(c *Counter) error {
		counts[c.Kind][c.State] += c.Count
		return nil
	})
}

// Public is what anyone may know.
type Public struct {
	Delivered int `json:"delivered"` // devices handed over
	Waiting   int `json:"waiting"`   // applications without a device yet
	Devices   int `json:"devices"`   // devices received so far
	Companies int `json:"donations"` // donations taken
}

// summedFor is how old the figures of the home page may be: they sum all
// territories, and anybody may ask for them at any rate.
const summedFor = 5 * time.Second

// Public gives the figures of the home page.
func (f *Figures) Public(ctx context.Context, _ people.Actor, _ struct{}) (Public, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.clock(); now.Sub(f.summed) > summedFor {
		fresh, err := f.sum(ctx)
		if err != nil {
			return Public{}, err
		}
		f.public, f.summed = fresh, now
	}
	return f.public, nil
}

func (f *Figures) sum(ctx context.Context) (Public, error) {
	c, err := f.in(ctx, people.System().Desk())
	if err != nil {
		return Public{}, err
	}
	return Public{
		Delivered: int(c.sum("device", "delivered")),
		Waiting:   int(c.sum("application", "submitted", "eligible", "offered")),
		Devices: int(c.sum("device", "received", "audited", "locked", "repair", "harvested", "erased", "ready", "available",
			"reserved", "allocated", "dispatched", "delivered", "returned")),
		Companies: int(c.sum("donation", "agreed", "accepted", "collection_planned", "collected", "reconciled", "closed")),
	}, nil
}

func (c Counts) sum(kind string, states ...string) (n int64) {
	for _, s := range states {
		n += c[kind][s]
	}
	return max(n, 0)
}

// DeskFigures is what a coordinator sees first: every count by kind and state.
type DeskFigures struct {
	Counts []StateCount `json:"counts"`
}

// StateCount is one counter.
type StateCount struct {
	Kind  string `json:"kind"`
	State string `json:"state"`
	Count int64  `json:"count"`
}

// Desk gives the figures of the actor's territories.
func (f *Figures) Desk(ctx context.Context, actor people.Actor, _ struct{}) (DeskFigures, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return DeskFigures{}, err
	}
	c, err := f.in(ctx, actor.Desk())
	figures := DeskFigures{Counts: []StateCount{}}
	for _, kind := range kinds {
		for state, n := range c[kind] {
			figures.Counts = append(figures.Counts, StateCount{kind, state, n})
		}
	}
	return figures, err
}
