package impact

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// InstitutionFigures is what an institution may know of its students and of the
// devices kept for it: counts, and nobody's name.
type InstitutionFigures struct {
	call.Tag
	Applications []AtLeast `json:"applications"` // through its structures, by state
	Received     int       `json:"received"`     // devices kept for it that came here
	HandedOver   int       `json:"handed_over"`  // of them, when the month began, at least
	Since        time.Time `json:"since"`
}

// AtLeast is how many there are at least, in groups of five; zero says fewer
// than five.
type AtLeast struct {
	State string `json:"state"`
	Count int    `json:"count"`
}

// told are the states that an institution reads of, in the order of the way.
var told = []application.State{ //nolint:gochecknoglobals // a constant table
	application.Submitted, application.Eligible, application.Offered, application.Accepted, application.Fulfilled,
	application.Ineligible, application.Withdrawn,
}

// Institution sums the figures of an institution that the actor may read.
func (f *Figures) Institution(ctx context.Context, actor people.Actor, req call.One) (InstitutionFigures, error) {
	institution, err := f.partners.Institution(ctx, actor, req)
	if err != nil {
		return InstitutionFigures{}, err
	}
	now := f.clock().UTC()
	v := InstitutionFigures{Tag: institution.Tag, Applications: []AtLeast{}, Since: time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)}
	ids := []string{institution.ID}
	for _, structure := range institution.Structures {
		ids = append(ids, structure.ID)
	}
	tallies, err := f.tallies.GetMany(ctx, ids)
	if err != nil {
		return v, err
	}
	states := map[string]int64{}
	for n, tally := range tallies {
		switch {
		case tally == nil:
		case n == 0:
			tally.begin(now)
			v.Received = tally.stage("", bench, stock, onTheWay, delivered, recycled).Count
			v.HandedOver = grouped(tally.Delivered)
		default:
			for state, count := range tally.Stages {
				states[state] += count
			}
		}
	}
	for _, state := range told {
		v.Applications = append(v.Applications, AtLeast{string(state), grouped(states[string(state)])})
	}
	return v, nil
}
