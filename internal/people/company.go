package people

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/id"
)

// Company is a donor organisation, one per country and SIREN.
type Company struct {
	docstore.Meta `json:",inline"`

	Country string          `json:"country"`
	Number  string          `json:"number"` // SIREN in France
	Name    string          `json:"name"`
	Created docstore.Millis `json:"created"`
}

// CompanyID is the id of a company by its number.
func CompanyID(country, number string) string { return id.Derived(id.Company, country, number) }

// EnsureCompany finds a company by its number or makes it. made tells that it
// is new here: its first contact becomes its first colleague.
func (p *People) EnsureCompany(ctx context.Context, country, number, name string) (c *Company, made bool, err error) {
	now := docstore.At(p.clock())
	fresh := &Company{
		Meta:    docstore.Meta{ID: CompanyID(country, number)},
		Country: country, Number: number, Name: name, Created: now,
	}
	return p.companies.Create(ctx, fresh)
}

// Powers of a colleague within a company.
const (
	Give  = "give"
	Sign  = "sign"
	Value = "value"
	See   = "see"
)

// EnsureDonor finds or makes the account of a company's contact. The first of
// a company has every power; whoever declares later may give, and sees what they
// gave themselves, until a colleague of the company grants more: anybody can
// type a company's number.
func (p *People) EnsureDonor(ctx context.Context, company *Company, c Contact, first bool) (*Person, error) {
	powers := []string{Give}
	if first {
		powers = []string{Give, Sign, Value, See}
	}
	return p.Ensure(ctx, c, Grant{Role: Donor, Organisation: company.ID, Powers: powers})
}

// EnsureFamily finds or makes the account of a student or guardian.
func (p *People) EnsureFamily(ctx context.Context, role Role, c Contact) (*Person, error) {
	return p.Ensure(ctx, c, Grant{Role: role})
}

// May tells whether the actor has a power within a company.
func (a Actor) May(power, company string) bool {
	if a.system {
		return true
	}
	for _, g := range a.grants {
		if g.Role != Donor || g.Organisation != company {
			continue
		}
		for _, held := range g.Powers {
			if held == power {
				return true
			}
		}
	}
	return false
}
