package application

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// linkLife is how long a guardian's or prescriber's link works.
const linkLife = 30 * 24 * time.Hour

// StatusLink makes the secret of a status link, for a notice.
func (a *Applications) StatusLink(ctx context.Context, id string) (string, error) {
	return a.people.IssueStatusLink(ctx, id)
}

// GuardianLink makes the secret by which a guardian agrees, for a notice.
func (a *Applications) GuardianLink(ctx context.Context, id string) (string, error) {
	return a.people.IssueLink(ctx, people.ToGuardian, id, linkLife)
}

// AttestLink makes the secret by which a prescriber attests, for a notice.
func (a *Applications) AttestLink(ctx context.Context, id string) (string, error) {
	return a.people.IssueLink(ctx, people.ToAttest, id, linkLife)
}

// ToAgree shows a guardian what they are asked to agree to.
func (a *Applications) ToAgree(ctx context.Context, _ people.Actor, req Secret) (GuardianView, error) {
	id, err := a.people.PeekLink(ctx, people.ToGuardian, req.Link)
	if err != nil {
		return GuardianView{}, err
	}
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return GuardianView{}, err
	}
	return a.guardianView(ctx, app)
}

func (a *Applications) guardianView(ctx context.Context, app *Application) (GuardianView, error) {
	first, err := a.FirstName(ctx, app.ID)
	return GuardianView{Reference: app.Reference, FirstName: first, Level: app.Level, Agreed: app.GuardianAgreed != 0}, err
}

// GuardianAgree is the guardian's yes; then the link is used up.
func (a *Applications) GuardianAgree(ctx context.Context, actor people.Actor, req GuardianAgree) (GuardianView, error) {
	id, err := a.people.PeekLink(ctx, people.ToGuardian, req.Link)
	if err != nil {
		return GuardianView{}, err
	}
	name, err := a.box.Seal(ctx, id, "guardian_name", req.FirstName+" "+req.LastName)
	if err != nil {
		return GuardianView{}, err
	}
	app, err := a.docs.Update(ctx, id, func(app *Application) error {
		if app.GuardianAgreed != 0 {
			return docstore.Unchanged
		}
		app.GuardianAgreed, app.GuardianName = docstore.At(a.clock()), name
		app.clear("missing_consent")
		app.tell("consented", actor, a.clock(), "guardian")
		return nil
	})
	if err != nil {
		return GuardianView{}, err
	}
	if _, err := a.people.SpendLink(ctx, people.ToGuardian, req.Link); err != nil {
		return GuardianView{}, err
	}
	return a.guardianView(ctx, app)
}

// Follow opens a status link: where it stands, without names.
func (a *Applications) Follow(ctx context.Context, actor people.Actor, req Secret) (Status, error) {
	holder, err := a.people.OpenStatusLink(ctx, req.Link, actor.Lang)
	if err != nil {
		return Status{}, err
	}
	app, err := a.docs.Get(ctx, holder.Reads)
	if err != nil {
		return Status{}, err
	}
	return a.status(ctx, holder, app)
}

// RevokeLink ends every status link of an application and makes a new one.
func (a *Applications) RevokeLink(ctx context.Context, actor people.Actor, req Revoke) (Receipt, error) {
	app, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return Receipt{}, err
	}
	if err := app.owned(actor, a.clock()); err != nil {
		return Receipt{}, err
	}
	if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
		return Receipt{}, err
	}
	if err := a.people.RevokeLinks(ctx, people.ToStatus, app.ID); err != nil {
		return Receipt{}, err
	}
	return a.receipt(ctx, app)
}

// clear takes a hold away.
func (app *Application) clear(kind string) bool {
	for i, h := range app.Holds {
		if h.Type == kind {
			app.Holds = append(app.Holds[:i:i], app.Holds[i+1:]...)
			return true
		}
	}
	return false
}

// notThere is the answer for what one may not see.
func notThere() error { return fault.New(fault.NotFound, "not_found") }
