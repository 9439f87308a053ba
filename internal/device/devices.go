package device

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Options tune the bench.
type Options struct {
	TwoTechnicians bool // who releases must not be who erased
}

// label keeps the short code on a sticker to one device; its id is the code.
type label struct {
	docstore.Meta `json:",inline"`

	Device string `json:"device"`
}

// Devices holds the devices and their labels.
type Devices struct {
	docs     *docstore.Collection[Device]
	labels   *docstore.Collection[label]
	partners *partner.Partners
	clock    func() time.Time
	options  Options
}

// New declares the collections of devices.
func New(store *docstore.Store, p *partner.Partners, clock func() time.Time, o Options) *Devices {
	return &Devices{
		docs:     docstore.Declare[Device](store, Spec()),
		labels:   docstore.Declare[label](store, docstore.Spec{Name: "labels"}),
		partners: p, clock: clock, options: o,
	}
}

// step is a change of state and the event it is: "device.<verb>".
type step struct {
	to    State
	actor people.Actor
	at    time.Time
	cause string
}

// take changes the state where the life cycle allows it, keeps the change in
// the history and records the event, named after the state.
func (d *Device) take(s step) error {
	if err := Steps.Check(d.State, s.to); err != nil {
		return err
	}
	d.enter(s)
	return nil
}

func (d *Device) enter(s step) {
	at := docstore.At(s.at)
	from := d.State
	d.History = append(d.History, Change{From: from, To: s.to, At: at, Actor: s.actor.Name(), Cause: s.cause})
	d.State, d.Since = s.to, at
	d.tell(string(s.to), s)
}

func (d *Device) tell(verb string, s step) {
	data := map[string]string{"device": d.ID, "territory": d.Territory, "donation": d.Donation}
	if from := d.History[len(d.History)-1].From; from != "" {
		data["from"] = string(from)
	}
	if d.Match != "" {
		data["match"] = d.Match
	}
	if d.Earmark.Kind == "partner" {
		data["partner"] = d.Earmark.ID
	}
	d.Record(docstore.Record{Kind: "device." + verb, Actor: s.actor.Name(), At: docstore.At(s.at), Cause: s.cause, Data: data})
}

// atBench is the scope of those who handle devices.
func atBench(actor people.Actor) docstore.Scope {
	return actor.Scope(people.Technician, people.Coordinator, people.Administrator)
}

// handle runs one change of the bench on one device: access, version, change.
func (s *Devices) handle(ctx context.Context, actor people.Actor, id string, version int64, change func(*Device) error) (View, error) {
	if err := actor.Must(people.Technician, people.Coordinator, people.Administrator); err != nil {
		return View{}, err
	}
	d, err := s.docs.Update(ctx, id, func(d *Device) error {
		if err := people.MustSee(atBench(actor), d.Territory); err != nil {
			return err
		}
		if err := docstore.IfVersion(d.Version, version); err != nil {
			return err
		}
		return change(d)
	})
	if err != nil {
		return View{}, err
	}
	return s.view(d), nil
}

// step makes the step of an actor now.
func (s *Devices) step(to State, actor people.Actor, cause string) step {
	return step{to: to, actor: actor, at: s.clock(), cause: cause}
}

// Find reads a device as stored; for other features.
func (s *Devices) Find(ctx context.Context, id string) (*Device, error) { return s.docs.Get(ctx, id) }

// FindMany reads devices in the order of their ids; those that do not exist are
// nil.
func (s *Devices) FindMany(ctx context.Context, ids []string) ([]*Device, error) {
	return s.docs.GetMany(ctx, ids)
}

// Each walks every device; for checks.
func (s *Devices) Each(ctx context.Context, do func(*Device) error) error {
	return s.docs.Each(ctx, docstore.Query{Scope: people.System().Desk()}, do)
}

// EachIn walks the devices of the product in these states; for rounds, checks
// and sagas.
func (s *Devices) EachIn(ctx context.Context, states []State, do func(*Device) error) error {
	for _, state := range states {
		q := docstore.Query{Scope: people.System().Desk(), Index: "state", Equal: []docstore.In{docstore.Is(string(state))}}
		if err := s.docs.Each(ctx, q, do); err != nil {
			return err
		}
	}
	return nil
}

// Available walks what a round may give in a territory.
func (s *Devices) Available(ctx context.Context, territory string, do func(*Device) error) error {
	return s.docs.Each(ctx, docstore.Query{
		Scope: people.System().Within(territory), Index: "state", Equal: []docstore.In{docstore.Is(string(Available))},
	}, do)
}

// AvailableAtLeast tells whether a round may give so many in a territory.
func (s *Devices) AvailableAtLeast(ctx context.Context, territory string, n int) (bool, error) {
	found, more, err := s.docs.Count(ctx, docstore.Query{
		Scope: people.System().Within(territory), Index: "state", Equal: []docstore.In{docstore.Is(string(Available))},
	}, n)
	return found >= n || more, err
}

// letters of labels: no digit or letter that is taken for another.
const letters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// newLabel reserves a code for a device: "PA-7F3K2". The device's own earlier
// reservation is found again by trying what is stored first.
func (s *Devices) newLabel(ctx context.Context, deviceID string) (string, error) {
	for range 20 {
		code := "PA-" + draw(5)
		kept, made, err := s.labels.Create(ctx, &label{Meta: docstore.Meta{ID: code}, Device: deviceID})
		if err != nil {
			return "", err
		}
		if made || kept.Device == deviceID {
			return code, nil
		}
	}
	return "", fault.New(fault.Unavailable, "busy")
}

func draw(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: the process ends where there is no randomness
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return string(raw)
}

// Normal folds a serial number or tag as people type it: case and anything but
// letters and digits do not count.
func Normal(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// index refreshes the search words of a device.
func (d *Device) index() {
	d.Terms = d.Terms[:0]
	for _, s := range []string{d.Serial, d.AssetTag, d.Label} {
		if n := Normal(s); n != "" && !slices.Contains(d.Terms, n) {
			d.Terms = append(d.Terms, n)
		}
	}
	for _, word := range strings.Fields(d.Specs.Manufacturer + " " + d.Specs.Model) {
		if n := Normal(word); n != "" && !slices.Contains(d.Terms, n) {
			d.Terms = append(d.Terms, n)
		}
	}
}
