package donation

import (
	"context"

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

// Receive ticks a device of a collected lot off.
func (s *Donations) Receive(ctx context.Context, actor people.Actor, req Receive) (Ticked, error) {
	d, err := s.atBench(ctx, actor, req.ID)
	if err != nil {
		return Ticked{}, err
	}
	if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
		return Ticked{}, err
	}
	if d.State != Collected {
		return Ticked{}, fault.New(fault.Conflict, "not_collected").With("state", string(d.State))
	}
	dev, outcome, err := s.tick(ctx, actor, d, req)
	if err != nil {
		return Ticked{}, err
	}
	d, err = s.tally(ctx, d, outcome)
	if err != nil {
		return Ticked{}, err
	}
	return Ticked{Device: dev.ID, Label: dev.Label, Serial: dev.Serial, Model: dev.Specs.Model, Outcome: outcome, Counts: d.Counts}, nil
}

// tick finds the device on the list, or adds it, and takes its step.
func (s *Donations) tick(ctx context.Context, actor people.Actor, d *Donation, req Receive) (*device.Device, string, error) {
	dev, err := s.devices.BySerial(ctx, d.ID, req.Code)
	outcome := "received"
	if fault.Is(err, fault.NotFound) {
		if !req.Extra {
			return nil, "", fault.InvalidField("code", "serial_unknown")
		}
		outcome = "extra"
		dev, _, err = s.devices.Announce(ctx, actor, s.origin(d), device.Announced{Serial: req.Code, Specs: device.Specs{Model: req.Model}, Extra: true})
	}
	if err != nil {
		return nil, "", err
	}
	if req.Refuse != "" {
		_, err := s.devices.Move(ctx, actor, device.Move{Change: call.Change{ID: dev.ID}, To: device.Refused, Reason: req.Refuse})
		return dev, "refused", err
	}
	if dev.State != device.Declared {
		return dev, "again", nil
	}
	dev, err = s.devices.Receive(ctx, actor, dev.ID, req.Site)
	return dev, outcome, err
}

// tally counts what was ticked off. A device seen again may have been ticked by
// a request that died before it counted: then all is counted anew.
func (s *Donations) tally(ctx context.Context, d *Donation, outcome string) (*Donation, error) {
	if outcome == "again" {
		return s.recount(ctx, d, func(*Donation) {})
	}
	return s.docs.Update(ctx, d.ID, func(d *Donation) error {
		switch outcome {
		case "extra":
			d.Counts.Received++
			d.Counts.Extra++
		case "refused":
			d.Counts.Refused++
		default:
			d.Counts.Received++
		}
		return nil
	})
}

// recount counts a donation's devices from themselves, and tells where the
// counts were others.
func (s *Donations) recount(ctx context.Context, d *Donation, tell func(*Donation)) (*Donation, error) {
	counts, err := s.counts(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return s.docs.Update(ctx, d.ID, func(d *Donation) error {
		counts.Lines = d.Counts.Lines
		if d.Counts == counts {
			return docstore.Unchanged
		}
		d.Counts = counts
		tell(d)
		return nil
	})
}

func (s *Donations) counts(ctx context.Context, id string) (c Counts, err error) {
	err = s.devices.OfDonation(ctx, id, func(dev *device.Device) error {
		if dev.Extra {
			c.Extra++
		} else {
			c.Declared++
		}
		switch dev.State {
		case device.Declared:
		case device.NotReceived:
			c.Missing++
		case device.Refused:
			c.Refused++
		default:
			c.Received++
		}
		return nil
	})
	return c, err
}

func (s *Donations) origin(d *Donation) device.Origin {
	commune, _ := s.places.Commune(d.Commune)
	return device.Origin{
		Country: d.Country, Territory: d.Territory, Donation: d.ID, Company: d.Company, Earmark: d.Earmark,
		Lat: commune.Point.Lat, Lon: commune.Point.Lon,
	}
}
