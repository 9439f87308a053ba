package matching

import (
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/application"
)

// Changes are rules other than those in force, for one round.
type Changes struct {
	Rules  *application.GridRules `json:"rules,omitempty"` // in place of the grid's
	Quotas []QuotaChange          `json:"quotas,omitempty" validate:"max=50,dive"`
	Drop   []string               `json:"drop,omitempty" validate:"max=100,dive,max=40"` // constraints that bind nothing
	Add    []AddedConstraint      `json:"add,omitempty" validate:"max=20,dive"`
}

// QuotaChange is how many devices a partner gives; 0 is no limit.
type QuotaChange struct {
	Partner string `json:"partner" validate:"required,max=40"`
	Most    int    `json:"most" validate:"min=0,max=1000000"`
}

// AddedConstraint binds a device and an application in this one round.
type AddedConstraint struct {
	Kind        string `json:"kind" validate:"required,oneof=lock forbid"`
	Device      string `json:"device" validate:"required,max=40"`
	Application string `json:"application" validate:"required,max=40"`
}

// grid is a version under the changes; with rules of their own it has no number.
func (ch *Changes) grid(published application.Grid) application.Grid {
	if ch == nil || ch.Rules == nil {
		return published
	}
	return application.Grid{GridRules: *ch.Rules}
}

// dropped tells a constraint that binds nothing.
func (ch *Changes) dropped(constraint string) bool {
	return ch != nil && slices.Contains(ch.Drop, constraint)
}

// with is the problem under changes; more are the constraints that they add, by
// the places of askers and classes.
func (p *problem) with(ch *Changes, more []binding) *problem {
	q := p.copied()
	q.Grid = ch.grid(p.Grid)
	q.Constraints = slices.DeleteFunc(q.Constraints, func(b binding) bool { return ch.dropped(b.Constraint) })
	q.limit(ch)
	q.Constraints = append(q.Constraints, more...)
	for n := len(q.Constraints) - len(more); n < len(q.Constraints); n++ {
		if b := &q.Constraints[n]; !p.ownClass(b.Class) {
			b.Class = q.single(b.Class)
		}
	}
	return q
}

// ownClass tells a class that a constraint set apart.
func (p *problem) ownClass(k int32) bool {
	return slices.ContainsFunc(p.Constraints, func(b binding) bool { return b.Class == k })
}

// limit sets the quotas that are changed.
func (p *problem) limit(ch *Changes) {
	if ch == nil {
		return
	}
	for _, c := range ch.Quotas {
		p.Quotas = slices.DeleteFunc(p.Quotas, func(q quota) bool { return q.Partner == c.Partner })
		q := quota{Partner: c.Partner, Most: c.Most}
		for k := range p.Classes {
			if e := p.Classes[k].Earmark; e.Kind == "partner" && e.ID == c.Partner {
				q.Classes = append(q.Classes, int32(k)) //nolint:gosec // classes are fewer than 2^31
			}
		}
		if c.Most > 0 && len(q.Classes) > 0 {
			p.Quotas = append(p.Quotas, q)
		}
	}
}
