package httpapi

import (
	"slices"
	"strings"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Access says who may call a route. The feature behind it narrows further, by
// territory and ownership; this is the first gate, and what the walk over all
// routes tests.
type Access struct {
	roles  []people.Role
	open   bool
	link   bool // also who holds a status link
	signed bool // any signed-in person
	most   int  // requests an hour from one address without a session; 0 without bound
}

// anyone may call, signed in or not.
func anyone() Access { return Access{open: true} }

// limited bounds what one address sends to an open route in an hour.
func (a Access) limited(most int) Access {
	a.most = most
	return a
}

// signedIn needs a session, whatever the role.
func signedIn() Access { return Access{signed: true} }

// only needs one of the roles.
func only(roles ...people.Role) Access { return Access{roles: roles} }

// orLink also lets in who holds an application's status link.
func (a Access) orLink() Access {
	a.link = true
	return a
}

// Open tells a route that needs no session.
func (a Access) Open() bool { return a.open }

// String reads as the API description shows it.
func (a Access) String() string {
	switch {
	case a.open:
		return "anyone"
	case a.signed:
		return "any signed-in person"
	}
	names := make([]string, 0, len(a.roles)+1)
	for _, r := range a.roles {
		names = append(names, string(r))
	}
	if a.link {
		names = append(names, "holder of a status link")
	}
	return strings.Join(names, ", ")
}

// Allows tells whether somebody of exactly this role passes the gate.
func (a Access) Allows(role people.Role) bool {
	return a.open || a.signed || slices.Contains(a.roles, role)
}

// check refuses an actor at the gate.
func (a Access) check(actor people.Actor) error {
	switch {
	case a.open, a.link && actor.Reads != "":
		return nil
	case a.signed && actor.Person != "":
		return nil
	case a.signed:
		return fault.New(fault.Unauthenticated, "sign_in")
	default:
		return actor.Must(a.roles...)
	}
}

// The groups that most routes name.
func desk() Access   { return only(people.Coordinator, people.Administrator) }
func admin() Access  { return only(people.Administrator) }
func family() Access { return only(people.Student, people.Guardian) }
func bench() Access {
	return only(people.Technician, people.Coordinator, people.Administrator)
}

func staff() Access {
	return only(people.Technician, people.Greeter, people.PrescriberOf, people.Coordinator, people.Administrator)
}

func institution() Access {
	return only(people.PartnerOf, people.Coordinator, people.Administrator)
}
