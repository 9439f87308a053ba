package people

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// AddStaff gives somebody a role.
type AddStaff struct {
	Email        string   `json:"email" validate:"required,email,max=200"`
	FirstName    string   `json:"first_name" validate:"required,name,max=80"`
	LastName     string   `json:"last_name" validate:"required,name,max=80"`
	Role         Role     `json:"role" validate:"required,oneof=prescriber technician greeter coordinator partner administrator"`
	Territories  []string `json:"territories,omitempty" validate:"max=200,dive,max=40"`
	Organisation string   `json:"organisation,omitempty" validate:"max=40"`
	Lang         string   `json:"lang,omitempty" validate:"omitempty,oneof=fr en ar"`
}

// PersonView is an account as its administrators read it.
type PersonView struct {
	call.Tag
	FirstName string  `json:"first_name"`
	LastName  string  `json:"last_name"`
	Email     string  `json:"email"`
	Lang      string  `json:"lang"`
	Grants    []Grant `json:"grants"`
	Disabled  bool    `json:"disabled"`
}

// AddStaff adds a role to an account, made when new. Administrators grant
// anything; coordinators grant prescribers, technicians and greeters within
// their own territories: nobody grants beyond what they hold.
func (p *People) AddStaff(ctx context.Context, actor Actor, req AddStaff) (PersonView, error) {
	if err := mayGrant(actor, req); err != nil {
		return PersonView{}, err
	}
	contact := Contact{FirstName: req.FirstName, LastName: req.LastName, Email: req.Email, Lang: req.Lang}
	grant := Grant{Role: req.Role, Territories: req.Territories, Organisation: req.Organisation}
	if err := p.isNew(ctx, contact, grant); err != nil {
		return PersonView{}, err
	}
	person, err := p.ensure(ctx, contact, grant, actor.Name())
	if err != nil {
		return PersonView{}, err
	}
	return p.view(ctx, person)
}

// isNew refuses what an account holds already, and an address under which
// somebody else is known: a slip in it would let a stranger in.
func (p *People) isNew(ctx context.Context, c Contact, g Grant) error {
	owner, err := p.Find(ctx, c.Email)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	person, err := p.persons.Get(ctx, owner)
	if fault.Is(err, fault.NotFound) { // an account that was never finished
		return nil
	}
	if err != nil {
		return err
	}
	known, err := p.read(ctx, person)
	switch {
	case err != nil:
		return err
	case !sameName(known, c):
		return taken("other_person")
	case person.has(g):
		return taken("in_team")
	default:
		return nil
	}
}

// taken is the refusal of an address that somebody has here.
func taken(code string) error {
	refused := fault.New(fault.Conflict, "person_known")
	refused.Fields = []fault.Field{{Path: "email", Code: code}}
	return refused
}

func sameName(a, b Contact) bool {
	fold := func(c Contact) string { return place.Fold(c.FirstName + " " + c.LastName) }
	return fold(a) == fold(b)
}

func mayGrant(actor Actor, req AddStaff) error {
	if actor.Has(Administrator) {
		return nil
	}
	if err := actor.Must(Coordinator); err != nil {
		return err
	}
	if !within(actor, Grant{Role: req.Role, Territories: req.Territories}) {
		return fault.New(fault.Forbidden, "grant_beyond")
	}
	return nil
}

// within tells whether a coordinator may give or end a role.
func within(actor Actor, g Grant) bool {
	if !slices.Contains([]Role{PrescriberOf, Technician, Greeter}, g.Role) || len(g.Territories) == 0 {
		return false
	}
	return !slices.ContainsFunc(g.Territories, func(t string) bool { return !actor.Desk().Sees(t) })
}

// manages tells whether the actor may read and disable an account: those whose
// every role they could have given.
func manages(actor Actor, person *Person) bool {
	if actor.Has(Administrator) {
		return true
	}
	return len(person.Grants) > 0 && !slices.ContainsFunc(person.Grants, func(g Grant) bool { return !within(actor, g) })
}

func (p *People) view(ctx context.Context, person *Person) (PersonView, error) {
	c, err := p.read(ctx, person)
	return PersonView{
		Tag:       call.Tag{ID: person.ID, Version: person.Version},
		FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Lang: c.Lang,
		Grants: person.Grants, Disabled: person.Disabled,
	}, err
}

