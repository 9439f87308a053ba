package application

import (
	"context"
	"strconv"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// scoring is how far those who wait have been scored anew under a version of
// the grid, whose id it has: after a crash it goes on from there.
type scoring struct {
	docstore.Meta `json:",inline"`

	Place int    `json:"place"` // in toScore
	After string `json:"after,omitempty"`
	Done  int    `json:"done"`
	Ended bool   `json:"ended"`
}

// toScore are the states of those who wait, and of those who may come back to
// waiting when an offer ends.
var toScore = []State{Submitted, Eligible, Offered, Accepted} //nolint:gochecknoglobals // a constant table

// batch is how many applications are scored between two notes of how far it is.
const batch = 200

// Rescore scores one batch of those who wait under the version in force, and
// tells how many it looked at; none once all are. Whoever comes to wait
// meanwhile is scored under it anyway.
func (a *Applications) Rescore(ctx context.Context) (int, error) {
	grid, err := a.CurrentGrid(ctx)
	if err != nil || grid.Number == 1 {
		return 0, err
	}
	s, _, err := a.scorings.Create(ctx, &scoring{Meta: docstore.Meta{ID: grid.ID}})
	if err != nil || s.Ended {
		return 0, err
	}
	page, err := a.docs.Find(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "state", Equal: []docstore.In{docstore.Is(string(toScore[s.Place]))}, After: s.After, Limit: batch,
	}, nil)
	if err != nil {
		return 0, err
	}
	for _, app := range page.Items {
		if err := a.rescore(ctx, app.ID, grid); err != nil {
			return 0, err
		}
	}
	_, err = a.scorings.Update(ctx, s.ID, func(stored *scoring) error {
		stored.After = page.Next
		stored.Done += len(page.Items)
		if page.Next == "" {
			stored.Place++
			stored.Ended = stored.Place == len(toScore)
		}
		return nil
	})
	return max(len(page.Items), 1), err
}

func (a *Applications) rescore(ctx context.Context, id string, grid Grid) error {
	_, err := a.docs.Update(ctx, id, func(app *Application) error {
		if app.Score == nil || app.Score.Grid == grid.Number {
			return docstore.Unchanged
		}
		app.rate(grid, a.clock())
		app.tell("scored", people.System(), a.clock(), "grid_"+strconv.Itoa(grid.Number))
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// scored tells how far a version has come; nothing where it has not begun.
func (a *Applications) scored(ctx context.Context, number int) (*Scored, error) {
	s, err := a.scorings.Get(ctx, gridID(number))
	if fault.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // a version that nobody was scored anew under has none
	}
	if err != nil {
		return nil, err
	}
	return &Scored{Done: s.Done, Ended: s.Ended}, nil
}
