package application

import (
	"context"
	"slices"
	"time"

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
		if app.Erased() {
			return docstore.Unchanged
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
		app.Forget = docstore.At(a.clock()) // until its key is gone too
		app.tell("erased", actor, a.clock(), "")
		return nil
	})
	if err != nil {
		return err
	}
	if err := a.box.Forget(ctx, id); err != nil {
		return err
	}
	_, err = a.docs.Update(ctx, id, func(app *Application) error {
		app.Forget = 0
		return nil
	})
	return err
}

// Periods after which an application is forgotten. The public page on data says
// the same.
const (
	// One to which its family did not agree: a structure wrote of it without its
	// word, so the shortest time in which a mail is read.
	invitedFor = 14 * 24 * time.Hour
	// A closed one: as long as a device may come back, be exchanged or be asked
	// about.
	closedFor = 2 * 365 * 24 * time.Hour
)

// forgetAt is when an application that came into a state is to be forgotten.
func forgetAt(state State, since docstore.Millis) docstore.Millis {
	switch state {
	case Invited:
		return docstore.At(since.Time().Add(invitedFor))
	case Withdrawn, Ineligible, Fulfilled, Replaced:
		return docstore.At(since.Time().Add(closedFor))
	default:
		return 0
	}
}

// NoteForgetting notes when a page of applications is to be forgotten, which
// older stores did not. A migration calls it.
func (a *Applications) NoteForgetting(ctx context.Context, after string) (next string, err error) {
	return a.docs.Amend(ctx, after, func(app *Application) (bool, error) {
		at := forgetAt(app.State, app.Since)
		if app.Erased() {
			at = 0
		}
		changed := app.Forget != at
		app.Forget = at
		return changed, nil
	})
}

// EachToForget calls do with each application whose time has come, the longest
// due first. One that fails keeps no other.
func (a *Applications) EachToForget(ctx context.Context, do func(*Application) error) error {
	return a.docs.EachApart(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "forget", From: 1, To: int64(docstore.At(a.clock())),
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
// These go first: once it is forgotten, no sweep finds it or them.
func (a *Applications) ForgetWhole(ctx context.Context, actor people.Actor, app *Application) error {
	if err := a.forgetOwners(ctx, app); err != nil {
		return err
	}
	return a.Forget(ctx, actor, app.ID)
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
