package people

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// RemoveRole names a role that somebody holds, and for whom.
type RemoveRole struct {
	call.Change
	Role         Role   `json:"role" validate:"required,oneof=prescriber technician greeter coordinator partner administrator"`
	Organisation string `json:"organisation,omitempty" validate:"max=40"`
}

// RemoveRole ends a role and leaves the account its others: administrators any
// but of their own, coordinators those that they could have given.
func (p *People) RemoveRole(ctx context.Context, actor Actor, req RemoveRole) (PersonView, error) {
	if err := actor.Must(Administrator, Coordinator); err != nil {
		return PersonView{}, err
	}
	if req.ID == actor.Person {
		return PersonView{}, fault.New(fault.Conflict, "own_account")
	}
	person, err := p.persons.Update(ctx, req.ID, func(person *Person) error {
		i := slices.IndexFunc(person.Grants, func(g Grant) bool { return g.Role == req.Role && g.Organisation == req.Organisation })
		if i < 0 || !actor.Has(Administrator) && !within(actor, person.Grants[i]) {
			return fault.New(fault.NotFound, "not_found")
		}
		if err := docstore.IfVersion(person.Version, req.IfVersion); err != nil {
			return err
		}
		person.Grants = slices.Delete(person.Grants, i, i+1)
		person.index()
		person.Record(docstore.Record{Kind: "person.ungranted", Actor: actor.Name(), At: docstore.At(p.clock()), Cause: string(req.Role)})
		return nil
	})
	if err != nil {
		return PersonView{}, err
	}
	p.known.forget(req.ID)
	return p.view(ctx, person)
}
