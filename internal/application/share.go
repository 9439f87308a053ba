package application

import (
	"context"
	"maps"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// share keeps what one person holds in a stage of schooling, or one household
// in all, to what they may. Its id names them, so that two applications claimed
// at once cannot both take the last of it.
type share struct {
	docstore.Meta `json:",inline"`

	Held []held `json:"held"`
}

// held is one part of a share, taken by a match for an application.
type held struct {
	Application string          `json:"application"`
	Match       string          `json:"match"`
	Since       docstore.Millis `json:"since"`
}

// limit is a share that an application needs a part of: its id, how many it
// has, and the code of the refusal when there is none left.
type limit struct {
	id   string
	most int
	code string
}

// limits lists the shares of an application: one device per person and stage,
// and so many per household. Alone, an application is its own household.
func (a *Applications) limits(ctx context.Context, app *Application) ([]limit, error) {
	territory, err := a.partners.Territory(ctx, app.Territory)
	if err != nil {
		return nil, err
	}
	limits := []limit{{householdOf(app), territory.Household, "household_full"}}
	if app.Person != "" {
		limits = append(limits, limit{stageShare(app), 1, "stage_served"})
	}
	return limits, nil
}

func householdOf(app *Application) string {
	if app.Household != "" {
		return app.Household
	}
	return "hou_" + app.ID
}

func stageShare(app *Application) string { return app.Person + "/" + app.Stage }

// sharesOf lists the shares of which an application that is served has a part.
func sharesOf(app *Application) []string {
	ids := []string{householdOf(app)}
	if app.Person != "" {
		ids = append(ids, stageShare(app))
	}
	return ids
}

// takeShares takes a part of each share for a match; what a refusal leaves
// taken is given back when the match is undone.
func (a *Applications) takeShares(ctx context.Context, app *Application, match string) error {
	limits, err := a.limits(ctx, app)
	if err != nil {
		return err
	}
	for _, l := range limits {
		if err := a.takeShare(ctx, l, held{app.ID, match, docstore.At(a.clock())}); err != nil {
			return err
		}
	}
	return nil
}

func (a *Applications) takeShare(ctx context.Context, l limit, h held) error {
	stored, made, err := a.shares.Create(ctx, &share{Meta: docstore.Meta{ID: l.id}, Held: []held{h}})
	if err != nil || made || stored.heldBy(h.Match) {
		return err
	}
	_, err = a.shares.Update(ctx, l.id, func(s *share) error {
		switch {
		case s.heldBy(h.Match):
			return docstore.Unchanged
		case slices.ContainsFunc(s.Held, func(other held) bool { return other.Application == h.Application }):
			return fault.New(fault.Conflict, "application_taken").With("state", string(Offered))
		case len(s.Held) >= l.most:
			return fault.New(fault.Conflict, l.code)
		}
		s.Held = append(s.Held, h)
		return nil
	})
	return err
}

func (s *share) heldBy(match string) bool {
	return slices.ContainsFunc(s.Held, func(h held) bool { return h.Match == match })
}

// giveShares gives back what a match took for an application.
func (a *Applications) giveShares(ctx context.Context, app *Application, match string) error {
	return a.changeShares(ctx, app, func(s *share) error {
		kept := slices.DeleteFunc(slices.Clone(s.Held), func(h held) bool { return h.Match == match })
		if len(kept) == len(s.Held) {
			return docstore.Unchanged
		}
		s.Held = kept
		return nil
	})
}

// passShares lets a swap's match hold what the replaced one held.
func (a *Applications) passShares(ctx context.Context, app *Application, from, to string) error {
	return a.changeShares(ctx, app, func(s *share) error {
		i := slices.IndexFunc(s.Held, func(h held) bool { return h.Match == from })
		if i < 0 {
			return docstore.Unchanged
		}
		s.Held[i].Match = to
		return nil
	})
}

func (a *Applications) changeShares(ctx context.Context, app *Application, change func(*share) error) error {
	for _, id := range sharesOf(app) {
		if _, err := a.shares.Update(ctx, id, change); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// SharePart is what a match holds of a share.
type SharePart struct {
	Share, Application, Match string
	Since                     docstore.Millis
}

// EachPart walks what is held of every share; for checks.
func (a *Applications) EachPart(ctx context.Context, do func(SharePart) error) error {
	return a.shares.Each(ctx, docstore.Query{}, func(s *share) error {
		for _, h := range s.Held {
			if err := do(SharePart{s.ID, h.Application, h.Match, h.Since}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Unheld lists the shares of an application of which a match holds no part; for
// checks.
func (a *Applications) Unheld(ctx context.Context, app *Application, match string) ([]string, error) {
	ids := sharesOf(app)
	shares, err := a.shares.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	var unheld []string
	for i, s := range shares {
		if s == nil || !s.heldBy(match) {
			unheld = append(unheld, ids[i])
		}
	}
	return unheld, nil
}

// Left is how much of a share nobody has taken, and the code that refuses where
// that is nothing.
type Left struct {
	Share string
	Left  int
	Code  string
}

// Left tells what is left of the shares of an application. The claim decides;
// this says so beforehand.
func (a *Applications) Left(ctx context.Context, app *Application) ([]Left, error) {
	left, err := a.LeftOf(ctx, []*Application{app})
	if err != nil {
		return nil, err
	}
	return left[0], nil
}

// sharesTogether is how many shares one question to the store has.
const sharesTogether = 200

// LeftOf tells what is left of the shares of many applications, in their order,
// with few questions to the store.
func (a *Applications) LeftOf(ctx context.Context, apps []*Application) ([][]Left, error) {
	left := make([][]Left, len(apps))
	at := map[string][]*Left{} // by share
	for i, app := range apps {
		limits, err := a.limits(ctx, app)
		if err != nil {
			return nil, err
		}
		left[i] = make([]Left, len(limits))
		for k, l := range limits {
			left[i][k] = Left{Share: l.id, Left: l.most, Code: l.code}
			at[l.id] = append(at[l.id], &left[i][k])
		}
	}
	for ids := range slices.Chunk(slices.Collect(maps.Keys(at)), sharesTogether) {
		shares, err := a.shares.GetMany(ctx, ids)
		if err != nil {
			return nil, err
		}
		for k, s := range shares {
			if s == nil {
				continue
			}
			for _, l := range at[ids[k]] {
				l.Left -= len(s.Held)
			}
		}
	}
	return left, nil
}

// forgetShare drops the share that names a person who is forgotten.
func (a *Applications) forgetShare(ctx context.Context, app *Application) error {
	if app.Person == "" {
		return nil
	}
	others, err := a.docs.Find(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "person", Equal: []docstore.In{docstore.Is(app.Person)},
	}, func(other *Application) bool { return other.ID != app.ID && other.Stage == app.Stage })
	if err != nil || len(others.Items) > 0 {
		return err
	}
	s, err := a.shares.Get(ctx, stageShare(app))
	if err == nil {
		err = a.shares.Delete(ctx, s)
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
