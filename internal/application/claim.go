package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// The methods of this file are called by matching alone: each is one atomic
// write, does nothing a second time, and never touches what another match
// holds. So a saga that died between two of them can be finished or undone by
// calling them again.

// Claim takes an eligible application without holds for a match: eligible →
// offered, once its person and its household may have one more. Conflict when
// it is not free.
func (a *Applications) Claim(ctx context.Context, actor people.Actor, id, match string) error {
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return err
	}
	if app.HeldBy("") && app.Match != match {
		return fault.New(fault.Conflict, "application_held")
	}
	if err := a.takeShares(ctx, app, match); err != nil {
		return err
	}
	_, err = a.docs.Update(ctx, id, func(app *Application) error {
		if app.Match == match && (app.State == Offered || app.State == Accepted) {
			return docstore.Unchanged
		}
		if app.HeldBy("") {
			return fault.New(fault.Conflict, "application_held")
		}
		if app.State != Eligible {
			return fault.New(fault.Conflict, "application_taken").With("state", string(app.State))
		}
		app.Match = match
		return app.take(step{Offered, "offered", actor, a.clock(), match})
	})
	return err
}

// Accept notes that the offer was accepted: offered → accepted.
func (a *Applications) Accept(ctx context.Context, actor people.Actor, id, match string) error {
	_, err := a.docs.Update(ctx, id, func(app *Application) error {
		if app.Match != match || app.State != Offered {
			return docstore.Unchanged
		}
		return app.take(step{Accepted, "accepted", actor, a.clock(), match})
	})
	return err
}

// Release gives up what the match holds: offered or accepted → eligible. The
// place is kept: waiting still counts from the submission.
func (a *Applications) Release(ctx context.Context, actor people.Actor, id, match, cause string) error {
	app, err := a.docs.Update(ctx, id, func(app *Application) error {
		if app.Match != match || app.State != Offered && app.State != Accepted {
			return docstore.Unchanged
		}
		err := app.take(step{Eligible, "released", actor, a.clock(), cause})
		app.Match = ""
		return err
	})
	if err != nil || app.Match == match { // fulfilled: it holds what it took
		return err
	}
	return a.giveShares(ctx, app, match)
}

// Exchange passes an accepted application from one match to another, in one
// write, so that nobody can claim it between. Conflict when neither holds it.
func (a *Applications) Exchange(ctx context.Context, actor people.Actor, id, from, to string) error {
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := a.passShares(ctx, app, from, to); err != nil {
		return err
	}
	if err := a.takeShares(ctx, app, to); err != nil { // the old match may have given them back
		return err
	}
	_, err = a.docs.Update(ctx, id, func(app *Application) error {
		switch {
		case app.Match == to:
			return docstore.Unchanged
		case app.Match != "" && app.Match != from:
			return fault.New(fault.Conflict, "application_taken").With("state", string(app.State))
		}
		if app.State != Eligible {
			if err := app.take(step{Eligible, "released", actor, a.clock(), "swap"}); err != nil {
				return err
			}
		}
		app.Match = to
		if err := app.take(step{Offered, "offered", actor, a.clock(), "swap"}); err != nil {
			return err
		}
		return app.take(step{Accepted, "accepted", actor, a.clock(), "swap"})
	})
	return err
}

// Fulfil notes that the device is in the student's hands: accepted →
// fulfilled. The match stays written on it.
func (a *Applications) Fulfil(ctx context.Context, actor people.Actor, id, match string) error {
	_, err := a.docs.Update(ctx, id, func(app *Application) error {
		if app.Match == match && app.State == Fulfilled {
			return docstore.Unchanged
		}
		if app.Match != match {
			return fault.New(fault.Conflict, "application_taken").With("state", string(app.State))
		}
		return app.take(step{Fulfilled, "fulfilled", actor, a.clock(), match})
	})
	return err
}
