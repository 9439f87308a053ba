package donation

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Receive is one device of a lot as it is unpacked.
type Receive struct {
	call.Change        // of the donation
	Code        string `json:"code" form:"code" validate:"required,plain,max=120"` // serial number, asset tag or label
	Site        string `json:"site,omitempty" form:"site" validate:"max=40"`
	Extra       bool   `json:"extra,omitempty" form:"extra"` // not on the list: take it all the same
	Model       string `json:"model,omitempty" form:"model" validate:"required_if=Extra true,plain,max=120"`
	Refuse      string `json:"refuse,omitempty" form:"refuse" validate:"plain,max=300"` // why it is not taken
}

// AtBench reads what whoever unpacks a lot needs of it: no contact, no address.
func (s *Donations) AtBench(ctx context.Context, actor people.Actor, req call.One) (Row, error) {
	d, err := s.atBench(ctx, actor, req.ID)
	if err != nil {
		return Row{}, err
	}
	return s.row(d), nil
}

func (s *Donations) atBench(ctx context.Context, actor people.Actor, id string) (*Donation, error) {
	roles := []people.Role{people.Technician, people.Coordinator, people.Administrator}
	if err := actor.Must(roles...); err != nil {
		return nil, err
	}
	d, err := s.docs.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return d, people.MustSee(actor.Scope(roles...), d.Territory)
}

// Ticked is what became of it.
type Ticked struct {
	Device  string `json:"device"`
	Label   string `json:"label"`
	Serial  string `json:"serial"`
	Model   string `json:"model"`
	Outcome string `json:"outcome"` // received, again, extra, refused
	Counts  Counts `json:"counts"`
}

// Receive ticks a device of a collected lot off: the lot notes it, the device
// takes its step, the lot counts it. A request that died between is finished by
// the next scan of that device, or at the reconciliation.
func (s *Donations) Receive(ctx context.Context, actor people.Actor, req Receive) (Ticked, error) {
	d, err := s.atBench(ctx, actor, req.ID)
	if err != nil {
		return Ticked{}, err
	}
	if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
		return Ticked{}, err
	}
	dev, err := s.unpacked(ctx, d, req)
	if err != nil {
		return Ticked{}, err
	}
	tick := ""
	if dev == nil || dev.State == device.Declared {
		tick = rand.Text()
		if d, dev, err = s.tick(ctx, actor, d, dev, req, tick); err != nil {
			return Ticked{}, err
		}
	}
	if dev.Donation == d.ID {
		if d, err = s.tally(ctx, d.ID, dev, tick); err != nil {
			return Ticked{}, err
		}
	}
	return Ticked{
		Device: dev.ID, Label: dev.Label, Serial: dev.Serial, Model: dev.Specs.Model, Outcome: outcome(dev, tick), Counts: d.Counts,
	}, nil
}

// outcome says what a scan did to a device.
func outcome(dev *device.Device, tick string) string {
	switch {
	case tick == "" || dev.Tick != tick:
		return "again"
	case dev.TurnedAway():
		return "refused"
	case dev.Extra:
		return "extra"
	default:
		return "received"
	}
}

// unpacked finds a device on the list of a lot; nil is one that comes beside it.
func (s *Donations) unpacked(ctx context.Context, d *Donation, req Receive) (*device.Device, error) {
	if d.State != Collected {
		return nil, fault.New(fault.Conflict, "not_collected").With("state", string(d.State))
	}
	dev, err := s.devices.BySerial(ctx, d.ID, req.Code)
	if !fault.Is(err, fault.NotFound) {
		return dev, err
	}
	if !req.Extra {
		return nil, fault.InvalidField("code", "serial_unknown")
	}
	return nil, nil //nolint:nilnil // it is made once the lot has noted it
}

// tick notes the scan in the lot, then lets the device take its step under the
// scan's name; it gives both as they stand then.
func (s *Donations) tick(ctx context.Context, actor people.Actor, d *Donation, dev *device.Device, req Receive, tick string) (*Donation, *device.Device, error) {
	d, err := s.docs.Update(ctx, d.ID, func(d *Donation) error {
		if d.State != Collected {
			return fault.New(fault.Conflict, "not_collected").With("state", string(d.State))
		}
		d.Ticking = append(d.Ticking, tick)
		return nil
	})
	if err == nil && dev == nil {
		dev, _, err = s.devices.Announce(ctx, actor, s.origin(d), device.Announced{Serial: req.Code, Specs: device.Specs{Model: req.Model}, Extra: true})
	}
	if err != nil || dev.Donation != d.ID {
		return d, dev, err
	}
	dev, err = s.devices.Receive(ctx, actor, dev.ID, device.Receipt{Tick: tick, Site: req.Site, Refuse: req.Refuse})
	return d, dev, err
}

// tally counts a device that was ticked off, once, and ends a scan.
func (s *Donations) tally(ctx context.Context, id string, dev *device.Device, tick string) (*Donation, error) {
	return s.docs.Update(ctx, id, func(d *Donation) error {
		before := len(d.Ticking)
		if dev.Tick != "" && slices.Contains(d.Ticking, dev.Tick) {
			d.Counts.meet(dev)
		}
		d.Ticking = slices.DeleteFunc(d.Ticking, func(t string) bool { return t == tick || t == dev.Tick })
		if len(d.Ticking) == before {
			return docstore.Unchanged
		}
		return nil
	})
}

func (s *Donations) origin(d *Donation) device.Origin {
	commune, _ := s.places.Commune(d.Commune)
	return device.Origin{
		Country: d.Country, Territory: d.Territory, Donation: d.ID, Company: d.Company, Earmark: d.Earmark,
		Area: commune.Departement, Lat: commune.Point.Lat, Lon: commune.Point.Lon, Leave: s.mark,
	}
}
