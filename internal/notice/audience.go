package notice

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// signingIn is who asked for a code.
func (n *Notices) signingIn(ctx context.Context, e event.Envelope) ([]recipient, error) {
	code, link, next, err := n.people.OpenCode(ctx, e.Data["code"])
	if err != nil {
		return nil, err
	}
	who, err := n.people.Reach(ctx, e.Data["person"])
	if err != nil {
		return nil, err
	}
	params := []any{link}
	if next != "" {
		params = append(params, "next", next)
	}
	return []recipient{{email: who.Email, lang: who.Lang, code: code, link: n.links(who.Lang, "sign-in-link", params...)}}, nil
}

// family is who acts for a student; the message leads to their space.
func (n *Notices) family(ctx context.Context, e event.Envelope) ([]recipient, error) {
	id := e.Data["application"]
	return n.familyWith(ctx, id, func(lang string) (string, error) { return n.links(lang, "application", id), nil })
}

// familyByLink is the same with a link that shows where the application stands
// without signing in.
func (n *Notices) familyByLink(ctx context.Context, e event.Envelope) ([]recipient, error) {
	id := e.Data["application"]
	token, err := n.applications.StatusLink(ctx, id)
	if err != nil {
		return nil, err
	}
	return n.familyWith(ctx, id, func(lang string) (string, error) { return n.links(lang, "status-link", token), nil })
}

// submitted is the family, the guardian whose agreement is missing, and the
// structure that was named to attest.
func (n *Notices) submitted(ctx context.Context, e event.Envelope) ([]recipient, error) {
	all, err := n.familyByLink(ctx, e)
	if err != nil {
		return nil, err
	}
	guardian, err := n.guardianAgain(ctx, e)
	if err != nil {
		return nil, err
	}
	household, err := n.household(ctx, e.Data["application"])
	if err != nil {
		return nil, err
	}
	attesters, err := n.attesters(ctx, e)
	return slices.Concat(all, guardian, household, attesters), err
}

// household is the family whose household an application names: it has its say.
func (n *Notices) household(ctx context.Context, id string) ([]recipient, error) {
	app, err := n.applications.Find(ctx, id)
	if err != nil || app.Joins == "" {
		return nil, err
	}
	all, err := n.familyWith(ctx, app.Joins, func(lang string) (string, error) { return n.links(lang, "application", app.Joins), nil })
	for i := range all {
		all[i].words = "household.asked"
	}
	return all, err
}

// guardianAgain is the parent who has not agreed yet, asked as often as wished:
// the link asks for it. For one without mail, whoever can have a sheet signed.
func (n *Notices) guardianAgain(ctx context.Context, e event.Envelope) ([]recipient, error) {
	id := e.Data["application"]
	app, err := n.applications.Find(ctx, id)
	if err != nil || !app.HeldBy("missing_consent") {
		return nil, err
	}
	who, err := n.applications.GuardianReach(ctx, id)
	if err != nil {
		return nil, err
	}
	if who.Email == "" {
		return n.helpers(ctx, e, "helper.consent")
	}
	token, err := n.applications.GuardianLink(ctx, id)
	return []recipient{{
		words: "guardian.asked", email: who.Email, lang: who.Lang, link: n.links(who.Lang, "guardian-link", token),
		args: map[string]any{"Reference": app.Reference},
	}}, err
}

// attesters are the people of the structure that is to attest. Each gets a
// link of their own; the message names nobody.
func (n *Notices) attesters(ctx context.Context, e event.Envelope) ([]recipient, error) {
	app, err := n.applications.Find(ctx, e.Data["application"])
	if err != nil || app.Prescriber == "" || app.Attestation != nil {
		return nil, err
	}
	staff, err := n.people.ActingFor(ctx, people.PrescriberOf, app.Prescriber)
	if err != nil {
		return nil, err
	}
	var all []recipient
	for _, who := range staff {
		token, err := n.applications.AttestLink(ctx, app.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, recipient{
			words: "prescriber.asked", email: who.Email, lang: who.Lang, link: n.links(who.Lang, "attest-link", token),
			args: map[string]any{"Reference": app.Reference},
		})
	}
	return all, nil
}

// verified is the family when a coordinator said yes, not when an offer ended
// and the place was kept.
func (n *Notices) verified(ctx context.Context, e event.Envelope) ([]recipient, error) {
	if e.Data["match"] != "" {
		return nil, nil
	}
	return n.family(ctx, e)
}

