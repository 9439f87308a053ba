package matching

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
)

// Check verifies what must hold between matches, devices and applications:
// histories follow the life cycles, no saga is left over, a match and what it
// holds name each other, no device or application has two live matches, nobody
// is served twice in a stage, shares are held by what lives, and rounds are what
// their states say. What looks wrong is read again before it is said: a server
// may be at work.
func (m *Matches) Check(ctx context.Context, a *lifecycle.Audit) error {
	for _, check := range []func(context.Context, *lifecycle.Audit) error{
		m.checkMatches, m.checkDevices, m.checkApplications, m.checkShares, m.checkRounds,
	} {
		if err := check(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// unsettled tells that a saga has work to do in other documents.
func (match *Match) unsettled() bool { return match.Saga != "" && match.Saga != Watch }

// checkMatches walks the matches and what each says it has.
func (m *Matches) checkMatches(ctx context.Context, a *lifecycle.Audit) error {
	live := map[string]string{} // device or application → match
	return m.docs.Each(ctx, docstore.Query{Scope: everywhere()}, func(d *Match) error {
		Steps.Audit(a, d.ID, d.History, d.State, Proposed)
		if d.unsettled() {
			a.Saga(d.ID, string(d.Saga)+" unfinished", d.Since.Time())
		}
		if d.State.Live() && d.State != Approving { // one that claims may yet be refused
			for _, side := range []string{d.Device, d.Application} {
				if err := m.checkOnlyOne(ctx, live[side], d, side, a); err != nil {
					return err
				}
				live[side] = d.ID
			}
		}
		return m.checkSides(ctx, d, a)
	})
}

// checkOnlyOne says when a side has another live match.
func (m *Matches) checkOnlyOne(ctx context.Context, other string, d *Match, side string, a *lifecycle.Audit) error {
	if other == "" {
		return nil
	}
	for _, id := range []string{other, d.ID} {
		if again, err := m.docs.Get(ctx, id); err != nil || !again.State.Live() {
			return err
		}
	}
	a.Say("live", d.ID, side+" has another live match "+other)
	return nil
}

// checkSides verifies that both sides of a match exist and, where it is settled,
// that those of a live or fulfilled one name it.
func (m *Matches) checkSides(ctx context.Context, d *Match, a *lifecycle.Audit) error {
	dev, err := m.devices.Find(ctx, d.Device)
	noDevice := fault.Is(err, fault.NotFound)
	if err != nil && !noDevice {
		return err
	}
	app, err := m.applications.Find(ctx, d.Application)
	noApplication := fault.Is(err, fault.NotFound)
	if err != nil && !noApplication {
		return err
	}
	var wrong []string
	switch {
	case noDevice:
		a.Say("dangling", d.ID, "of unknown device "+d.Device)
	case d.State.Live() && dev.Match != d.ID:
		wrong = append(wrong, "its device is held by "+dev.Match)
	case d.State == Fulfilled && !delivered(dev):
		wrong = append(wrong, "is fulfilled, and its device is "+string(dev.State))
	}
	switch {
	case noApplication:
		a.Say("dangling", d.ID, "of unknown application "+d.Application)
	case (d.State.Live() || d.State == Fulfilled) && app.Match != d.ID:
		wrong = append(wrong, "its application is held by "+app.Match)
	}
	return m.sayUnlessMoved(ctx, d, wrong, a)
}

// delivered tells a device that has been in a student's hands.
func delivered(d *device.Device) bool {
	return slices.ContainsFunc(d.History, func(c device.Change) bool { return c.To == device.Delivered })
}

// sayUnlessMoved says what is wrong with a settled match, unless it changed
// since it was read. What a hand-over has yet to write is a saga.
func (m *Matches) sayUnlessMoved(ctx context.Context, d *Match, wrong []string, a *lifecycle.Audit) error {
	if len(wrong) == 0 || d.unsettled() {
		return nil
	}
	again, err := m.docs.Get(ctx, d.ID)
	if err != nil || again.Version != d.Version {
		return err
	}
	for _, fact := range wrong {
		if d.State == Fulfilled {
			a.Saga(d.ID, fact, d.Since.Time())
		} else {
			a.Say("claim", d.ID, fact)
		}
	}
	return nil
}

// checkDevices verifies that what is held is held by a match of its own.
func (m *Matches) checkDevices(ctx context.Context, a *lifecycle.Audit) error {
	held := []device.State{device.Reserved, device.Allocated, device.Dispatched, device.Delivered}
	return m.devices.EachIn(ctx, held, func(d *device.Device) error {
		return m.checkHolder(ctx, claimed{
			id: d.ID, match: d.Match, since: d.Since, ended: d.State == device.Delivered,
			side: func(match *Match) string { return match.Device },
		}, a)
	})
}

// checkApplications verifies histories and holders, and that one person is
// served once in a stage.
func (m *Matches) checkApplications(ctx context.Context, a *lifecycle.Audit) error {
	served := map[[2]string]string{} // person and stage → application
	return m.applications.Each(ctx, func(app *application.Application) error {
		application.Steps.Audit(a, app.ID, app.History, app.State, application.Draft, application.Invited, application.Submitted)
		if !slices.Contains([]application.State{application.Offered, application.Accepted, application.Fulfilled}, app.State) {
			return nil
		}
		stage := [2]string{app.Person, app.Stage}
		if other := served[stage]; other != "" && app.Person != "" {
			a.Say("stage", app.ID, "is served as "+other+" is, of the same person and stage")
		}
		served[stage] = app.ID
		if err := m.checkParts(ctx, app, a); err != nil {
			return err
		}
		return m.checkHolder(ctx, claimed{
			id: app.ID, match: app.Match, since: app.Since, ended: app.State == application.Fulfilled,
			side: func(match *Match) string { return match.Application },
		}, a)
	})
}

// claimed is a device or an application, and the match that it stores.
type claimed struct {
	id, match string
	since     docstore.Millis
	ended     bool // in the student's hands: the match is fulfilled
	side      func(*Match) string
}

// checkHolder verifies that what is held is held by a match of its own that
// lives or was fulfilled, as the case may be. Steps between the two are a saga,
// as old as the later change.
func (m *Matches) checkHolder(ctx context.Context, held claimed, a *lifecycle.Audit) error {
	d, err := m.docs.Get(ctx, held.match)
	switch {
	case fault.Is(err, fault.NotFound):
		a.Say("claim", held.id, "held by unknown match "+held.match)
	case err != nil:
		return err
	case held.side(d) != held.id:
		a.Say("claim", held.id, "held by match "+held.match+", which is of "+held.side(d))
	case d.unsettled(), held.ended && d.State == Fulfilled, !held.ended && d.State.Live():
	default:
		a.Saga(held.id, "held by match "+held.match+", which is "+string(d.State), max(held.since, d.Since).Time())
	}
	return nil
}

// checkShares verifies that a part of a share is taken once, by a match that
// lives or was fulfilled, for the application that it serves.
func (m *Matches) checkShares(ctx context.Context, a *lifecycle.Audit) error {
	taken := map[[2]string]bool{} // share and match
	return m.applications.EachPart(ctx, func(p application.SharePart) error {
		part := [2]string{p.Share, p.Match}
		if taken[part] {
			a.Say("share", p.Share, "counts match "+p.Match+" twice")
		}
		taken[part] = true
		d, err := m.docs.Get(ctx, p.Match)
		switch {
		case fault.Is(err, fault.NotFound):
			a.Say("dangling", p.Share, "is held by unknown match "+p.Match)
		case err != nil:
			return err
		case d.Application != p.Application:
			a.Say("share", p.Share, "is held by match "+p.Match+" for "+p.Application+", and it is of "+d.Application)
		case !d.State.Live() && !d.unsettled() && d.State != Fulfilled:
			a.Saga(p.Share, "is held by match "+p.Match+", which is "+string(d.State), p.Since.Time())
		}
		return nil
	})
}

// checkParts verifies that an application that is served counts in its shares:
// what a household or a person has is what stands there.
func (m *Matches) checkParts(ctx context.Context, app *application.Application, a *lifecycle.Audit) error {
	unheld, err := m.applications.Unheld(ctx, app, app.Match)
	for _, share := range unheld {
		a.Saga(app.ID, "is served, and its share "+share+" does not count match "+app.Match, app.Since.Time())
	}
	return err
}
