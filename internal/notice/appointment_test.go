package notice_test

import (
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestLettersOfAnAppointmentSayWhenAndWhere in the family's language, with what
// to bring and whom to call: when it is made, the day before, and on its way.
func TestLettersOfAnAppointmentSayWhenAndWhere(t *testing.T) {
	for lang, want := range map[string][]string{
		"fr": {"vendredi 4 septembre, 10:00–10:30", "un sac pour l’ordinateur"},
		"en": {"Friday 4 September, 10:00–10:30", "a bag for the computer"},
		"ar": {"الجمعة \u20684 سبتمبر\u2069\u2069، \u206810:00–10:30\u2069", "\u2068Maison des associations, 1 rue des Écoles, 95000 Cergy (Entrée de plain-pied)\u2069", "حقيبة للحاسوب"},
	} {
		o, ctx := open(t, storetest.Open(t)), t.Context()
		site, err := o.Partners.AddSite(ctx, system, partner.AddSite{
			Territory: o.Territory, Kind: "pick_up", Name: "Maison des associations", Address: "1 rue des Écoles, 95000 Cergy", Commune: "95127", Access: "Entrée de plain-pied",
		})
		matchingtest.Must(t, err)
		_, err = o.deliveries.OpenSlots(ctx, system, delivery.OpenSlots{
			Site: site.ID, FromDay: "2026-09-04", ToDay: "2026-09-04", Weekdays: []int{5}, From: "10:00", To: "11:00", Minutes: 30, Capacity: 4,
		})
		matchingtest.Must(t, err)
		match := o.accepted(t, form(lang))
		view, err := o.deliveries.OfMatch(ctx, system, match)
		matchingtest.Must(t, err)
		_, err = o.deliveries.Book(ctx, system, delivery.Book{Change: call.Change{ID: view.ID}, Slot: "slo_" + site.ID + "_2026-09-04_1000"})
		matchingtest.Must(t, err)
		o.Relay(t)
		o.Wait(50 * time.Hour)
		matchingtest.Must(t, o.deliveries.Sweep(ctx))
		o.Relay(t)
		_, err = o.deliveries.Dispatch(ctx, system, delivery.Dispatch{Change: call.Change{ID: view.ID}})
		matchingtest.Must(t, err)
		letters := o.letters(t, "ines@example.org")
		for _, letter := range letters[len(letters)-3:] {
			for _, said := range append(want, "Maison des associations, 1 rue des Écoles", "01 23 45 67 89") {
				if !strings.Contains(letter.Text, said) {
					t.Errorf("%s: %q says not %q:\n%s", lang, letter.Subject, said, letter.Text)
				}
			}
			if strings.Contains(letter.Text, view.Code) && view.Code != "" {
				t.Errorf("%s: a letter carries the code", lang)
			}
		}
	}
}

// TestALetterOfADeliveryAtHome names day and hours, and no address.
func TestALetterOfADeliveryAtHome(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	match := o.accepted(t, form("fr"))
	view, err := o.deliveries.OfMatch(ctx, system, match)
	matchingtest.Must(t, err)
	_, err = o.deliveries.BookHome(ctx, system, delivery.BookHome{
		Change: call.Change{ID: view.ID}, Address: "4 rue Haute, 95000 Cergy", Day: "2026-09-08", From: "14:00", To: "16:00",
	})
	matchingtest.Must(t, err)
	letters := o.letters(t, "ines@example.org")
	text := letters[len(letters)-1].Text
	for _, said := range []string{"mardi 8 septembre, 14:00–16:00", "chez vous", "Gardez votre code"} {
		if !strings.Contains(text, said) {
			t.Errorf("%q is not said:\n%s", said, text)
		}
	}
	if strings.Contains(text, "rue Haute") {
		t.Errorf("the address is in the letter:\n%s", text)
	}
}

// accepted walks an application to an accepted offer.
func (o *office) accepted(t *testing.T, f application.Submit) (match string) {
	t.Helper()
	ctx := t.Context()
	dev := o.Device(t)
	receipt, err := o.Applications.Submit(ctx, people.Anyone(f.Lang), f)
	matchingtest.Must(t, err)
	_, err = o.Applications.Verify(ctx, system, application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true})
	matchingtest.Must(t, err)
	made, err := o.Matches.Override(ctx, system, matching.Override{Device: dev, Application: receipt.ID, Reason: "test"})
	matchingtest.Must(t, err)
	o.Relay(t)
	_, err = o.Matches.Accept(ctx, system, call.Change{ID: made.ID})
	matchingtest.Must(t, err)
	o.Relay(t)
	o.Wait(time.Second)
	return made.ID
}

// TestALetterOfAnAppointmentAtAStructure names it: the address stays there.
func TestALetterOfAnAppointmentAtAStructure(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	structure, err := o.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: o.Territory, Name: "Le Refuge", Kind: "association", Commune: "95127"})
	matchingtest.Must(t, err)
	f := form("fr")
	f.Prescriber, f.Confidential = structure.ID, true
	match := o.accepted(t, f)
	view, err := o.deliveries.OfMatch(ctx, system, match)
	matchingtest.Must(t, err)
	_, err = o.deliveries.BookStructure(ctx, system, delivery.BookStructure{Change: call.Change{ID: view.ID}, Day: "2026-09-08", From: "14:00", To: "16:00"})
	matchingtest.Must(t, err)
	letters := o.letters(t, "ines@example.org")
	text := letters[len(letters)-1].Text
	if !strings.Contains(text, "Le Refuge") || strings.Contains(text, "chez vous") || !strings.Contains(text, "Apportez votre code") {
		t.Errorf("where the hand-over is:\n%s", text)
	}
}