// refused is the family; after a second reading there is no other to promise.
func (n *Notices) refused(ctx context.Context, e event.Envelope) ([]recipient, error) {
	app, err := n.applications.Find(ctx, e.Data["application"])
	if err != nil {
		return nil, err
	}
	all, err := n.family(ctx, e)
	for i := range all {
		if app.Reviews > 0 {
			all[i].words = "application.upheld"
		}
	}
	return all, err
}

// held is the family, with what it is asked where a coordinator asks something.
func (n *Notices) held(ctx context.Context, e event.Envelope) ([]recipient, error) {
	all, err := n.family(ctx, e)
	if err != nil {
		return nil, err
	}
	question, err := n.applications.Question(ctx, e.Data["application"])
	for i := range all {
		if question != "" && e.Cause == "needs_information" {
			all[i].words, all[i].args["Question"] = "application.asked", question
		}
	}
	return all, err
}

// freed is the family once nothing holds the application up any more.
func (n *Notices) freed(ctx context.Context, e event.Envelope) ([]recipient, error) {
	app, err := n.applications.Find(ctx, e.Data["application"])
	if err != nil || app.HeldBy("") {
		return nil, err
	}
	return n.family(ctx, e)
}

// offered is the family; where no letter can reach it, who may bring it the
// news on paper.
func (n *Notices) offered(ctx context.Context, e event.Envelope) ([]recipient, error) {
	all, err := n.family(ctx, e)
	if err != nil || slices.ContainsFunc(all, func(r recipient) bool { return r.email != "" }) {
		return all, err
	}
	return n.helpers(ctx, e, "helper.offered")
}

// accepted is the family, which now books; where its address stays with a
// structure, that settles the day with it.
func (n *Notices) accepted(ctx context.Context, e event.Envelope) ([]recipient, error) {
	app, err := n.applications.Find(ctx, e.Data["application"])
	if err != nil {
		return nil, err
	}
	all, err := n.family(ctx, e)
	if app.Keeper != "" {
		for i := range all {
			all[i].words = "accepted.kept"
		}
	}
	return all, err
}

// keepers are the people of the structure that settles the day of a hand-over.
func (n *Notices) keepers(ctx context.Context, e event.Envelope) ([]recipient, error) {
	d, err := n.deliveries.Find(ctx, e.Document)
	if err != nil || !d.Kept {
		return nil, err
	}
	staff, err := n.people.ActingFor(ctx, people.PrescriberOf, d.Keeper)
	return n.colleagues(staff, "hand-overs", "", d.Reference), err
}

// unanswered is the family whose offer went by, and who may reach it in another
// way: a letter did not.
func (n *Notices) unanswered(ctx context.Context, e event.Envelope) ([]recipient, error) {
	all, err := n.family(ctx, e)
	if err != nil {
		return nil, err
	}
	helpers, err := n.helpers(ctx, e, "helper.unanswered")
	return append(all, helpers...), err
}

// helpers are the people of the family's structure, who can draw a code on
// paper for it; without a structure, the coordinators.
func (n *Notices) helpers(ctx context.Context, e event.Envelope, message string) ([]recipient, error) {
	app, err := n.applications.Find(ctx, e.Data["application"])
	if err != nil {
		return nil, err
	}
	page := "prescriber"
	var staff []people.Contact
	if app.Prescriber != "" {
		if staff, err = n.people.ActingFor(ctx, people.PrescriberOf, app.Prescriber); err != nil {
			return nil, err
		}
	}
	if len(staff) == 0 {
		page = "desk"
		if staff, err = n.people.Coordinating(ctx, app.Territory); err != nil {
			return nil, err
		}
	}
	return n.colleagues(staff, page, message, app.Reference), nil
}

// desk is the coordinators of the territory.
func (n *Notices) desk(ctx context.Context, e event.Envelope) ([]recipient, error) {
	app, err := n.applications.Find(ctx, e.Data["application"])
	if err != nil {
		return nil, err
	}
	staff, err := n.people.Coordinating(ctx, app.Territory)
	return n.colleagues(staff, "desk", "", app.Reference), err
}

func (n *Notices) colleagues(staff []people.Contact, page, message, reference string) []recipient {
	all := make([]recipient, len(staff))
	for i, who := range staff {
		all[i] = recipient{
			words: message, email: who.Email, lang: who.Lang, link: n.links(who.Lang, page),
			args: map[string]any{"Reference": reference},
		}
	}
	return all
}

