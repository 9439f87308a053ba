package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// proposeSecond proposes the device of an ended offer to its prepared second
// choice, when both are free: a coordinator decides it like any other. Its id
// is derived, so that it is proposed once however often the saga is walked.
func (m *Matches) proposeSecond(ctx context.Context, actor people.Actor, ended *Match) error {
	if ended.Second == "" {
		return nil
	}
	app, err := m.applications.Find(ctx, ended.Second)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	dev, err := m.devices.Find(ctx, ended.Device)
	if err != nil {
		return err
	}
	free, err := m.bothFree(ctx, app, dev)
	if err != nil || !free {
		return err
	}
	match, err := m.pairing(ctx, app, dev)
	if refused(err) {
		return nil
	}
	if err != nil {
		return err
	}
	match.ID, match.Round = id.Derived(id.Match, ended.ID, "second"), ended.Round
	if err := match.take(step{Proposed, actor, m.clock(), ended.ID}, ""); err != nil {
		return err
	}
	_, _, err = m.docs.Create(ctx, match)
	return err
}

// bothFree tells whether a pair may be proposed now: neither is taken, and no
// open proposal has either; and that it was not said no to before.
func (m *Matches) bothFree(ctx context.Context, app *application.Application, dev *device.Device) (bool, error) {
	if !app.Waits() || dev.State != device.Available {
		return false, nil
	}
	if no, err := m.saidNo(ctx, dev.ID, app.ID); err != nil || no {
		return false, err
	}
	rivals, err := m.proposals(ctx, dev.ID, app.ID)
	return len(rivals) == 0, err
}

// proposals lists the open proposals that have this device or this
// application.
func (m *Matches) proposals(ctx context.Context, deviceID, applicationID string) ([]*Match, error) {
	var found []*Match
	for _, side := range []struct{ index, id string }{{"device", deviceID}, {"application", applicationID}} {
		if side.id == "" { // one side alone was asked about
			continue
		}
		query := docstore.Query{Scope: everywhere(), Index: side.index, Equal: []docstore.In{docstore.Is(side.id), docstore.Is(string(Proposed))}}
		err := m.docs.Each(ctx, query, func(match *Match) error {
			found = append(found, match)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// supersedeRivals ends the open proposals that a match has outrun.
func (m *Matches) supersedeRivals(ctx context.Context, actor people.Actor, match *Match) error {
	rivals, err := m.proposals(ctx, match.Device, match.Application)
	if err != nil {
		return err
	}
	for _, rival := range rivals {
		if err := m.supersede(ctx, actor, rival.ID, match.ID); err != nil {
			return err
		}
	}
	return nil
}

// supersede ends a proposal unless somebody decided on it meanwhile.
func (m *Matches) supersede(ctx context.Context, actor people.Actor, id, cause string) error {
	_, err := m.docs.Update(ctx, id, func(d *Match) error {
		if d.State != Proposed {
			return docstore.Unchanged
		}
		return d.take(step{Superseded, actor, m.clock(), cause}, "")
	})
	return err
}
