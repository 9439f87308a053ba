// Package people knows who is who: accounts, their roles and organisations,
// how they sign in, and, for every request, the Actor and what it may see.
package people

import (
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Role is what a person does here. One account may hold several.
type Role string

// The roles of the product.
const (
	Donor         Role = "donor"         // gives for a company
	Student       Role = "student"       // asks for themselves
	Guardian      Role = "guardian"      // asks for a child, agrees and accepts
	PrescriberOf  Role = "prescriber"    // attests needs for a structure
	Technician    Role = "technician"    // devices at the bench
	Greeter       Role = "greeter"       // hands over at a pick-up point
	Coordinator   Role = "coordinator"   // decides in territories
	PartnerOf     Role = "partner"       // an institution with a convention
	Administrator Role = "administrator" // people, territories, weights, keys
)

// Roles lists them all, for tests that walk them.
func Roles() []Role {
	return []Role{Donor, Student, Guardian, PrescriberOf, Technician, Greeter, Coordinator, PartnerOf, Administrator}
}

// Family tells the roles that act for a student.
func (r Role) Family() bool { return r == Student || r == Guardian }

// Grant is one role of a person and what it reaches: the territories of staff,
// or the organisation (company, prescriber, partner, pick-up point) acted for.
type Grant struct {
	Role         Role     `json:"role"`
	Territories  []string `json:"territories,omitempty"`
	Organisation string   `json:"organisation,omitempty"`
	Powers       []string `json:"powers,omitempty"` // within a company: give, sign, value, see
}

// Actor is who makes a request. Only this package makes one: from a session,
// from a status link (Reads names the one application it opens, nothing may be
// changed), or for the system's own work.
type Actor struct {
	Person string // empty for anyone and for the system
	Lang   string // fr, en, ar
	Reads  string // application id of a status link

	grants []Grant
	system bool
}

// Anyone is a visitor who has not signed in.
func Anyone(lang string) Actor { return Actor{Lang: lang} }

// System is the product's own work: jobs, sagas, the demonstration.
func System() Actor { return Actor{system: true, Lang: "fr"} }

// LinkHolder may read one application through its revocable link.
func LinkHolder(application, lang string) Actor { return Actor{Reads: application, Lang: lang} }

// IsSystem tells the product's own work from a person's.
func (a Actor) IsSystem() bool { return a.system }

// Name is what events and idempotent ids remember of the actor: the person's
// id, "system", or "anyone".
func (a Actor) Name() string {
	switch {
	case a.system:
		return "system"
	case a.Person != "":
		return a.Person
	default:
		return "anyone"
	}
}

// Has tells whether the actor holds one of the roles.
func (a Actor) Has(roles ...Role) bool {
	if a.system {
		return true
	}
	return slices.ContainsFunc(a.grants, func(g Grant) bool { return slices.Contains(roles, g.Role) })
}

// Grants lists the actor's roles.
func (a Actor) Grants() []Grant { return slices.Clone(a.grants) }

// Scope is what the actor sees when acting in one of the roles.
func (a Actor) Scope(roles ...Role) docstore.Scope {
	if a.system {
		return docstore.ScopeAll()
	}
	var territories []string
	for _, g := range a.grants {
		if !slices.Contains(roles, g.Role) {
			continue
		}
		if g.Role == Administrator {
			return docstore.ScopeAll()
		}
		territories = append(territories, g.Territories...)
	}
	return docstore.ScopeOf(territories...)
}

// Desk is the scope of those who work at the desk.
func (a Actor) Desk() docstore.Scope { return a.Scope(Coordinator, Administrator) }

// Within is the scope of one territory of those the actor sees at the desk;
// nothing where they do not see it.
func (a Actor) Within(territory string) docstore.Scope {
	if !a.Desk().Sees(territory) {
		return docstore.ScopeOf()
	}
	return docstore.ScopeOf(territory)
}

// Organisations lists the organisations the actor acts for in a role.
func (a Actor) Organisations(role Role) []string {
	var ids []string
	for _, g := range a.grants {
		if g.Role == role && g.Organisation != "" {
			ids = append(ids, g.Organisation)
		}
	}
	return ids
}

// ActsFor tells whether the actor holds the role for this organisation.
func (a Actor) ActsFor(role Role, organisation string) bool {
	return a.system || organisation != "" && slices.Contains(a.Organisations(role), organisation)
}

// Must refuses an actor without any of the roles.
func (a Actor) Must(roles ...Role) error {
	if a.Has(roles...) {
		return nil
	}
	if a.Person == "" {
		return fault.New(fault.Unauthenticated, "sign_in")
	}
	return fault.New(fault.Forbidden, "forbidden")
}

// MustSee refuses an actor whose scope does not have the territory. What one
// may not see is not there: NotFound, so that ids cannot be tried out.
func MustSee(scope docstore.Scope, territory string) error {
	if scope.Sees(territory) {
		return nil
	}
	return fault.New(fault.NotFound, "not_found")
}
