package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// freeLoose frees devices and applications whose match has ended: a process
// that froze in the middle of a claim may write it after recovery has undone
// the match. It tells how many it freed.
func (m *Matches) freeLoose(ctx context.Context, before docstore.Millis) (int, error) {
	loose, err := m.looseMatches(ctx, before)
	if err != nil {
		return 0, err
	}
	for _, match := range loose {
		if _, err := m.finish(ctx, people.System(), ended(match)); err != nil {
			return 0, err
		}
	}
	return len(loose), nil
}

// looseMatches gives the ended matches, no saga at work on them, that still
// hold a device or an application claimed before a moment.
func (m *Matches) looseMatches(ctx context.Context, before docstore.Millis) ([]*Match, error) {
	held, err := m.held(ctx, before)
	if err != nil {
		return nil, err
	}
	var loose []*Match
	for id := range held {
		match, err := m.docs.Get(ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue // check reports it: nothing here knows what to free
		}
		if err != nil {
			return nil, err
		}
		if !match.State.Live() && match.State != Fulfilled && match.Saga == "" && match.Since < before {
			loose = append(loose, match)
		}
	}
	return loose, nil
}

// held gives the matches written on claimed devices and applications, without
// those that are live.
func (m *Matches) held(ctx context.Context, before docstore.Millis) (map[string]bool, error) {
	held := map[string]bool{}
	err := m.devices.EachIn(ctx, []device.State{device.Reserved, device.Allocated}, func(d *device.Device) error {
		held[d.Match] = held[d.Match] || d.Since < before
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = m.applications.EachIn(ctx, []application.State{application.Offered, application.Accepted}, func(a *application.Application) error {
		held[a.Match] = held[a.Match] || a.Since < before
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = m.eachIn(ctx, []State{Approving, Offered, Accepted}, func(match *Match) error {
		delete(held, match.ID)
		return nil
	})
	return held, err
}

// eachIn walks the matches of some states in every territory.
func (m *Matches) eachIn(ctx context.Context, states []State, do func(*Match) error) error {
	in := make(docstore.In, len(states))
	for i, s := range states {
		in[i] = string(s)
	}
	return m.docs.Each(ctx, docstore.Query{Scope: everywhere(), Index: "state", Equal: []docstore.In{in}}, do)
}
