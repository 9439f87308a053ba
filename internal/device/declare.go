package device

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Announced is a device as a donation's list names it.
type Announced struct {
	Serial   string
	AssetTag string
	Specs    Specs
	Extra    bool // came with the lot without being on its list
}

// Origin is where a device comes from: what all devices of a donation share.
type Origin struct {
	Country   string
	Territory string
	Donation  string
	Company   string
	Earmark   Earmark
	Area      string // code of the département
	Lat, Lon  float64

	// Leave is told of the lot that a device comes from, before it does.
	Leave func(ctx context.Context, donation string) error
}

// IDOf is the id of a company's device by its serial number, so that the same
// list twice finds what it made, and two companies may have equal serials.
func IDOf(company, serial string) string { return id.Derived(id.Device, company, Normal(serial)) }

// Outcome of announcing a device.
type Outcome string

// What became of an announced device.
const (
	Made    Outcome = "made"
	Updated Outcome = "updated"
	Same    Outcome = "same"
	Kept    Outcome = "kept" // received already: a list no longer changes it
)

// Announce makes a device that a company declares by serial number, or updates
// it while it is only declared.
func (s *Devices) Announce(ctx context.Context, actor people.Actor, o Origin, a Announced) (*Device, Outcome, error) {
	if Normal(a.Serial) == "" {
		return nil, "", fault.InvalidField("serial", "required")
	}
	fresh := s.fresh(o, a)
	stored, err := s.docs.Get(ctx, fresh.ID)
	if fault.Is(err, fault.NotFound) {
		return s.announceNew(ctx, actor, fresh)
	}
	if err != nil {
		return nil, "", err
	}
	if stored.joins(fresh) && o.Leave != nil {
		if err := o.Leave(ctx, stored.Donation); err != nil {
			return nil, "", err
		}
	}
	return s.announceAgain(ctx, actor, stored, fresh)
}

func (s *Devices) fresh(o Origin, a Announced) *Device {
	now := docstore.At(s.clock())
	d := &Device{
		Meta: docstore.Meta{ID: IDOf(o.Company, a.Serial)}, Country: o.Country, Territory: o.Territory,
		Donation: o.Donation, Company: o.Company, Earmark: o.Earmark, Serial: a.Serial, AssetTag: a.AssetTag, Extra: a.Extra,
		Specs: a.Specs, Area: o.Area, Lat: o.Lat, Lon: o.Lon, Created: now,
	}
	return d
}

func (s *Devices) announceNew(ctx context.Context, actor people.Actor, d *Device) (_ *Device, _ Outcome, err error) {
	if d.Label, err = s.newLabel(ctx, d.ID); err != nil {
		return nil, "", err
	}
	d.index()
	d.enter(s.step(Declared, actor, d.Donation))
	stored, made, err := s.docs.Create(ctx, d)
	if !made {
		return stored, Same, err
	}
	return stored, Made, err
}

// joins tells whether a device that has not come yet is named by another lot
// now: it is awaited with that one.
func (d *Device) joins(fresh *Device) bool {
	return (d.State == Declared || d.State == NotReceived) && d.Donation != fresh.Donation
}

func (s *Devices) announceAgain(ctx context.Context, actor people.Actor, stored, fresh *Device) (*Device, Outcome, error) {
	outcome := Updated
	d, err := s.docs.Update(ctx, stored.ID, func(d *Device) error {
		if d.State != Declared && !d.joins(fresh) {
			outcome = Kept
			return docstore.Unchanged
		}
		if d.Donation == fresh.Donation && d.AssetTag == fresh.AssetTag && d.Specs == fresh.Specs && d.Serial == fresh.Serial {
			outcome = Same
			return docstore.Unchanged
		}
		outcome = Updated
		verb := "changed"
		if d.joins(fresh) {
			verb = string(Declared) // once more, with another lot
			d.Country, d.Territory, d.Extra = fresh.Country, fresh.Territory, fresh.Extra
			d.Area, d.Lat, d.Lon = fresh.Area, fresh.Lat, fresh.Lon
		}
		d.Donation, d.AssetTag, d.Specs, d.Serial, d.Earmark = fresh.Donation, fresh.AssetTag, fresh.Specs, fresh.Serial, fresh.Earmark
		d.index()
		if d.State == NotReceived {
			return d.take(s.step(Declared, actor, d.Donation))
		}
		d.tell(verb, s.step(d.State, actor, ""))
		return nil
	})
	return d, outcome, err
}

// Receipt is how a declared device is ticked off.
type Receipt struct {
	Tick   string // names the scan that does it, so that its lot counts it once
	Site   string
	Refuse string // why it is not taken
}

// Receive ticks a declared device off: it is here, or is not taken. What was
// ticked off already is left as it is.
func (s *Devices) Receive(ctx context.Context, actor people.Actor, deviceID string, r Receipt) (*Device, error) {
	found, err := s.docs.Get(ctx, deviceID)
	if err != nil {
		return nil, err
	}
	site, err := s.unpackedAt(ctx, found.Territory, r.Site)
	if err != nil {
		return nil, err
	}
	return s.docs.Update(ctx, deviceID, func(d *Device) error {
		if err := people.MustSee(atBench(actor), d.Territory); err != nil {
			return err
		}
		if d.State != Declared {
			return docstore.Unchanged
		}
		d.Tick = r.Tick
		if r.Refuse != "" {
			return d.take(s.step(Refused, actor, r.Refuse))
		}
		if site != nil {
			d.stand(site)
		}
		return d.take(s.step(Received, actor, d.Donation))
	})
}

// TurnedAway tells whether a device was refused as it was unpacked, not later.
func (d *Device) TurnedAway() bool {
	return d.State == Refused && d.History[len(d.History)-1].From == Declared
}

// Miss notes that a declared device did not come with its lot; one that is
// awaited with another by now is left alone.
func (s *Devices) Miss(ctx context.Context, actor people.Actor, deviceID, donation, cause string) error {
	_, err := s.docs.Update(ctx, deviceID, func(d *Device) error {
		if d.State != Declared || d.Donation != donation {
			return docstore.Unchanged
		}
		return d.take(s.step(NotReceived, actor, cause))
	})
	return err
}

// OfDonation walks the devices of a donation.
func (s *Devices) OfDonation(ctx context.Context, donation string, do func(*Device) error) error {
	return s.docs.Each(ctx, docstore.Query{
		Scope: people.System().Desk(), Index: "donation", Equal: []docstore.In{docstore.Is(donation)},
	}, do)
}

// BySerial finds a donation's device by serial number, asset tag or label.
func (s *Devices) BySerial(ctx context.Context, donation, typed string) (*Device, error) {
	page, err := s.docs.Find(ctx, docstore.Query{Scope: people.System().Desk(), Terms: []string{Normal(typed)}},
		func(d *Device) bool { return d.Donation == donation })
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 {
		return nil, fault.New(fault.NotFound, "serial_unknown")
	}
	return page.Items[0], nil
}
