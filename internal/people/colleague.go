package people

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// AddColleague gives somebody powers within the actor's company.
type AddColleague struct {
	Company   string   `json:"-" uri:"id"`
	Email     string   `json:"email" form:"email" validate:"required,email,max=200"`
	FirstName string   `json:"first_name" form:"first_name" validate:"required,name,max=80"`
	LastName  string   `json:"last_name" form:"last_name" validate:"required,name,max=80"`
	Powers    []string `json:"powers" form:"powers" validate:"required,min=1,max=4,dive,oneof=give sign value see"`
}

// ColleagueView is somebody who acts for a company, as its colleagues read it.
type ColleagueView struct {
	ID        string   `json:"id"`
	FirstName string   `json:"first_name"`
	LastName  string   `json:"last_name"`
	Email     string   `json:"email"`
	Powers    []string `json:"powers"`
}

// AddColleague adds powers to an account, made when new. Each power is given
// by somebody who holds it: nobody grants beyond what they hold.
func (p *People) AddColleague(ctx context.Context, actor Actor, req AddColleague) (ColleagueView, error) {
	if err := mustSeeCompany(actor, req.Company); err != nil {
		return ColleagueView{}, err
	}
	for _, power := range req.Powers {
		if !actor.May(power, req.Company) {
			return ColleagueView{}, fault.New(fault.Forbidden, "grant_beyond")
		}
	}
	grant := Grant{Role: Donor, Organisation: req.Company, Powers: req.Powers}
	if err := p.isColleague(ctx, req.Email, grant); err != nil {
		return ColleagueView{}, err
	}
	person, err := p.ensure(ctx, Contact{FirstName: req.FirstName, LastName: req.LastName, Email: req.Email, Lang: actor.Lang}, grant, actor.Name())
	if err != nil {
		return ColleagueView{}, err
	}
	return p.colleague(ctx, person, req.Company)
}

// isColleague refuses what a colleague may do already. Whether an address is
// known elsewhere is not a company's to learn.
func (p *People) isColleague(ctx context.Context, email string, g Grant) error {
	owner, err := p.Find(ctx, email)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	person, err := p.persons.Get(ctx, owner)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	case person.has(g):
		return taken("in_team")
	default:
		return nil
	}
}

// ListColleagues asks for those who act for a company.
type ListColleagues struct {
	call.List
	Company string `json:"-" uri:"id"`
}

// ListColleagues gives a page of the colleagues of the actor's company.
func (p *People) ListColleagues(ctx context.Context, actor Actor, req ListColleagues) (call.Page[ColleagueView], error) {
	page := call.Page[ColleagueView]{Items: []ColleagueView{}}
	if err := mustSeeCompany(actor, req.Company); err != nil {
		return page, err
	}
	found, err := p.persons.Find(ctx, docstore.Query{Terms: []string{req.Company}, After: req.After, Limit: req.Limit}, nil)
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, person := range found.Items {
		view, err := p.colleague(ctx, person, req.Company)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, view)
	}
	return page, nil
}

func mustSeeCompany(actor Actor, company string) error {
	if err := actor.Must(Donor); err != nil {
		return err
	}
	if !actor.May(See, company) {
		return fault.New(fault.NotFound, "not_found")
	}
	return nil
}

func (p *People) colleague(ctx context.Context, person *Person, company string) (ColleagueView, error) {
	c, err := p.read(ctx, person)
	view := ColleagueView{ID: person.ID, FirstName: c.FirstName, LastName: c.LastName, Email: c.Email}
	for _, g := range person.Grants {
		if g.Role == Donor && g.Organisation == company {
			view.Powers = append(view.Powers, g.Powers...)
		}
	}
	slices.Sort(view.Powers)
	view.Powers = slices.Compact(view.Powers)
	return view, err
}