// appointment is the family, told when, where and what to bring. Whoever was
// overtaken by a change is told what stands now.
func (n *Notices) appointment(ctx context.Context, e event.Envelope) ([]recipient, error) {
	d, err := n.deliveries.Find(ctx, e.Document)
	if err != nil || d.Day == "" {
		return nil, err
	}
	day, err := time.Parse(time.DateOnly, d.Day)
	if err != nil {
		return nil, err
	}
	place, bring := "", "notice.bring_home"
	if d.Site != "" {
		site, err := n.partners.Site(ctx, d.Site)
		if err != nil {
			return nil, err
		}
		place, bring = site.Whereabouts(), "notice.bring"
	}
	if d.Kept {
		structure, err := n.partners.Prescriber(ctx, d.Keeper)
		if err != nil {
			return nil, err
		}
		place, bring = structure.Name, "notice.bring"
	}
	all, err := n.family(ctx, e)
	for _, r := range all {
		r.args["When"] = n.words.Window(r.lang, day, d.From, d.To)
		r.args["Place"] = cmp.Or(place, n.words.Text(r.lang, "notice.at_home", nil))
		r.args["Bring"] = n.words.Text(r.lang, bring, nil)
	}
	return all, err
}

// bookAgain is the family, unless the delivery ended with the failure: that
// has its own letter.
func (n *Notices) bookAgain(ctx context.Context, e event.Envelope) ([]recipient, error) {
	d, err := n.deliveries.Find(ctx, e.Document)
	if err != nil || d.State == delivery.Ended {
		return nil, err
	}
	return n.family(ctx, e)
}

// released is the family, unless the loss of the device told them already, or
// they gave it up themselves.
func (n *Notices) released(ctx context.Context, e event.Envelope) ([]recipient, error) {
	if e.Cause == string(delivery.Lost) || e.Cause == delivery.GivenUp {
		return nil, nil
	}
	return n.family(ctx, e)
}

func (n *Notices) familyWith(ctx context.Context, id string, link func(lang string) (string, error)) ([]recipient, error) {
	app, err := n.applications.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	reaches, err := n.applications.Family(ctx, id)
	if err != nil {
		return nil, err
	}
	var all []recipient
	for _, who := range reaches {
		address, err := link(who.Lang)
		if err != nil {
			return nil, err
		}
		all = append(all, recipient{email: who.Email, lang: who.Lang, link: address, args: map[string]any{"Reference": app.Reference}})
	}
	return all, nil
}

// donor is the contact of a donation.
func (n *Notices) donor(ctx context.Context, e event.Envelope) ([]recipient, error) {
	id := e.Data["donation"]
	d, err := n.donations.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	_, email, lang, err := n.donations.Contact(ctx, id)
	if err != nil {
		return nil, err
	}
	args := map[string]any{"Reference": d.Reference, "Reason": d.Reason}
	if c := d.Collection; c != nil {
		day, err := time.Parse(time.DateOnly, c.Day)
		if err != nil {
			return nil, err
		}
		args["Day"], args["From"], args["To"] = n.words.Weekday(lang, day), c.From, c.To
	}
	return []recipient{{email: email, lang: lang, link: n.links(lang, "donation", id), args: args}}, nil
}

// giver is the contact of the donation that a device came with.
func (n *Notices) giver(ctx context.Context, e event.Envelope) ([]recipient, error) {
	d, err := n.donations.Device(ctx, e.Document)
	if err != nil {
		return nil, err
	}
	zone, err := n.partners.Zone(ctx, d.Territory)
	if err != nil {
		return nil, err
	}
	all, err := n.donor(ctx, e)
	for _, r := range all {
		r.args["Serial"], r.args["Model"], r.args["Day"] = d.Serial, d.Specs.Model, n.words.Date(r.lang, d.UnlockBy().In(zone))
	}
	return all, err
}

// giverOfLocked is told of a refusal for a lock; what is refused on unpacking
// stands in the count that they are told of.
func (n *Notices) giverOfLocked(ctx context.Context, e event.Envelope) ([]recipient, error) {
	if e.Data["from"] != string(device.Locked) {
		return nil, nil
	}
	return n.giver(ctx, e)
}