// ListStaff gives a page of accounts: all to administrators, to coordinators
// those whom they may have added.
func (p *People) ListStaff(ctx context.Context, actor Actor, req call.List) (call.Page[PersonView], error) {
	if err := actor.Must(Administrator, Coordinator); err != nil {
		return call.Page[PersonView]{}, err
	}
	found, err := p.persons.Find(ctx, docstore.Query{Terms: []string{staffTerm}, After: req.After, Limit: req.Limit},
		func(person *Person) bool { return manages(actor, person) })
	if err != nil {
		return call.Page[PersonView]{}, err
	}
	page := call.Page[PersonView]{Items: []PersonView{}, Next: found.Next}
	for _, person := range found.Items {
		view, err := p.view(ctx, person)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, view)
	}
	return page, nil
}

// Disable ends an account's right to sign in: administrators anybody's but
// their own, coordinators those whom they may have added.
func (p *People) Disable(ctx context.Context, actor Actor, req call.Change) (PersonView, error) {
	return p.change(ctx, actor, req, "person.disabled", func(person *Person) { person.Disabled, person.Epoch = true, person.Epoch+1 })
}

// Enable gives back what Disable took, by the same people; sessions of before
// stay ended. Who was erased has nothing to be given back.
func (p *People) Enable(ctx context.Context, actor Actor, req call.Change) (PersonView, error) {
	return p.change(ctx, actor, req, "person.enabled", func(person *Person) { person.Disabled = false })
}

// change sets something of an account that the actor manages, never their own.
func (p *People) change(ctx context.Context, actor Actor, req call.Change, event string, set func(*Person)) (PersonView, error) {
	if err := actor.Must(Administrator, Coordinator); err != nil {
		return PersonView{}, err
	}
	if req.ID == actor.Person {
		return PersonView{}, fault.New(fault.Conflict, "own_account")
	}
	person, err := p.persons.Update(ctx, req.ID, func(person *Person) error {
		if len(person.Grants) == 0 || !manages(actor, person) {
			return fault.New(fault.NotFound, "not_found")
		}
		if err := docstore.IfVersion(person.Version, req.IfVersion); err != nil {
			return err
		}
		set(person)
		person.Record(docstore.Record{Kind: event, Actor: actor.Name(), At: docstore.At(p.clock())})
		return nil
	})
	if err != nil {
		return PersonView{}, err
	}
	p.known.forget(req.ID)
	return p.view(ctx, person)
}

// Me is the actor's own account.
func (p *People) Me(ctx context.Context, actor Actor, _ struct{}) (PersonView, error) {
	if actor.Person == "" {
		return PersonView{}, fault.New(fault.Unauthenticated, "sign_in")
	}
	person, err := p.persons.Get(ctx, actor.Person)
	if err != nil {
		return PersonView{}, err
	}
	return p.view(ctx, person)
}

// works tells the accounts that a list of staff shows: prescribers too.
func (p *Person) works() bool {
	return p.staff() || slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role == PrescriberOf })
}

// mostStaff bounds how many people of one structure are told of a matter.
const mostStaff = 20

// ActingFor opens the contacts of those who hold a role for an organisation,
// for notices alone.
func (p *People) ActingFor(ctx context.Context, role Role, organisation string) ([]Contact, error) {
	return p.holding(ctx, organisation, func(g Grant) bool { return g.Role == role && g.Organisation == organisation })
}

// Coordinating opens the contacts of a territory's coordinators, for notices
// alone.
func (p *People) Coordinating(ctx context.Context, territory string) ([]Contact, error) {
	return p.holding(ctx, staffTerm, func(g Grant) bool { return g.Role == Coordinator && slices.Contains(g.Territories, territory) })
}

// holding opens the contacts of those who hold such a grant.
func (p *People) holding(ctx context.Context, term string, such func(Grant) bool) ([]Contact, error) {
	found, err := p.persons.Find(ctx, docstore.Query{Terms: []string{term}, Limit: mostStaff}, func(person *Person) bool {
		return !person.Disabled && slices.ContainsFunc(person.Grants, such)
	})
	if err != nil {
		return nil, err
	}
	contacts := make([]Contact, 0, len(found.Items))
	for _, person := range found.Items {
		c, err := p.read(ctx, person)
		if err != nil {
			return nil, err
		}
		contacts = append(contacts, c)
	}
	return contacts, nil
}
