package matching

import (
	"context"
	"errors"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Decide approves or rejects several proposals, each on its own.
type Decide struct {
	Action string   `json:"action" form:"action" validate:"required,oneof=approve reject"`
	IDs    []string `json:"ids" form:"ids" validate:"required,min=1,max=200,dive,max=40"`
	Reason string   `json:"reason,omitempty" form:"reason" validate:"required_if=Action reject,plain,max=500"`
}

// Outcomes says what became of each.
type Outcomes struct {
	Items []Outcome `json:"items"`
}

// Outcome is what became of one match: its state, or the code that refused.
type Outcome struct {
	ID    string         `json:"id"`
	State State          `json:"state,omitempty"`
	Code  string         `json:"code,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
}

// Decide gives the outcome of every row; one that is refused stops none.
func (m *Matches) Decide(ctx context.Context, actor people.Actor, req Decide) (Outcomes, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return Outcomes{}, err
	}
	outcomes := Outcomes{Items: make([]Outcome, 0, len(req.IDs))}
	for _, id := range req.IDs {
		view, err := m.decideOne(ctx, actor, req, id)
		if ctx.Err() != nil {
			return outcomes, ctx.Err()
		}
		outcomes.Items = append(outcomes.Items, outcome(id, view, err))
	}
	return outcomes, nil
}

func (m *Matches) decideOne(ctx context.Context, actor people.Actor, req Decide, id string) (View, error) {
	change := call.Change{ID: id}
	if req.Action == actionReject {
		return m.Reject(ctx, actor, Reject{Change: change, Reason: req.Reason})
	}
	return m.Approve(ctx, actor, Approve{Change: change, Reason: req.Reason})
}

func outcome(id string, view View, err error) Outcome {
	var refusal *fault.Error
	switch {
	case err == nil:
		return Outcome{ID: id, State: view.State}
	case errors.As(err, &refusal):
		return Outcome{ID: id, Code: refusal.Code, Args: refusal.Args}
	default:
		return Outcome{ID: id, Code: "internal"}
	}
}
