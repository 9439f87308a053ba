package matching

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// WhatIf is a past round's problem answered under other rules, beside it.
// Nothing is proposed until it is adopted.
type WhatIf struct {
	docstore.Meta `json:",inline"`

	Round      string          `json:"round"`
	Territory  string          `json:"territory"`
	Changes    Changes         `json:"changes"`
	State      string          `json:"state"` // running, done, failed, dropped, adopted
	Stage      string          `json:"stage"`
	Done       int             `json:"done"`
	Total      int             `json:"total"`
	Failure    string          `json:"failure,omitempty"`
	Before     Answer          `json:"before"`
	After      Answer          `json:"after"`
	Difference *Difference     `json:"difference,omitempty"`
	By         string          `json:"by"`
	Started    docstore.Millis `json:"started"`
	Beat       docstore.Millis `json:"beat"`
	Ended      docstore.Millis `json:"ended,omitempty"`
	AdoptedBy  string          `json:"adopted_by,omitempty"`
	AdoptedAs  string          `json:"adopted_as,omitempty"` // the round
}

// Answer is what a choice comes to, each by its own rules.
type Answer struct {
	Served int         `json:"served"`
	Score  int64       `json:"score"`
	Tiers  []TierCount `json:"tiers"`
}

// States of a what-if beside those of a round.
const (
	whatIfDropped = "dropped"
	whatIfAdopted = "adopted"
)

func whatIfSpec() docstore.Spec {
	return docstore.Spec{Name: "what_ifs", Scoped: true, Indexes: []docstore.Index{
		{Name: "round", Equal: []string{"round"}, Order: "started", Desc: true}, {Name: "state", Equal: []string{"state"}, Order: "beat"},
	}}
}

// TryRound asks what a done round would have been under other rules.
type TryRound struct {
	call.Create
	Round   string `json:"round" validate:"required,max=40"`
	Changes        // the other rules
}

// Faults names values that contradict one another.
func (req TryRound) Faults(country.Rules, time.Time) []fault.Field {
	if req.Rules == nil {
		return nil
	}
	return req.Rules.Faults()
}

// WhatIfView is a what-if as the desk reads it.
type WhatIfView struct {
	call.Tag
	Round      string      `json:"round"`
	Territory  string      `json:"territory"`
	Changes    Changes     `json:"changes"`
	State      string      `json:"state"`
	Stage      string      `json:"stage"`
	Done       int         `json:"done"`
	Total      int         `json:"total"`
	Failure    string      `json:"failure,omitempty"`
	Before     Answer      `json:"before"`
	After      Answer      `json:"after"`
	Difference *Difference `json:"difference,omitempty"`
	By         string      `json:"by"`
	Started    time.Time   `json:"started"`
	Ended      *time.Time  `json:"ended,omitempty"`
	AdoptedBy  string      `json:"adopted_by,omitempty"`
	AdoptedAs  string      `json:"adopted_as,omitempty"`
}

func (w *WhatIf) view() WhatIfView {
	return WhatIfView{
		Tag: call.Tag{ID: w.ID, Version: w.Version}, Round: w.Round, Territory: w.Territory, Changes: w.Changes, State: w.State,
		Stage: w.Stage, Done: w.Done, Total: w.Total, Failure: w.Failure, Before: w.Before, After: w.After, Difference: w.Difference,
		By: w.By, Started: w.Started.Time(), Ended: moment(w.Ended), AdoptedBy: w.AdoptedBy, AdoptedAs: w.AdoptedAs,
	}
}

