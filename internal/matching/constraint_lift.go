package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// LiftConstraint ends a constraint: from then on it binds nothing.
func (m *Matches) LiftConstraint(ctx context.Context, actor people.Actor, req call.Change) (ConstraintView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return ConstraintView{}, err
	}
	c, err := m.constraints.Get(ctx, req.ID)
	if err != nil {
		return ConstraintView{}, err
	}
	if err := people.MustSee(actor.Desk(), c.Territory); err != nil {
		return ConstraintView{}, err
	}
	if err := m.mayBind(ctx, actor, c); err != nil {
		return ConstraintView{}, err
	}
	c, err = m.constraints.Update(ctx, req.ID, func(c *Constraint) error {
		if err := docstore.IfVersion(c.Version, req.IfVersion); err != nil {
			return err
		}
		if c.State == lifted {
			return docstore.Unchanged
		}
		c.State, c.Lifted, c.LiftedBy = lifted, docstore.At(m.clock()), actor.Name()
		c.tell("lifted", actor, c.Lifted)
		return nil
	})
	if err != nil {
		return ConstraintView{}, err
	}
	return m.constraintView(ctx, c)
}

// mayBind refuses who would decide about themselves, their kin, or their own
// structure.
func (m *Matches) mayBind(ctx context.Context, actor people.Actor, c *Constraint) error {
	if c.Kind == reserveDevice {
		return mayReserve(actor, c.For)
	}
	if err := m.mayDecide(ctx, actor, c.Application); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}
