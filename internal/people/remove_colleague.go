package people

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// RemoveColleague names who no longer acts for the actor's company.
type RemoveColleague struct {
	Company   string `json:"-" uri:"id"`
	Colleague string `json:"colleague" form:"colleague" validate:"required,max=40"`
}

// RemoveColleague ends what somebody may do for a company. Each power is taken
// by somebody who holds it, and nobody takes their own: so somebody stays who
// can invite the next.
func (p *People) RemoveColleague(ctx context.Context, actor Actor, req RemoveColleague) (call.Done, error) {
	if err := mustSeeCompany(actor, req.Company); err != nil {
		return call.Done{}, err
	}
	if req.Colleague == actor.Person {
		return call.Done{}, fault.New(fault.Conflict, "own_account")
	}
	_, err := p.persons.Update(ctx, req.Colleague, func(person *Person) error {
		kept := slices.DeleteFunc(slices.Clone(person.Grants), func(g Grant) bool { return g.gives(req.Company) })
		if len(kept) == len(person.Grants) {
			return fault.New(fault.NotFound, "not_found")
		}
		for _, g := range person.Grants {
			if g.gives(req.Company) && slices.ContainsFunc(g.Powers, func(power string) bool { return !actor.May(power, req.Company) }) {
				return fault.New(fault.Forbidden, "grant_beyond")
			}
		}
		person.Grants = kept
		person.index()
		person.Record(docstore.Record{Kind: "person.ungranted", Actor: actor.Name(), At: docstore.At(p.clock()), Cause: string(Donor)})
		return nil
	})
	p.known.forget(req.Colleague)
	return call.Done{OK: err == nil}, err
}

// gives tells a grant to act for a company.
func (g Grant) gives(company string) bool { return g.Role == Donor && g.Organisation == company }