// TryRound begins a what-if here, and returns at once.
func (m *Matches) TryRound(ctx context.Context, actor people.Actor, req TryRound) (WhatIfView, error) {
	round, err := m.seen(ctx, actor, req.Round)
	if err != nil {
		return WhatIfView{}, err
	}
	if round.State != roundDone {
		return WhatIfView{}, fault.New(fault.Conflict, "wrong_state").With("from", round.State)
	}
	own := id.For(id.WhatIf, actor.Name(), req.Key)
	if made, err := m.whatIfs.Get(ctx, own); !fault.Is(err, fault.NotFound) {
		if err != nil {
			return WhatIfView{}, err
		}
		return made.view(), nil
	}
	p, err := m.problemOf(ctx, round.ID)
	if err != nil {
		return WhatIfView{}, err
	}
	more, err := m.added(ctx, actor, round, p, req.Add)
	if err != nil {
		return WhatIfView{}, err
	}
	now := docstore.At(m.clock())
	w := &WhatIf{
		Meta: docstore.Meta{ID: own}, Round: round.ID, Territory: round.Territory, Changes: req.Changes, State: roundRunning, Stage: "reading",
		By: actor.Name(), Started: now, Beat: now,
	}
	w.tell("tried", actor, now)
	w, made, err := m.whatIfs.Create(ctx, w)
	if err != nil || !made {
		return WhatIfView{}, err
	}
	view := w.view()
	if !m.launch(w.ID, func(ctx context.Context, stop func()) { m.try(ctx, stop, w, round, p, more) }) {
		return view, fault.New(fault.Unavailable, "stopping")
	}
	return view, nil
}

func (w *WhatIf) tell(verb string, actor people.Actor, at docstore.Millis) {
	w.Record(docstore.Record{
		Kind: "what_if." + verb, Actor: actor.Name(), At: at,
		Data: map[string]string{"what_if": w.ID, "round": w.Round, "territory": w.Territory},
	})
}

// atWhatIf reads a what-if for a coordinator of its territory.
func (m *Matches) atWhatIf(ctx context.Context, actor people.Actor, whatIfID string) (*WhatIf, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return nil, err
	}
	w, err := m.whatIfs.Get(ctx, whatIfID)
	if err != nil {
		return nil, err
	}
	return w, people.MustSee(actor.Desk(), w.Territory)
}

// WhatIf reads a what-if and its progress.
func (m *Matches) WhatIf(ctx context.Context, actor people.Actor, req call.One) (WhatIfView, error) {
	w, err := m.atWhatIf(ctx, actor, req.ID)
	if err != nil {
		return WhatIfView{}, err
	}
	return w.view(), nil
}

// WhatIfs asks for those of a round, newest first.
type WhatIfs struct {
	call.List
	Round string `json:"-" form:"round" validate:"required,max=40"`
}

// WhatIfs gives a page of them.
func (m *Matches) WhatIfs(ctx context.Context, actor people.Actor, req WhatIfs) (call.Page[WhatIfView], error) {
	page := call.Page[WhatIfView]{Items: []WhatIfView{}}
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return page, err
	}
	found, err := m.whatIfs.Find(ctx, docstore.Query{
		Scope: actor.Desk(), Index: "round", Equal: []docstore.In{docstore.Is(req.Round)}, After: req.After, Limit: req.Limit,
	}, nil)
	for _, w := range found.Items {
		page.Items = append(page.Items, w.view())
	}
	page.Next = found.Next
	return page, err
}

// DropWhatIf ends a what-if: one that runs is stopped, one that is done is put
// aside.
func (m *Matches) DropWhatIf(ctx context.Context, actor people.Actor, req call.Change) (WhatIfView, error) {
	if _, err := m.atWhatIf(ctx, actor, req.ID); err != nil {
		return WhatIfView{}, err
	}
	w, err := m.whatIfs.Update(ctx, req.ID, func(w *WhatIf) error {
		if err := docstore.IfVersion(w.Version, req.IfVersion); err != nil {
			return err
		}
		if w.State != roundRunning && w.State != roundDone {
			return fault.New(fault.Conflict, "wrong_state").With("from", w.State)
		}
		w.State, w.Ended = whatIfDropped, docstore.At(m.clock())
		w.tell("dropped", actor, w.Ended)
		return nil
	})
	if err != nil {
		return WhatIfView{}, err
	}
	m.stop(req.ID)
	return w.view(), nil
}
