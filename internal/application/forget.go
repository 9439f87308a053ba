package application

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Export opens all that is kept on the applications an account acts for.
func (a *Applications) Export(ctx context.Context, actor people.Actor) ([]View, error) {
	views := []View{}
	err := a.owned(ctx, actor.Person, func(app *Application) error {
		v, err := a.view(ctx, actor, app)
		v.Similar = nil // other people's
		views = append(views, v)
		return err
	})
	return views, err
}

// owned calls do with each application that an account acts for.
func (a *Applications) owned(ctx context.Context, person string, do func(*Application) error) error {
	if person == "" {
		return fault.New(fault.Unauthenticated, "sign_in")
	}
	return a.docs.Each(ctx, docstore.Query{Scope: people.System().Desk(), Terms: []string{ownerTerm(person)}}, do)
}

// ForgetOf erases what is personal in every application of an account. One
// whose device is on its way refuses all: the hand-over comes first.
func (a *Applications) ForgetOf(ctx context.Context, actor people.Actor) error {
	var mine []string
	err := a.owned(ctx, actor.Person, func(app *Application) error {
		if app.State == Offered || app.State == Accepted {
			return fault.New(fault.Conflict, "under_way")
		}
		mine = append(mine, app.ID)
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range mine {
		if err := a.Forget(ctx, actor, id); err != nil {
			return err
		}
	}
	return nil
}

// Forget takes an application back where it still waits, empties what is
// personal in it, and drops its key, so that copies in backups are unreadable.
// What stays are facts without a name: level, territory, history.
func (a *Applications) Forget(ctx context.Context, actor people.Actor, id string) error {
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return err
	}
	if app.State != Offered && app.State != Accepted {
		if err := a.forgetShare(ctx, app); err != nil {
			return err
		}
	}
	_, err = a.docs.Update(ctx, id, func(app *Application) error {
		if app.State == Offered || app.State == Accepted {
			return fault.New(fault.Conflict, "under_way")
		}
		if Steps.Allows(app.State, Withdrawn) {
			if err := app.take(step{Withdrawn, "withdrawn", actor, a.clock(), "erased"}); err != nil {
				return err
			}
		}
		app.Student, app.Guardian, app.Guardians, app.GuardianName, app.OnPaper = Contact{}, nil, nil, "", nil
		app.BirthDate, app.Address, app.Reason, app.DecisionNote = "", "", "", ""
		app.ReviewReason, app.ReviewAsked = "", 0
		app.Holds, app.School = nil, ""
		app.Owners, app.Terms, app.Ties = []string{}, []string{}, nil
		app.Person, app.Joins = "", ""
		app.tell("erased", actor, a.clock(), "")
		return nil
	})
	if err != nil {
		return err
	}
	return a.box.Forget(ctx, id)
}

// EachLeftIn calls do with each application that has been in a state since
// before a moment, oldest first. One that fails keeps no other.
func (a *Applications) EachLeftIn(ctx context.Context, state State, before docstore.Millis, do func(*Application) error) error {
	return a.docs.EachApart(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "state", Equal: []docstore.In{docstore.Is(string(state))}, From: 1, To: int64(before),
	}, do)
}

// Uninvite deletes what a structure wrote of a family that never agreed, and
// the accounts made for it that serve nothing else. From the first write on
// nobody agrees any more; the application goes last, so that after a death the
// next sweep finds what is left.
func (a *Applications) Uninvite(ctx context.Context, app *Application) error {
	app, err := a.docs.Update(ctx, app.ID, func(app *Application) error {
		if app.State != Invited {
			return Steps.Check(app.State, app.State)
		}
		if app.Leaves {
			return docstore.Unchanged
		}
		app.Leaves = true
		return nil
	})
	if err != nil {
		return err
	}
	if err := a.forgetOwners(ctx, app); err != nil {
		return err
	}
	if err := a.box.Forget(ctx, app.ID); err != nil {
		return err
	}
	return a.docs.Delete(ctx, app)
}

// ForgetWhole forgets an application, and the accounts that served nothing else.
func (a *Applications) ForgetWhole(ctx context.Context, actor people.Actor, app *Application) error {
	if err := a.Forget(ctx, actor, app.ID); err != nil {
		return err
	}
	return a.forgetOwners(ctx, app)
}

// forgetOwners forgets the accounts of an application that is gone, save those
// that act for another one.
func (a *Applications) forgetOwners(ctx context.Context, app *Application) error {
	for _, owner := range app.Owners {
		others := false
		err := a.owned(ctx, owner, func(other *Application) error {
			others = others || other.ID != app.ID
			return nil
		})
		if err != nil {
			return err
		}
		if !others {
			if err := a.people.ForgetFamily(ctx, owner); err != nil {
				return err
			}
		}
	}
	return nil
}

// Erased tells an application whose people were forgotten.
func (app *Application) Erased() bool {
	return len(app.Owners) == 0 && !slices.Contains([]State{Invited, Draft, Submitted, Eligible, Offered, Accepted}, app.State)
}
