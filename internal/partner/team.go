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

// Add is people.AddStaff; who acts for a structure is granted the territory in
// which it lies, and no other, so that nobody reaches another territory's
// students through a structure there.
func (t Team) Add(ctx context.Context, actor people.Actor, req people.AddStaff) (people.PersonView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return people.PersonView{}, err
	}
	switch req.Role {
	case people.PrescriberOf:
		structure, err := t.Partners.prescribers.Get(ctx, req.Organisation)
		if fault.Is(err, fault.NotFound) || err == nil && !slices.Equal(req.Territories, []string{structure.Territory}) {
			return people.PersonView{}, fault.InvalidField("organisation", "unknown")
		}
		if err != nil {
			return people.PersonView{}, err
		}
	case people.PartnerOf:
		if _, err := t.Partners.Partner(ctx, req.Organisation); fault.Is(err, fault.NotFound) {
			return people.PersonView{}, fault.InvalidField("organisation", "unknown")
		} else if err != nil {
			return people.PersonView{}, err
		}
	default:
	}
	return t.People.AddStaff(ctx, actor, req)
}
