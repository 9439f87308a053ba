package application

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// reference keeps what is said on the phone to one application: its id is the
// code.
type reference struct {
	docstore.Meta `json:",inline"`

	Application string `json:"application"`
}

// Applications holds the applications and what deciding on them needs.
type Applications struct {
	docs       *docstore.Collection[Application]
	grids      *docstore.Collection[Grid]
	scorings   *docstore.Collection[scoring]
	references *docstore.Collection[reference]
	shares     *docstore.Collection[share]
	people     *people.People
	partners   *partner.Partners
	places     *place.Gazetteer
	events     *event.Log
	box        *seal.Box
	clock      func() time.Time
}

// New declares the collections of applications and grids.
func New(store *docstore.Store, p *people.People, partners *partner.Partners, places *place.Gazetteer,
	events *event.Log, box *seal.Box, clock func() time.Time,
) *Applications {
	return &Applications{
		docs:       docstore.Declare[Application](store, Spec()),
		grids:      docstore.Declare[Grid](store, GridSpec()),
		scorings:   docstore.Declare[scoring](store, docstore.Spec{Name: "scorings"}),
		references: docstore.Declare[reference](store, docstore.Spec{Name: "reference_codes"}),
		shares:     docstore.Declare[share](store, docstore.Spec{Name: "shares"}),
		people:     p, partners: partners, places: places, events: events, box: box, clock: clock,
	}
}

// Find reads an application as stored, without opening anything.
func (a *Applications) Find(ctx context.Context, id string) (*Application, error) {
	return a.docs.Get(ctx, id)
}

// FindMany reads applications in the order of their ids; those that do not
// exist are nil.
func (a *Applications) FindMany(ctx context.Context, ids []string) ([]*Application, error) {
	return a.docs.GetMany(ctx, ids)
}

// Waits tells whether a round may serve it.
func (app *Application) Waits() bool {
	return app.State == Eligible && !app.HeldBy("") && app.Match == ""
}

// EachEligible walks what a round may serve in a territory: eligible, without
// a hold.
func (a *Applications) EachEligible(ctx context.Context, territory string, do func(*Application) error) error {
	return a.docs.Each(ctx, docstore.Query{
		Scope: people.System().Within(territory), Index: "state", Equal: []docstore.In{docstore.Is(string(Eligible))},
	}, func(app *Application) error {
		if !app.Waits() {
			return nil
		}
		return do(app)
	})
}

// Each walks every application; for checks.
func (a *Applications) Each(ctx context.Context, do func(*Application) error) error {
	return a.docs.Each(ctx, docstore.Query{Scope: people.System().Desk()}, do)
}

// OfHousehold lists the applications of a declared household.
func (a *Applications) OfHousehold(ctx context.Context, household string) ([]*Application, error) {
	if household == "" {
		return nil, nil
	}
	page, err := a.docs.Find(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "household", Equal: []docstore.In{docstore.Is(household)},
	}, nil)
	return page.Items, err
}

// letters of references: no digit or letter that is taken for another.
const letters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// newReference reserves "K7F-3Q2" for an application.
func (a *Applications) newReference(ctx context.Context, id string) (string, error) {
	for range 20 {
		raw := make([]byte, 6)
		_, _ = rand.Read(raw) // never fails: the process ends where there is no randomness
		for i, b := range raw {
			raw[i] = letters[int(b)%len(letters)]
		}
		code := string(raw[:3]) + "-" + string(raw[3:])
		_, made, err := a.references.Create(ctx, &reference{Meta: docstore.Meta{ID: code}, Application: id})
		if err != nil {
			return "", err
		}
		if made {
			return code, nil
		}
	}
	return "", fault.New(fault.Unavailable, "busy")
}

// rate scores an application under the grid in force and sets its place in
// lists.
func (a *Applications) rate(ctx context.Context, app *Application) error {
	grid, err := a.CurrentGrid(ctx)
	if err != nil {
		return err
	}
	app.rate(grid, a.clock())
	return nil
}

func (app *Application) rate(grid Grid, now time.Time) {
	score := Rate(grid, app.Need, app.Level, app.Submitted.Time(), now)
	app.Score = &score
	app.Priority = Priority(score, app.Submitted)
}

// rules are those of the application's country.
func rules(code string) (country.Rules, error) {
	r, ok := country.Get(code)
	if !ok {
		return r, fault.New(fault.Internal, "internal")
	}
	return r, nil
}

// terms are the hashed words an application is found by: names, contacts and
// the reference; nothing readable stands in the index.
func (a *Applications) terms(app *Application, s identity) []string {
	words := append(strings.Fields(s.FirstName), strings.Fields(s.LastName)...)
	terms := make([]string, 0, len(words)+4)
	add := func(kind, value string) {
		if h := a.box.Lookup(kind, value); h != "" {
			terms = append(terms, h)
		}
	}
	for _, w := range words {
		add(seal.Name, w)
	}
	add("reference", plainReference(app.Reference))
	add("email", s.Email)
	add(seal.Phone, s.Phone)
	add(seal.Person, s.FirstName+" "+s.LastName+" "+s.BirthDate)
	if app.Joins != "" {
		terms = append(terms, joinsTerm(app.Joins))
	}
	for _, owner := range app.Owners {
		terms = append(terms, ownerTerm(owner))
	}
	return terms
}

func plainReference(s string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(s))
}

// identity is who an application is for, in clear, on its way to being sealed.
type identity struct {
	FirstName, LastName, Email, Phone, BirthDate string
}
