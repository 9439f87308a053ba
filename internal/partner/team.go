package partner

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Team gives roles to people where an institution is part of the role.
type Team struct {
	People   *people.People
	Partners *Partners
}

// Add is people.AddStaff; who acts for a structure or institution is granted
// the territories in which it lies, and no other, so that nobody reaches
// another territory's students through it.
func (t Team) Add(ctx context.Context, actor people.Actor, req people.AddStaff) (people.PersonView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return people.PersonView{}, err
	}
	lies, err := t.territories(ctx, req)
	if fault.Is(err, fault.NotFound) || err == nil && lies != nil && !sameSet(req.Territories, lies) {
		return people.PersonView{}, fault.InvalidField("organisation", "unknown")
	}
	if err != nil {
		return people.PersonView{}, err
	}
	return t.People.AddStaff(ctx, actor, req)
}

// territories are those of the organisation that a role acts for; nil where the
// role has none.
func (t Team) territories(ctx context.Context, req people.AddStaff) ([]string, error) {
	switch req.Role {
	case people.PrescriberOf:
		structure, err := t.Partners.prescribers.Get(ctx, req.Organisation)
		if err != nil {
			return nil, err
		}
		return []string{structure.Territory}, nil
	case people.PartnerOf:
		institution, err := t.Partners.partners.Get(ctx, req.Organisation)
		if err != nil {
			return nil, err
		}
		return institution.Territories, nil
	default:
		return nil, nil
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
