package application

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// PublishGrid is a new version, drafted from the one that was published last.
type PublishGrid struct {
	call.Create
	Based  int       `json:"based" validate:"min=1"`                       // number of the version it was drafted from
	From   string    `json:"from" validate:"required,datetime=2006-01-02"` // first day in force
	Reason string    `json:"reason" validate:"required,plain,max=1000"`    // anyone may read it
	Rules  GridRules `json:"rules"`
}

// Faults names what no tag of one field can say.
func (req PublishGrid) Faults(_ country.Rules, now time.Time) []fault.Field {
	fields := req.Rules.Faults()
	if req.From != "" && req.From < now.UTC().Format(time.DateOnly) {
		fields = append(fields, fault.Field{Path: "from", Code: "past_day"})
	}
	return fields
}

// Faults names what contradicts itself: a proof in two bands, an order that is
// none, more points than there are.
func (r GridRules) Faults() (fields []fault.Field) {
	refuse := func(path, code string, limit int) {
		fields = append(fields, fault.Field{Path: "rules." + path, Code: code, Args: map[string]any{"Limit": limit}})
	}
	seen := map[string]bool{}
	for i, band := range r.Means {
		path := "means." + strconv.Itoa(i)
		if i > 0 && band.Value <= r.Means[i-1].Value {
			refuse(path+".value", "order", 0)
		}
		for _, proof := range band.proofs() {
			if seen[proof] {
				refuse(path, "proof_twice", 0)
				break
			}
			seen[proof] = true
		}
	}
	soonest := 0
	for i, d := range r.Deadlines {
		if i > 0 && d.Days <= r.Deadlines[i-1].Days {
			refuse("deadlines."+strconv.Itoa(i)+".days", "order", 0)
		}
		soonest = max(soonest, d.Points)
	}
	if soonest+r.Sharing.Most+r.Obstacles.Most+r.Waiting.Most > mostPoints {
		refuse("waiting.most", "points_over", mostPoints)
	}
	if mostPoints*r.Pair.Point+r.Pair.Fit+r.Pair.Distance > mostPair {
		refuse("pair.point", "pair_over", mostPair)
	}
	return fields
}

const (
	mostPoints = 100       // within a tier
	mostPair   = 1_000_000 // score of a device and an application
)

func (b MeansBand) proofs() []string {
	proofs := slices.Clone(b.Means)
	for level, steps := range b.Scholarships {
		for _, step := range steps {
			proofs = append(proofs, level+"/"+step)
		}
	}
	return proofs
}

