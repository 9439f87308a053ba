package application

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Tiers is how many tiers of need there are; tier 1 is the strongest.
const Tiers = 5

// Grid is one published version of the rules of need.
type Grid struct {
	docstore.Meta `json:",inline"`
	GridRules     `json:",inline"`

	Number  int             `json:"number"`
	From    string          `json:"from,omitempty"`   // first day in force, YYYY-MM-DD
	Reason  string          `json:"reason,omitempty"` // public, as published
	Key     string          `json:"key,omitempty"`    // of the request that published it
	By      string          `json:"by,omitempty"`
	Created docstore.Millis `json:"created"`
}

// GridRules is what a committee can debate. Forbidden criteria (sex,
// nationality, papers, origin, grades, speed of applying) have no field here, so
// no version can use them.
type GridRules struct {
	Equipment Equipment   `json:"equipment"`
	Means     []MeansBand `json:"means" validate:"required,min=1,max=6,dive"` // the strongest proof counts; no proof is one value more than the last
	Changed   int         `json:"changed" validate:"min=0,max=4"`             // by how much an attested change of situation lowers M
	Step      StepUp      `json:"step"`
	Deadlines []Deadline  `json:"deadlines" validate:"max=5,dive"` // the nearest first
	Sharing   Capped      `json:"sharing"`                         // for each learner per computer
	Obstacles Capped      `json:"obstacles"`                       // for each obstacle
	Waiting   Capped      `json:"waiting"`                         // for each month
	Pair      PairWeights `json:"pair"`
}

// Equipment is E of the tier: what each situation at home counts.
type Equipment struct {
	None         int `json:"none" validate:"min=0,max=4"`
	Crowded      int `json:"crowded" validate:"min=0,max=4"` // shared by CrowdedFrom learners or more
	CrowdedFrom  int `json:"crowded_from" validate:"min=2,max=15"`
	BelowMinimum int `json:"below_minimum" validate:"min=0,max=4"`
	Shared       int `json:"shared" validate:"min=0,max=4"`
	Own          int `json:"own" validate:"min=0,max=4"`
}

// MeansBand is one value of M of the tier and the proofs that give it.
type MeansBand struct {
	Value        int                 `json:"value" validate:"min=0,max=4"`
	Means        []string            `json:"means" validate:"max=6,dive,oneof=quotient_400 quotient_600 quotient_800 rsa in_care"`
	Scholarships map[string][]string `json:"scholarships" validate:"max=3,dive,keys,oneof=college lycee higher,endkeys,max=8,dive,oneof=0bis 1 2 3 4 5 6 7"` // échelons by level
}

// StepUp is the one step towards tier 1 beside E and M.
type StepUp struct {
	Months int `json:"months" validate:"min=1,max=60"` // of waiting; never into tier 1
	NotAt  int `json:"not_at" validate:"min=1,max=5"`  // E at which no step is given
}

// Deadline is what an exam, course start or internship within Days gives.
type Deadline struct {
	Days   int `json:"days" validate:"min=1,max=366"`
	Points int `json:"points" validate:"min=0,max=100"`
}

// Capped is points for each, up to a most.
type Capped struct {
	Each int `json:"each" validate:"min=0,max=100"`
	Most int `json:"most" validate:"min=0,max=100"`
}

// PairWeights make the score of a device and an application, 1 to 1e6: what a
// point of need is worth, and the most that fit and nearness add.
type PairWeights struct {
	Point    int `json:"point" validate:"min=1,max=10000"`
	Fit      int `json:"fit" validate:"min=0,max=1000000"`
	Distance int `json:"distance" validate:"min=0,max=1000000"`
	ReachKM  int `json:"reach_km" validate:"min=1,max=1000"` // where nearness has no worth left
}

// DefaultGrid is version 1, as published.
func DefaultGrid() Grid {
	return Grid{
		Meta:      docstore.Meta{ID: gridID(1)},
		Number:    1,
		GridRules: defaultRules(),
	}
}

func defaultRules() GridRules {
	return GridRules{
		Equipment: Equipment{None: 0, Crowded: 1, CrowdedFrom: 3, BelowMinimum: 1, Shared: 2, Own: 4},
		Means: []MeansBand{
			{Value: 0, Means: []string{"quotient_400", "rsa", "in_care"}, Scholarships: map[string][]string{
				"college": {"3"}, "lycee": {"5", "6"}, "higher": {"6", "7"},
			}},
			{Value: 1, Means: []string{"quotient_600"}, Scholarships: map[string][]string{
				"college": {"2"}, "lycee": {"3", "4"}, "higher": {"3", "4", "5"},
			}},
			{Value: 2, Means: []string{"quotient_800"}, Scholarships: map[string][]string{
				"college": {"1"}, "lycee": {"1", "2"}, "higher": {"0bis", "1", "2"},
			}},
		},
		Changed:   1,
		Step:      StepUp{Months: 6, NotAt: 4},
		Deadlines: []Deadline{{Days: 30, Points: 30}, {Days: 90, Points: 20}},
		Sharing:   Capped{Each: 5, Most: 20},
		Obstacles: Capped{Each: 10, Most: 30},
		Waiting:   Capped{Each: 2, Most: 20},
		Pair:      PairWeights{Point: 7000, Fit: 200_000, Distance: 100_000, ReachKM: 60},
	}
}

func gridID(number int) string { return fmt.Sprintf("grd_%06d", number) }

// GridSpec declares the collection of grids.
func GridSpec() docstore.Spec {
	return docstore.Spec{Name: "grids", Indexes: []docstore.Index{{Name: "number", Order: "number", Desc: true}}}
}

// CurrentGrid is the newest version whose day has come.
func (a *Applications) CurrentGrid(ctx context.Context) (Grid, error) {
	today := a.clock().UTC().Format(time.DateOnly)
	return a.newest(ctx, func(g *Grid) bool { return g.From <= today })
}

// newest is the version published last among such.
func (a *Applications) newest(ctx context.Context, such func(*Grid) bool) (Grid, error) {
	page, err := a.grids.Find(ctx, docstore.Query{Index: "number", Limit: 1}, such)
	if err != nil || len(page.Items) == 0 {
		return DefaultGrid(), err
	}
	return *page.Items[0], nil
}

// Grid is a published version by its number, as rounds record it.
func (a *Applications) Grid(ctx context.Context, number int) (Grid, error) {
	if number == 1 {
		return DefaultGrid(), nil
	}
	grid, err := a.grids.Get(ctx, gridID(number))
	if err != nil {
		return Grid{}, err
	}
	return *grid, nil
}

// SameTiers tells whether two versions put everybody into the same tier.
func (r GridRules) SameTiers(other GridRules) bool {
	return reflect.DeepEqual(r.Equipment, other.Equipment) && reflect.DeepEqual(r.Means, other.Means) && r.Changed == other.Changed && r.Step == other.Step
}

// months counts the whole months from one moment to another.
func months(from, to time.Time) int {
	if from.IsZero() || !to.After(from) {
		return 0
	}
	n := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	if n > 0 && from.AddDate(0, n, 0).After(to) {
		n--
	}
	return n
}
