package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// AnswerHousehold says whether an application is of the household it names.
type AnswerHousehold struct {
	call.Change
	Agree *bool `json:"agree" form:"agree" validate:"required"` // said in so many words: silence joins nobody
}

// Joining is an application that asks to be of the reader's household.
type Joining struct {
	call.Tag
	Reference string `json:"reference"`
	FirstName string `json:"first_name"`
}

// askHousehold notes whose household an application names, by the reference
// that the family gives. A household is declared, never inferred; and as it has
// its cap, the family that was named has its say.
func (a *Applications) askHousehold(ctx context.Context, app *Application, typed string) error {
	if typed == "" {
		return nil
	}
	plain := plainReference(typed)
	if len(plain) != 6 {
		return fault.InvalidField("household", "reference_unknown")
	}
	ref, err := a.references.Get(ctx, plain[:3]+"-"+plain[3:])
	if fault.Is(err, fault.NotFound) || err == nil && ref.Application == app.ID {
		return fault.InvalidField("household", "reference_unknown")
	}
	if err == nil {
		app.Joins = ref.Application
	}
	return err
}

// AnswerHousehold is the word of the family that was named, or of a coordinator
// who sees it. Yes puts both under the household of the one that was named.
func (a *Applications) AnswerHousehold(ctx context.Context, actor people.Actor, req AnswerHousehold) (call.Done, error) {
	if req.Agree == nil {
		return call.Done{}, fault.InvalidField("agree", "required")
	}
	asking, err := a.docs.Get(ctx, req.ID)
	if err != nil {
		return call.Done{}, err
	}
	if asking.Joins == "" {
		return call.Done{}, notThere()
	}
	household, err := a.named(ctx, actor, asking.Joins, *req.Agree)
	if err != nil {
		return call.Done{}, err
	}
	_, err = a.docs.Update(ctx, req.ID, func(app *Application) error {
		if err := docstore.IfVersion(app.Version, req.IfVersion); err != nil {
			return err
		}
		if app.Joins != asking.Joins {
			return notThere()
		}
		return app.join(household, actor, a)
	})
	return call.Done{OK: err == nil}, err
}

// named gives the household of the application that was named, once it stands
// written there; none where its family says no.
func (a *Applications) named(ctx context.Context, actor people.Actor, id string, agree bool) (string, error) {
	other, err := a.docs.Update(ctx, id, func(other *Application) error {
		if !actor.Desk().Sees(other.Territory) {
			if err := other.owned(actor, a.clock()); err != nil {
				return err
			}
		}
		if !agree || other.Household != "" {
			return docstore.Unchanged
		}
		other.Household = householdOf(other)
		return nil
	})
	if err != nil || !agree {
		return "", err
	}
	return other.Household, nil
}

// join ends the question: in the household, or alone where none is given. What
// holds a device counts where it was counted when it was given.
func (app *Application) join(household string, actor people.Actor, a *Applications) error {
	verb := "household_refused"
	if household != "" {
		if app.Match != "" {
			return fault.New(fault.Conflict, "application_taken").With("state", string(app.State))
		}
		app.Household, verb = household, "household_joined"
	}
	term := joinsTerm(app.Joins)
	app.Joins = ""
	app.Terms = without(app.Terms, term)
	app.tell(verb, actor, a.clock(), "")
	return nil
}

func without(all []string, one string) []string {
	kept := make([]string, 0, len(all))
	for _, s := range all {
		if s != one {
			kept = append(kept, s)
		}
	}
	return kept
}

// joinsTerm finds the applications that name one's household.
func joinsTerm(application string) string { return "joins:" + application }

// askingToJoin lists the applications that name the household of one.
func (a *Applications) askingToJoin(ctx context.Context, id string) ([]*Application, error) {
	page, err := a.docs.Find(ctx, docstore.Query{Scope: people.System().Desk(), Terms: []string{joinsTerm(id)}, Limit: 20}, nil)
	return page.Items, err
}

// joining lists them as the family that was named reads them.
func (a *Applications) joining(ctx context.Context, id string) ([]Joining, error) {
	found, err := a.askingToJoin(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []Joining
	for _, app := range found {
		var student PersonView
		if err := a.openAll(ctx, app.ID, contactParts("student", &app.Student, &student)[:1]); err != nil {
			return nil, err
		}
		list = append(list, Joining{Tag: call.Tag{ID: app.ID, Version: app.Version}, Reference: app.Reference, FirstName: student.FirstName})
	}
	return list, nil
}
