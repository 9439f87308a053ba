package people

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
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
	person, err := p.Ensure(ctx,
		Contact{FirstName: req.FirstName, LastName: req.LastName, Email: req.Email, Lang: req.Lang},
		Grant{Role: req.Role, Territories: req.Territories, Organisation: req.Organisation})
	if err != nil {
		return PersonView{}, err
	}
	return p.view(ctx, person)
}

func mayGrant(actor Actor, req AddStaff) error {
	if actor.Has(Administrator) {
		return nil
	}
	if err := actor.Must(Coordinator); err != nil {
		return err
	}
	if !slices.Contains([]Role{PrescriberOf, Technician, Greeter}, req.Role) || len(req.Territories) == 0 {
		return fault.New(fault.Forbidden, "grant_beyond")
	}
	for _, t := range req.Territories {
		if !actor.Desk().Sees(t) {
			return fault.New(fault.Forbidden, "grant_beyond")
		}
	}
	return nil
}

func (p *People) view(ctx context.Context, person *Person) (PersonView, error) {
	c, err := p.read(ctx, person)
	return PersonView{
		Tag:       call.Tag{ID: person.ID, Version: person.Version},
		FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Lang: c.Lang,
		Grants: person.Grants, Disabled: person.Disabled,
	}, err
}

// ListStaff gives a page of accounts; administrators alone.
func (p *People) ListStaff(ctx context.Context, actor Actor, req call.List) (call.Page[PersonView], error) {
	if err := actor.Must(Administrator); err != nil {
		return call.Page[PersonView]{}, err
	}
	found, err := p.persons.Find(ctx, docstore.Query{Index: "order", After: req.After, Limit: req.Limit},
		func(person *Person) bool { return person.staff() })
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

// Disable ends an account's right to sign in; administrators alone, and not
// their own.
func (p *People) Disable(ctx context.Context, actor Actor, req call.Change) (PersonView, error) {
	if err := actor.Must(Administrator); err != nil {
		return PersonView{}, err
	}
	if req.ID == actor.Person {
		return PersonView{}, fault.New(fault.Conflict, "own_account")
	}
	person, err := p.persons.Update(ctx, req.ID, func(person *Person) error {
		if err := docstore.IfVersion(person.Version, req.IfVersion); err != nil {
			return err
		}
		person.Disabled, person.Epoch = true, person.Epoch+1
		person.Record(docstore.Record{Kind: "person.disabled", Actor: actor.Name(), At: docstore.At(p.clock())})
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
	person, err := p.persons.Get(ctx, actor.Person)
	if err != nil {
		return PersonView{}, err
	}
	return p.view(ctx, person)
}
