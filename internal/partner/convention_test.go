package partner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// delegate signs in somebody who acts for an institution.
func (h *house) delegate(t *testing.T, email, institution string, territories ...string) people.Actor {
	t.Helper()
	team := partner.Team{People: h.people, Partners: h.Partners}
	p, err := team.Add(t.Context(), people.System(), people.AddStaff{
		Email: email, FirstName: "Driss", LastName: "Idrissi", Role: people.PartnerOf, Organisation: institution, Territories: territories,
	})
	if err != nil {
		t.Fatal(err)
	}
	link, err := h.people.DemoLink(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.people.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	actor, err := h.people.Resume(t.Context(), s.Token)
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

func (h *house) institution(t *testing.T, name string, territories ...string) string {
	t.Helper()
	v, err := h.AddPartner(t.Context(), people.System(), partner.AddPartner{Name: name, Kind: "association", Territories: territories})
	if err != nil {
		t.Fatal(err)
	}
	return v.ID
}

// A convention binds once the institution has agreed to the text it read; its
// quota counts from its first day to its last, and what was agreed stays.
func TestAConventionBindsWhoReadIt(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	home := h.territory(t, "Val d'Oise", true, "95")
	admin := h.as(t, people.Administrator)
	own, other := h.institution(t, "Section", home.ID), h.institution(t, "Département", home.ID)
	section, stranger := h.delegate(t, "s@example.org", own, home.ID), h.delegate(t, "d@example.org", other, home.ID)
	quotaOn := func(day string) int {
		t.Helper()
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		s, err := h.Partner(ctx, own)
		if err != nil {
			t.Fatal(err)
		}
		return s.QuotaIn(home.ID, at)
	}
	propose := partner.ProposeConvention{
		Change: call.Change{ID: own}, From: "2026-10-01", Until: "2027-09-30", Terms: "Une remise de prix par an.",
		Quotas: []partner.Quota{{Territory: home.ID, Devices: 12}},
	}
	if _, err := h.ProposeConvention(ctx, section, propose); !fault.Is(err, fault.Forbidden) {
		t.Error("an institution drafts its own convention", err)
	}
	v, err := h.ProposeConvention(ctx, admin, propose)
	if err != nil {
		t.Fatal(err)
	}
	text := v.Conventions[0].Text
	for _, want := range []string{"Section", "Val d'Oise : 12", "01/10/2026", "Une remise de prix par an."} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	if quotaOn("2026-11-01") != 0 {
		t.Error("a proposal binds")
	}
	yes := partner.AgreeConvention{Change: call.Change{ID: own}, SHA256: v.Conventions[0].SHA256, Title: "Présidente"}
	if _, err := h.AgreeConvention(ctx, stranger, yes); !fault.Is(err, fault.NotFound) {
		t.Error("another institution agreed", err)
	}
	if _, err := h.AgreeConvention(ctx, admin, yes); !fault.Is(err, fault.Forbidden) {
		t.Error("an administrator agreed for it", err)
	}
	wrong := yes
	wrong.SHA256 = strings.Repeat("0", 64)
	if _, err := h.AgreeConvention(ctx, section, wrong); !fault.Is(err, fault.Stale) {
		t.Error("a text that was not read binds", err)
	}
	if _, err := h.AgreeConvention(ctx, section, yes); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AgreeConvention(ctx, section, yes); !fault.Is(err, fault.Conflict) {
		t.Error("agreed twice", err)
	}
	for day, want := range map[string]int{"2026-09-30": 0, "2026-10-01": 12, "2027-09-30": 12, "2027-10-01": 0} {
		if got := quotaOn(day); got != want {
			t.Errorf("on %s the quota is %d", day, got)
		}
	}
	propose.Quotas[0].Devices = 30
	for range 2 { // a second proposal replaces the first
		if v, err = h.ProposeConvention(ctx, admin, propose); err != nil {
			t.Fatal(err)
		}
	}
	if len(v.Conventions) != 2 || v.Conventions[1].Text != text || quotaOn("2026-11-01") != 12 {
		t.Error("what was agreed did not stay", len(v.Conventions))
	}
}

func TestAConventionThatCannotBeIsRefused(t *testing.T) {
	h := open(t)
	home, away := h.territory(t, "Val d'Oise", true, "95"), h.territory(t, "Oise", true, "60")
	own := h.institution(t, "Section", home.ID)
	for name, c := range map[string]struct {
		req   partner.ProposeConvention
		field string
	}{
		"ends before it begins": {partner.ProposeConvention{From: "2027-01-02", Until: "2027-01-01"}, "until"},
		"is over":               {partner.ProposeConvention{From: "2025-01-01", Until: "2025-12-31"}, "until"},
		"another's territory":   {partner.ProposeConvention{From: "2026-01-01", Until: "2027-01-01", Quotas: []partner.Quota{{Territory: away.ID, Devices: 1}}}, "quotas.0.territory"},
		"no such territory":     {partner.ProposeConvention{From: "2026-01-01", Until: "2027-01-01", Quotas: []partner.Quota{{Territory: "ter_x", Devices: 1}}}, "quotas.0.territory"},
		"the same twice": {partner.ProposeConvention{From: "2026-01-01", Until: "2027-01-01", Quotas: []partner.Quota{
			{Territory: home.ID, Devices: 1}, {Territory: home.ID, Devices: 2},
		}}, "quotas.1.territory"},
	} {
		c.req.ID = own
		_, err := h.ProposeConvention(t.Context(), people.System(), c.req)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Who acts for an institution reads it alone; a coordinator where it works.
func TestWhoReadsAnInstitution(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	home, away := h.territory(t, "Val d'Oise", true, "95"), h.territory(t, "Oise", true, "60")
	own, other := h.institution(t, "Section", home.ID), h.institution(t, "Autre", away.ID)
	school, err := h.AddPrescriber(ctx, people.System(), partner.AddPrescriber{Territory: home.ID, Name: "Lycée", Kind: "school", Commune: "95127"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.JoinPartner(ctx, people.System(), partner.JoinPartner{Change: call.Change{ID: school.ID}, Partner: other}); !fault.Is(err, fault.Invalid) {
		t.Error("a structure belongs to an institution of elsewhere", err)
	}
	if _, err := h.JoinPartner(ctx, people.System(), partner.JoinPartner{Change: call.Change{ID: school.ID}, Partner: own}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		actor people.Actor
		sees  bool
	}{
		"its own":                     {h.delegate(t, "s@example.org", own, home.ID), true},
		"another institution":         {h.delegate(t, "d@example.org", other, away.ID), false},
		"a coordinator there":         {h.as(t, people.Coordinator, home.ID), true},
		"a coordinator of elsewhere":  {h.as(t, people.Coordinator, away.ID), false},
		"an administrator":            {h.as(t, people.Administrator), true},
		"a technician of there":       {h.as(t, people.Technician, home.ID), false},
		"somebody who has not signed": {people.Anyone("fr"), false},
	} {
		v, err := h.Institution(ctx, c.actor, call.One{ID: own})
		if (err == nil) != c.sees || c.sees && len(v.Structures) != 1 {
			t.Errorf("%s: %v, %d structures", name, err, len(v.Structures))
		}
	}
	team := partner.Team{People: h.people, Partners: h.Partners}
	if _, err := team.Add(ctx, h.as(t, people.Administrator), people.AddStaff{
		Email: "x@example.org", FirstName: "A", LastName: "B", Role: people.PartnerOf, Organisation: own, Territories: []string{home.ID, away.ID},
	}); !fault.Is(err, fault.Invalid) {
		t.Error("somebody reaches through an institution where it does not work", err)
	}
}
