package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Check verifies what must hold between matches, devices and applications:
// histories follow the life cycles, no saga is left over, each live match holds
// its device and application, nothing is held by anything else, and no device
// or application has two live matches.
func (m *Matches) Check(ctx context.Context) ([]Breach, error) {
	var found []Breach
	say := func(rule, id, fact string) { found = append(found, Breach{Rule: rule, ID: id, Fact: fact}) }
	live := map[string]string{} // device or application → match
	err := m.docs.Each(ctx, docstore.Query{Scope: everywhere()}, func(d *Match) error {
		checkHistory(d, say)
		if d.Saga != "" && m.clock().Sub(d.Since.Time()) > 2*grace {
			say("saga", d.ID, string(d.Saga)+" unfinished since "+d.Since.Time().String())
		}
		if !d.State.Live() || d.Saga != "" {
			return nil
		}
		for _, side := range []string{d.Device, d.Application} {
			if other := live[side]; other != "" {
				say("live", d.ID, side+" has another live match "+other)
			}
			live[side] = d.ID
		}
		return m.checkClaims(ctx, d, say)
	})
	if err != nil {
		return found, err
	}
	err = m.devices.EachIn(ctx, []device.State{device.Reserved, device.Allocated, device.Dispatched}, func(d *device.Device) error {
		return m.checkHolder(ctx, d.ID, d.Match, d.Since, say)
	})
	if err != nil {
		return found, err
	}
	err = m.applications.Each(ctx, func(app *application.Application) error {
		var last application.State
		for i, c := range app.History {
			if c.From != last || i > 0 && !application.Steps.Allows(c.From, c.To) {
				say("history", app.ID, string(c.From)+" → "+string(c.To))
			}
			last = c.To
		}
		if last != app.State {
			say("history", app.ID, "ends in "+string(last)+", is "+string(app.State))
		}
		if app.State == application.Offered || app.State == application.Accepted {
			return m.checkHolder(ctx, app.ID, app.Match, app.Since, say)
		}
		return nil
	})
	return found, err
}

func checkHistory(d *Match, say func(rule, id, fact string)) {
	var last State
	for i, c := range d.History {
		if c.From != last || i > 0 && !Steps.Allows(c.From, c.To) {
			say("history", d.ID, string(c.From)+" → "+string(c.To))
		}
		last = c.To
	}
	if last != d.State {
		say("history", d.ID, "ends in "+string(last)+", is "+string(d.State))
	}
}

// checkClaims verifies that a settled live match holds both sides.
func (m *Matches) checkClaims(ctx context.Context, d *Match, say func(rule, id, fact string)) error {
	dev, err := m.devices.Find(ctx, d.Device)
	if err != nil {
		return err
	}
	if dev.Match != d.ID {
		say("claim", d.ID, "its device is held by "+dev.Match)
	}
	app, err := m.applications.Find(ctx, d.Application)
	if err != nil {
		return err
	}
	if app.Match != d.ID {
		say("claim", d.ID, "its application is held by "+app.Match)
	}
	return nil
}

// checkHolder verifies that what is held is held by a live match, or by one
// that is being settled.
func (m *Matches) checkHolder(ctx context.Context, held, match string, since docstore.Millis, say func(rule, id, fact string)) error {
	d, err := m.docs.Get(ctx, match)
	if fault.Is(err, fault.NotFound) {
		say("claim", held, "held by unknown match "+match)
		return nil
	}
	if err != nil {
		return err
	}
	if !d.State.Live() && d.Saga == "" && d.State != Fulfilled && m.clock().Sub(since.Time()) > 2*grace {
		say("claim", held, "held by match "+match+", which is "+string(d.State))
	}
	return nil
}
