package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// needsInformation is the hold that carries a question to the family.
const needsInformation = "needs_information"

// daysToRead is how long the desk has to read a family's answer.
const daysToRead = 5

// AnswerQuestion is what a family answers to the question that holds its
// application up.
type AnswerQuestion struct {
	call.Change
	Answer string `json:"answer" form:"answer" validate:"required,plain,max=1000"`
}

// AnswerQuestion brings the family's answer to the desk, which lifts the hold or
// asks again. Until then the family may say it better.
func (a *Applications) AnswerQuestion(ctx context.Context, actor people.Actor, req AnswerQuestion) (Status, error) {
	answer, err := a.box.Seal(ctx, req.ID, "answer", req.Answer)
	if err != nil {
		return Status{}, err
	}
	return a.act(ctx, actor, req.ID, req.IfVersion, func(app *Application) error {
		h := app.question()
		if h == nil {
			return fault.New(fault.Conflict, "nothing_asked")
		}
		now := a.clock()
		h.Answer, h.Answered = answer, docstore.At(now)
		h.Waiting, h.Due = "coordinator", docstore.At(now.AddDate(0, 0, daysToRead))
		app.tell("answered", actor, now, needsInformation)
		return nil
	})
}

// question is the hold whose question the family may answer, nil where there is
// none.
func (app *Application) question() *Hold {
	for i := range app.Holds {
		if app.Holds[i].Question != "" && app.open() {
			return &app.Holds[i]
		}
	}
	return nil
}

// Question opens what the family is asked; empty where nothing is, or where it
// has answered.
func (a *Applications) Question(ctx context.Context, id string) (string, error) {
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return "", err
	}
	h := app.question()
	if h == nil || h.Answered != 0 {
		return "", nil
	}
	var plain string
	err = a.openAll(ctx, id, []part{{"question", &h.Question, &plain}})
	return plain, err
}