// GridView is a published version as anyone may read it.
type GridView struct {
	call.Tag
	Number    int        `json:"number"`
	From      string     `json:"from,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Published *time.Time `json:"published,omitempty"`
	State     string     `json:"state"` // coming, current, past
	Scored    *Scored    `json:"scored,omitempty"`
	Rules     GridRules  `json:"rules"`
}

// Scored is how far those who wait have been scored anew under a version.
type Scored struct {
	Done  int  `json:"done"`
	Ended bool `json:"ended"`
}

func (g *Grid) view(current int) GridView {
	v := GridView{Tag: call.Tag{ID: g.ID, Version: max(g.Version, 1)}, Number: g.Number, From: g.From, Reason: g.Reason, State: "current", Rules: g.GridRules}
	if g.Created != 0 {
		at := g.Created.Time()
		v.Published = &at
	}
	switch {
	case g.Number > current:
		v.State = "coming"
	case g.Number < current:
		v.State = "past"
	}
	return v
}

// PublishGrid stores a version; what was published stays as it is. Of two
// drafts of the same version the first is published.
func (a *Applications) PublishGrid(ctx context.Context, actor people.Actor, req PublishGrid) (GridView, error) {
	if err := actor.Must(people.Administrator); err != nil {
		return GridView{}, err
	}
	if fields := req.Faults(country.Rules{}, a.clock()); len(fields) > 0 {
		return GridView{}, fault.InvalidFields(fields)
	}
	last, err := a.newest(ctx, nil)
	if err != nil {
		return GridView{}, err
	}
	key := id.Derived("grd", actor.Name(), req.Key)
	switch {
	case req.Key != "" && last.Key == key:
		return a.gridView(ctx, &last)
	case req.Based != last.Number:
		return GridView{}, fault.New(fault.Stale, "grid_changed")
	case req.From < last.From:
		return GridView{}, fault.InvalidField("from", "before_last")
	}
	now := docstore.At(a.clock())
	grid := &Grid{
		Meta: docstore.Meta{ID: gridID(last.Number + 1)}, GridRules: req.Rules, Number: last.Number + 1,
		From: req.From, Reason: req.Reason, Key: key, By: actor.Name(), Created: now,
	}
	grid.Record(docstore.Record{Kind: "grid.published", Actor: actor.Name(), At: now, Data: map[string]string{"number": strconv.Itoa(grid.Number)}})
	if err := a.grids.Insert(ctx, grid); fault.Is(err, fault.Conflict) {
		return GridView{}, fault.New(fault.Stale, "grid_changed")
	} else if err != nil {
		return GridView{}, err
	}
	return a.gridView(ctx, grid)
}

func (a *Applications) gridView(ctx context.Context, grid *Grid) (GridView, error) {
	current, err := a.CurrentGrid(ctx)
	if err != nil {
		return GridView{}, err
	}
	v := grid.view(current.Number)
	v.Scored, err = a.scored(ctx, grid.Number)
	return v, err
}

// ReadGrid gives a version by its id; open to all, as those whom it ranks are.
func (a *Applications) ReadGrid(ctx context.Context, _ people.Actor, req call.One) (GridView, error) {
	grid := DefaultGrid()
	if req.ID != grid.ID {
		stored, err := a.grids.Get(ctx, req.ID)
		if err != nil {
			return GridView{}, err
		}
		grid = *stored
	}
	return a.gridView(ctx, &grid)
}

// Grids lists the versions, the newest first; the first of all stands in the
// program and ends the list.
func (a *Applications) Grids(ctx context.Context, _ people.Actor, req call.List) (call.Page[GridView], error) {
	page := call.Page[GridView]{Items: []GridView{}}
	found, err := a.grids.Find(ctx, docstore.Query{Index: "number", After: req.After, Limit: req.Limit}, nil)
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	first := DefaultGrid()
	if page.Next == "" {
		found.Items = append(found.Items, &first)
	}
	for _, grid := range found.Items {
		v, err := a.gridView(ctx, grid)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// PreviewGrid asks what a draft would do.
type PreviewGrid struct {
	Rules GridRules `json:"rules"`
}

// Faults names what contradicts itself in the draft.
func (req PreviewGrid) Faults(country.Rules, time.Time) []fault.Field { return req.Rules.Faults() }

// GridPreview is what a draft changes, in its rules and for those who wait.
type GridPreview struct {
	Changes []RuleChange `json:"changes"`
	Looked  int          `json:"looked"` // applications that wait and were looked at
	More    bool         `json:"more"`   // there are others
	Moves   []TierMove   `json:"moves"`  // between tiers
	Points  int          `json:"points"` // stay in their tier, with other points
}

// RuleChange is one value of the rules that is not as it was.
type RuleChange struct {
	Path string `json:"path"`
	Was  string `json:"was"`
	Is   string `json:"is"`
}

// TierMove counts the applications that leave a tier for another.
type TierMove struct {
	From  int `json:"from"`
	To    int `json:"to"`
	Count int `json:"count"`
}

// mostPreviewed bounds how many applications a preview looks at.
const mostPreviewed = 1000

// PreviewGrid compares a draft with the version in force: which values differ,
// and how those who wait would move.
func (a *Applications) PreviewGrid(ctx context.Context, actor people.Actor, req PreviewGrid) (GridPreview, error) {
	if err := actor.Must(people.Administrator); err != nil {
		return GridPreview{}, err
	}
	current, err := a.CurrentGrid(ctx)
	if err != nil {
		return GridPreview{}, err
	}
	v := GridPreview{Changes: changes(current.GridRules, req.Rules), Moves: []TierMove{}}
	draft, now, moves := Grid{GridRules: req.Rules}, a.clock(), map[[2]int]int{}
	query := docstore.Query{Scope: actor.Desk(), Index: "priority", Equal: []docstore.In{docstore.Is(string(Eligible))}, Limit: batch}
	for {
		page, err := a.docs.Find(ctx, query, nil)
		if err != nil {
			return v, err
		}
		for _, app := range page.Items {
			was := Rate(current, app.Need, app.Level, app.Submitted.Time(), now)
			is := Rate(draft, app.Need, app.Level, app.Submitted.Time(), now)
			switch {
			case was.Tier != is.Tier:
				moves[[2]int{was.Tier, is.Tier}]++
			case was.Points != is.Points:
				v.Points++
			}
		}
		v.Looked += len(page.Items)
		query.After, v.More = page.Next, page.Next != ""
		if !v.More || v.Looked >= mostPreviewed {
			break
		}
	}
	for move, count := range moves {
		v.Moves = append(v.Moves, TierMove{From: move[0], To: move[1], Count: count})
	}
	slices.SortFunc(v.Moves, func(x, y TierMove) int { return (x.From-y.From)*10 + x.To - y.To })
	return v, nil
}

// changes lists the values that differ, by their path in the rules.
func changes(was, is GridRules) []RuleChange {
	before, after := flat(was), flat(is)
	paths := maps.Clone(before)
	maps.Copy(paths, after)
	list := []RuleChange{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if before[path] != after[path] {
			list = append(list, RuleChange{Path: path, Was: before[path], Is: after[path]})
		}
	}
	return list
}

// flat writes rules as path and value: "waiting.most" → "20".
func flat(rules GridRules) map[string]string {
	values := map[string]string{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(path+"."+name, inner)
			}
		case []any:
			for i, inner := range v {
				walk(path+"."+strconv.Itoa(i), inner)
			}
		case nil:
		default:
			text, _ := json.Marshal(v) // a number or text that was JSON a moment ago
			values[path[1:]] = string(text)
		}
	}
	text, err := json.Marshal(rules)
	var tree any
	if err == nil && json.Unmarshal(text, &tree) == nil {
		walk("", tree)
	}
	return values
}
