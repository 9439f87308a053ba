package donation

import (
	"context"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Receipt is what a donor reads after declaring.
type Receipt struct {
	call.Tag
	Reference string `json:"reference"`
	State     State  `json:"state"`
}

// Declare makes a donation. Anyone may: the contact's account is found by mail
// or made, and what follows needs a sign-in with it.
func (s *Donations) Declare(ctx context.Context, actor people.Actor, req Declare) (Receipt, error) {
	commune, ok := s.places.Commune(req.Commune)
	if !ok {
		return Receipt{}, fault.InvalidField("commune", "commune_unknown")
	}
	rules, ok := country.Get(commune.Country)
	if !ok {
		return Receipt{}, fault.New(fault.Internal, "internal")
	}
	if fields := req.Faults(rules, s.clock()); len(fields) > 0 {
		return Receipt{}, fault.InvalidFields(fields)
	}
	siren, siret, err := company(rules, req.SIREN)
	if err != nil {
		return Receipt{}, err
	}
	territory, err := s.partners.TerritoryOf(ctx, commune.INSEE, commune.Departement)
	if err != nil {
		return Receipt{}, err
	}
	if err := s.checkEarmark(ctx, req); err != nil {
		return Receipt{}, err
	}
	firm, first, err := s.people.EnsureCompany(ctx, rules.Code, siren, req.Name)
	if err != nil {
		return Receipt{}, err
	}
	donor, err := s.people.EnsureDonor(ctx, firm, people.Contact{
		FirstName: firstWord(req.ContactName), LastName: restOf(req.ContactName), Email: req.ContactEmail, Phone: req.ContactPhone, Lang: req.Lang,
	}, first)
	if err != nil {
		return Receipt{}, err
	}
	now := docstore.At(s.clock())
	d := &Donation{
		Meta: docstore.Meta{ID: id.For(id.Donation, donor.ID, req.Key)}, Country: rules.Code, Territory: territory.ID,
		Company: firm.ID, SIREN: siren, SIRET: siret, Name: req.Name, Address: req.Address, Commune: commune.INSEE,
		Owners: []string{donor.ID}, Lines: req.Lines, Earmark: device.Earmark{Kind: req.EarmarkKind, ID: req.EarmarkID},
		Ready: req.Ready, Note: req.Note, Lang: orFrench(req.Lang), Created: now,
	}
	d.Reference = reference(d.ID, s.clock())
	d.count()
	d.Terms = s.terms(d)
	if err := s.sealContact(ctx, d, req); err != nil {
		return Receipt{}, err
	}
	d.enter(s.step(Declared, actor, ""))
	stored, _, err := s.docs.Create(ctx, d)
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Tag: call.Tag{ID: stored.ID, Version: stored.Version}, Reference: stored.Reference, State: stored.State}, nil
}

// Faults names what no tag can: devices are not ready on a day that is past.
func (req Declare) Faults(_ country.Rules, now time.Time) []fault.Field {
	if req.Ready != "" && req.Ready < now.UTC().Format(time.DateOnly) {
		return []fault.Field{{Path: "ready", Code: "past_day"}}
	}
	return nil
}

// checkEarmark lets a donor keep devices for a territory or a partner, never
// for named people.
func (s *Donations) checkEarmark(ctx context.Context, req Declare) error {
	var err error
	switch req.EarmarkKind {
	case "territory":
		_, err = s.partners.Territory(ctx, req.EarmarkID)
	case "partner":
		_, err = s.partners.Partner(ctx, req.EarmarkID)
	}
	if fault.Is(err, fault.NotFound) {
		return fault.InvalidField("earmark_id", "earmark_unknown")
	}
	return err
}

func (s *Donations) sealContact(ctx context.Context, d *Donation, req Declare) (err error) {
	if d.Contact.Name, err = s.box.Seal(ctx, d.ID, "contact_name", req.ContactName); err != nil {
		return err
	}
	if d.Contact.Email, err = s.box.Seal(ctx, d.ID, "contact_email", req.ContactEmail); err != nil {
		return err
	}
	d.Contact.Phone, err = s.box.Seal(ctx, d.ID, "contact_phone", req.ContactPhone)
	return err
}

// terms are the words a donation is found by: its company and numbers.
func (s *Donations) terms(d *Donation) []string {
	terms := []string{device.Normal(d.Reference), d.SIREN}
	if d.SIRET != "" {
		terms = append(terms, d.SIRET)
	}
	for word := range strings.FieldsSeq(d.Name) {
		if n := device.Normal(word); len(n) > 1 {
			terms = append(terms, n)
		}
	}
	return terms
}

func (d *Donation) count() {
	d.Counts.Lines = 0
	for _, line := range d.Lines {
		d.Counts.Lines += line.Quantity
	}
}

func firstWord(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return first
}

func restOf(s string) string {
	_, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	return rest
}

func orFrench(lang string) string {
	if lang == "" {
		return "fr"
	}
	return lang
}

// ChangeLines replaces the lines of a donation before it is agreed.
type ChangeLines struct {
	call.Change
	Lines []Line `json:"lines" validate:"max=200,dive"`
}

// ChangeLines corrects what a lot holds; the company's own people, before we
// agree.
func (s *Donations) ChangeLines(ctx context.Context, actor people.Actor, req ChangeLines) (View, error) {
	return s.give(ctx, actor, people.Give, req.ID, req.IfVersion, func(d *Donation) error {
		if d.State != Declared {
			return fault.New(fault.Conflict, "wrong_state").With("from", string(d.State))
		}
		d.Lines = req.Lines
		d.count()
		d.tell("changed", s.step(d.State, actor, ""))
		return nil
	})
}
