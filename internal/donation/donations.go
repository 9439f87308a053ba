package donation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// Donations holds what companies give and their lists.
type Donations struct {
	docs     *docstore.Collection[Donation]
	imports  *docstore.Collection[Import]
	chunks   *docstore.Collection[chunk]
	files    *docstore.Files
	people   *people.People
	partners *partner.Partners
	devices  *device.Devices
	places   *place.Gazetteer
	box      *seal.Box
	clock    func() time.Time

	beneficiary string // who receives what is given, as conventions name it
}

// New declares the collections of donations, which a beneficiary receives.
func New(store *docstore.Store, p *people.People, partners *partner.Partners, devices *device.Devices,
	places *place.Gazetteer, box *seal.Box, clock func() time.Time, beneficiary string,
) *Donations {
	return &Donations{
		docs:    docstore.Declare[Donation](store, Spec()),
		imports: docstore.Declare[Import](store, importSpec()),
		chunks:  docstore.Declare[chunk](store, docstore.Spec{Name: "import_rows"}),
		files:   docstore.DeclareFiles(store, "import_files", clock),
		people:  p, partners: partners, devices: devices, places: places, box: box, clock: clock, beneficiary: beneficiary,
	}
}

// step is a change of state and the event it is: "donation.<state>".
type step struct {
	to    State
	actor people.Actor
	at    time.Time
	cause string
}

func (s *Donations) step(to State, actor people.Actor, cause string) step {
	return step{to: to, actor: actor, at: s.clock(), cause: cause}
}

func (d *Donation) take(s step) error {
	if err := Steps.Check(d.State, s.to); err != nil {
		return err
	}
	d.enter(s)
	return nil
}

func (d *Donation) enter(s step) {
	at := docstore.At(s.at)
	d.History = append(d.History, Change{From: d.State, To: s.to, At: at, Actor: s.actor.Name(), Cause: s.cause})
	d.State, d.Since = s.to, at
	if s.to.over() && s.to != Closed {
		d.Unsettled = at
	}
	d.tell(string(s.to), s)
}

func (d *Donation) tell(verb string, s step) {
	d.Record(docstore.Record{
		Kind: "donation." + verb, Actor: s.actor.Name(), At: docstore.At(s.at), Cause: s.cause,
		Data: map[string]string{"donation": d.ID, "territory": d.Territory, "company": d.Company},
	})
}

// Find reads a donation as stored; for other features.
func (s *Donations) Find(ctx context.Context, id string) (*Donation, error) {
	return s.docs.Get(ctx, id)
}

// Device reads a device as stored; for notices to its donor.
func (s *Donations) Device(ctx context.Context, id string) (*device.Device, error) {
	return s.devices.Find(ctx, id)
}

// Contact opens how to reach the donor; for notices.
func (s *Donations) Contact(ctx context.Context, id string) (name, email, lang string, err error) {
	d, err := s.docs.Get(ctx, id)
	if err != nil {
		return "", "", "", err
	}
	if name, err = s.box.Open(ctx, d.ID, "contact_name", d.Contact.Name); err != nil {
		return "", "", "", err
	}
	email, err = s.box.Open(ctx, d.ID, "contact_email", d.Contact.Email)
	return name, email, d.Lang, err
}

// sees refuses who has no business with the donation: its company's people, or
// the desk of its territory.
func (d *Donation) sees(actor people.Actor) error {
	if actor.Desk().Sees(d.Territory) || actor.May(people.See, d.Company) || d.declaredBy(actor) {
		return nil
	}
	if actor.Person == "" {
		return fault.New(fault.Unauthenticated, "sign_in")
	}
	return fault.New(fault.NotFound, "not_found")
}

// declaredBy tells the contact who declared the donation: they follow it even
// before a colleague of the company has granted them more.
func (d *Donation) declaredBy(actor people.Actor) bool {
	return actor.Person != "" && slices.Contains(d.Owners, actor.Person)
}

// decide runs one change of the desk on one donation.
func (s *Donations) decide(ctx context.Context, actor people.Actor, id string, version int64, change func(*Donation) error) (View, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return View{}, err
	}
	return s.change(ctx, actor, id, version, func(d *Donation) error {
		if err := people.MustSee(actor.Desk(), d.Territory); err != nil {
			return err
		}
		return change(d)
	})
}

// give runs one change of the company's own people with a power.
func (s *Donations) give(ctx context.Context, actor people.Actor, power, id string, version int64, change func(*Donation) error) (View, error) {
	return s.change(ctx, actor, id, version, func(d *Donation) error {
		if !actor.May(power, d.Company) {
			if err := d.sees(actor); err != nil {
				return err
			}
			return fault.New(fault.Forbidden, "power_"+power)
		}
		return change(d)
	})
}

func (s *Donations) change(ctx context.Context, actor people.Actor, id string, version int64, change func(*Donation) error) (View, error) {
	d, err := s.docs.Update(ctx, id, func(d *Donation) error {
		if err := d.sees(actor); err != nil {
			return err
		}
		if err := docstore.IfVersion(d.Version, version); err != nil {
			return err
		}
		return change(d)
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// company checks the number typed and gives SIREN and SIRET.
func company(rules country.Rules, typed string) (siren, siret string, err error) {
	o, ok := rules.Organisation(typed)
	switch {
	case ok && o.Kind == "siren":
		return o.Number, "", nil
	case ok && o.Kind == "siret":
		return o.Number[:9], o.Number, nil
	default:
		return "", "", fault.InvalidField("siren", "siren_or_siret")
	}
}

// reference is what is said on the phone: "D-26-7F3K".
func reference(id string, now time.Time) string {
	return fmt.Sprintf("D-%02d-%s", now.Year()%100, shorten(id))
}

// shorten makes five letters of an id.
func shorten(id string) string {
	const letters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	var sum uint32
	for _, b := range []byte(id) {
		sum = sum*31 + uint32(b)
	}
	code := make([]byte, 5)
	for i := range code {
		code[i] = letters[sum%uint32(len(letters))]
		sum /= uint32(len(letters))
	}
	return string(code)
}
