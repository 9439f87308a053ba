package notice_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/notice"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// asks is a student of 22, checked, referred by a structure or by none.
func (o *office) asks(t *testing.T, structure string) application.Receipt {
	t.Helper()
	f := form("fr")
	f.Prescriber = structure
	receipt, err := o.Applications.Submit(t.Context(), people.Anyone("fr"), f)
	matchingtest.Must(t, err)
	_, err = o.Applications.Verify(t.Context(), system, application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true})
	matchingtest.Must(t, err)
	return receipt
}

func (o *office) offer(t *testing.T, app string) string {
	t.Helper()
	m, err := o.Matches.Override(t.Context(), system, matching.Override{Device: o.Device(t), Application: app, Reason: "test"})
	matchingtest.Must(t, err)
	o.Relay(t)
	return m.ID
}

// booked brings an application as far as an appointment.
func (o *office) booked(t *testing.T, app string) delivery.View {
	t.Helper()
	ctx, match := t.Context(), o.offer(t, app)
	_, err := o.Matches.Accept(ctx, system, call.Change{ID: match})
	matchingtest.Must(t, err)
	o.Relay(t)
	v, err := o.deliveries.OfMatch(ctx, system, match)
	matchingtest.Must(t, err)
	choices, err := o.deliveries.Choices(ctx, system, call.One{ID: v.ID})
	matchingtest.Must(t, err)
	v, err = o.deliveries.Book(ctx, system, delivery.Book{Change: call.Change{ID: v.ID}, Slot: choices.Sites[0].Slots[0].ID})
	matchingtest.Must(t, err)
	return v
}

func (o *office) opensSlots(t *testing.T) {
	t.Helper()
	site, err := o.Partners.AddSite(t.Context(), system, partner.AddSite{
		Territory: o.Territory, Kind: "pick_up", Name: "Point relais", Address: "1 rue du Lac", Commune: "95127", Lat: 49.03, Lon: 2.07,
	})
	matchingtest.Must(t, err)
	_, err = o.deliveries.OpenSlots(t.Context(), system, delivery.OpenSlots{
		Site: site.ID, FromDay: "2026-09-01", ToDay: "2026-09-30", Weekdays: []int{0, 1, 2, 3, 4, 5, 6}, From: "14:00", To: "16:00", Minutes: 60, Capacity: 9,
	})
	matchingtest.Must(t, err)
}

// told tells how many letters to an address bear these words.
func (o *office) told(t *testing.T, to, words string) (n int) {
	t.Helper()
	for _, l := range o.letters(t, to) {
		if strings.Contains(l.Subject, words) {
			n++
		}
	}
	return n
}

// TestAnEndIsToldOnce: whatever ends a proposal or a delivery, the family reads
// one letter that says what happened, and none that says otherwise.
func TestAnEndIsToldOnce(t *testing.T) {
	const to, over, lost, again = "ines@example.org", "n’a plus cours", "n’est pas arrivé", "reprenons rendez-vous"
	for name, c := range map[string]struct {
		end   func(*testing.T, *office, delivery.View) error
		wants map[string]int
	}{
		"released": {func(t *testing.T, o *office, v delivery.View) error {
			_, err := o.Matches.Release(t.Context(), system, matching.Release{Change: call.Change{ID: v.Match}, Reason: "erreur"})
			return err
		}, map[string]int{over: 1, lost: 0, again: 0}},
		"refused": {func(t *testing.T, o *office, v delivery.View) error {
			_, err := o.deliveries.Fail(t.Context(), system, delivery.Fail{Change: call.Change{ID: v.ID}, Reason: "refused"})
			return err
		}, map[string]int{over: 1, lost: 0, again: 0}},
		"given up": {func(t *testing.T, o *office, v delivery.View) error {
			_, err := o.deliveries.GiveUp(t.Context(), system, call.Change{ID: v.ID})
			return err
		}, map[string]int{over: 0, lost: 0, again: 0}},
		"missed once": {func(t *testing.T, o *office, v delivery.View) error {
			_, err := o.deliveries.Fail(t.Context(), system, delivery.Fail{Change: call.Change{ID: v.ID}, Reason: "no_show"})
			return err
		}, map[string]int{over: 0, lost: 0, again: 1}},
		"lost": {func(t *testing.T, o *office, v delivery.View) error {
			if _, err := o.deliveries.Dispatch(t.Context(), system, delivery.Dispatch{Change: call.Change{ID: v.ID}}); err != nil {
				return err
			}
			_, err := o.deliveries.Lost(t.Context(), system, delivery.After{Change: call.Change{ID: v.ID}, Reason: "colis perdu"})
			return err
		}, map[string]int{over: 0, lost: 1, again: 0, "est en route": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, storetest.Open(t))
			o.opensSlots(t)
			v := o.booked(t, o.asks(t, "").ID)
			matchingtest.Must(t, c.end(t, o, v))
			for words, n := range c.wants {
				if got := o.told(t, to, words); got != n {
					t.Errorf("%q is told %d times, want %d: %v", words, got, n, subjects(o.letters(t, to)))
				}
			}
		})
	}
}

// TestAProblemIsToldAtTheDesk of the territory, not of another.
func TestAProblemIsToldAtTheDesk(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	o.opensSlots(t)
	away, err := o.Partners.AddTerritory(ctx, system, partner.AddTerritory{Country: "FR", Name: "Oise", Zone: "Europe/Paris", Areas: []string{"60"}, Open: true, OfferDays: 7, Household: 2})
	matchingtest.Must(t, err)
	for email, territory := range map[string]string{"here@example.org": o.Territory, "away@example.org": away.ID} {
		_, err := o.People.AddStaff(ctx, system, people.AddStaff{Email: email, FirstName: "Sam", LastName: "Diallo", Role: people.Coordinator, Territories: []string{territory}})
		matchingtest.Must(t, err)
	}
	v := o.booked(t, o.asks(t, "").ID)
	code, err := o.deliveries.CodeOf(ctx, system, v.ID)
	matchingtest.Must(t, err)
	_, err = o.deliveries.HandOver(ctx, system, delivery.HandOver{Change: call.Change{ID: v.ID}, Code: code})
	matchingtest.Must(t, err)
	_, err = o.deliveries.Report(ctx, system, delivery.Problem{Change: call.Change{ID: v.ID}, Problem: "wont_start"})
	matchingtest.Must(t, err)
	if here, elsewhere := o.told(t, "here@example.org", "un problème"), o.letters(t, "away@example.org"); here != 1 || len(elsewhere) != 0 {
		t.Errorf("%d letters here, %d in another territory", here, len(elsewhere))
	}
}

// TestASilentFamilyIsReachedAnotherWay: an offer that went by is told to the
// structure that can see the family, or else to the coordinators.
func TestASilentFamilyIsReachedAnotherWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		o, ctx := open(t, store), t.Context()
		school, err := o.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: o.Territory, Name: "Lycée Kastler", Kind: "school", Commune: "95127"})
		matchingtest.Must(t, err)
		for _, who := range []people.AddStaff{
			{Email: "roux@example.org", Role: people.PrescriberOf, Organisation: school.ID},
			{Email: "desk@example.org", Role: people.Coordinator},
		} {
			who.FirstName, who.LastName, who.Territories = "Jean", "Roux", []string{o.Territory}
			_, err := o.People.AddStaff(ctx, system, who)
			matchingtest.Must(t, err)
		}
		for _, c := range []struct{ structure, hears, silent string }{
			{school.ID, "roux@example.org", "desk@example.org"}, {"", "desk@example.org", "roux@example.org"},
		} {
			before := o.told(t, c.silent, "sans réponse")
			o.offer(t, o.asks(t, c.structure).ID)
			o.Wait(8 * 24 * time.Hour)
			expired, err := o.Matches.Expire(ctx)
			matchingtest.Must(t, err)
			if expired != 1 || o.told(t, c.hears, "sans réponse") != 1 || o.told(t, c.silent, "sans réponse") != before {
				t.Errorf("structure %q: %d expired; %v; %v", c.structure, expired, subjects(o.letters(t, c.hears)), subjects(o.letters(t, c.silent)))
			}
			o.Wait(40 * 24 * time.Hour) // the next application is another day's
		}
	})
}

// TestAFamilyWithoutMailIsTold through the structure as soon as it has an offer.
func TestAFamilyWithoutMailIsTold(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	school, err := o.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: o.Territory, Name: "Lycée Kastler", Kind: "school", Commune: "95127"})
	matchingtest.Must(t, err)
	_, err = o.People.AddStaff(ctx, system, people.AddStaff{Email: "roux@example.org", FirstName: "Jean", LastName: "Roux", Role: people.PrescriberOf, Organisation: school.ID, Territories: []string{o.Territory}})
	matchingtest.Must(t, err)
	f := form("fr")
	f.Prescriber, f.Email, f.Phone = school.ID, "", "+33612345678"
	receipt, err := o.Applications.Submit(ctx, people.Anyone("fr"), f)
	matchingtest.Must(t, err)
	_, err = o.Applications.Verify(ctx, system, application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true})
	matchingtest.Must(t, err)
	o.offer(t, receipt.ID)
	if o.told(t, "roux@example.org", "à transmettre") != 1 {
		t.Errorf("%v", subjects(o.letters(t, "roux@example.org")))
	}
}

// TestADonorHearsToTheEnd: agreed, signed, planned, moved, closed; and a lot
// that is taken back.
func TestADonorHearsToTheEnd(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	declare := donation.Declare{
		SIREN: "732829320", Name: "Ateliers du Vexin", Address: "3 place des Arts", Postcode: "95000", Commune: "95127", Lang: "en",
		ContactName: "Claire Morel", ContactEmail: "claire@vexin.example", Lines: []donation.Line{{Model: "Latitude 5400", Quantity: 3, Condition: "working"}},
	}
	receipt, err := o.donations.Declare(ctx, people.Anyone("en"), declare)
	matchingtest.Must(t, err)
	donor := o.SignIn(t, "claire@vexin.example")
	change := call.Change{ID: receipt.ID}
	_, err = o.donations.Agree(ctx, system, change)
	matchingtest.Must(t, err)
	text, err := o.donations.ReadConvention(ctx, donor, call.One{ID: receipt.ID})
	matchingtest.Must(t, err)
	_, err = o.donations.Accept(ctx, donor, donation.Accept{Change: change, SHA256: text.SHA256, Name: "Claire Morel", Title: "Director", Owner: true})
	matchingtest.Must(t, err)
	for _, day := range []string{"2026-09-10", "2026-09-11"} {
		_, err = o.donations.PlanCollection(ctx, system, donation.Plan{Change: change, Day: day, From: "09:00", To: "12:00"})
		matchingtest.Must(t, err)
	}
	_, err = o.donations.Collect(ctx, system, donation.Fetched{Change: change})
	matchingtest.Must(t, err)
	_, err = o.donations.Reconcile(ctx, system, change)
	matchingtest.Must(t, err)
	_, err = o.donations.Close(ctx, system, change)
	matchingtest.Must(t, err)
	declare.Lines[0].Model = "Latitude 7400"
	second, err := o.donations.Declare(ctx, people.Anyone("en"), declare)
	matchingtest.Must(t, err)
	_, err = o.donations.Cancel(ctx, donor, donation.Reason{Change: call.Change{ID: second.ID}, Reason: "sold"})
	matchingtest.Must(t, err)
	letters := o.letters(t, "claire@vexin.example")
	for _, words := range []string{"agreement accepted", "collection moved", "complete, thank you", "taken back"} {
		if o.told(t, "claire@vexin.example", words) != 1 {
			t.Errorf("not told %q: %v", words, subjects(letters))
		}
	}
	moved := slices.IndexFunc(letters, func(l *notice.Letter) bool { return strings.Contains(l.Subject, "moved") })
	if moved < 0 || !strings.Contains(letters[moved].Text, "11") {
		t.Error("the new day is not said")
	}
}

// TestEveryNoticeHasItsWords in each language, and no words are left without a
// notice.
func TestEveryNoticeHasItsWords(t *testing.T) {
	w, err := words.Load()
	matchingtest.Must(t, err)
	kinds := map[string]bool{}
	for _, file := range []string{"notice.go", "audience.go"} {
		source, err := os.ReadFile(file)
		matchingtest.Must(t, err)
		for _, found := range regexp.MustCompile(`"((?:sign_in|application|match|delivery|donation|helper|guardian|prescriber)\.[a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
			kinds[found[1]] = true
		}
	}
	if len(kinds) < 35 {
		t.Fatalf("only %d notices", len(kinds))
	}
	silent := []string{"application.attestation_asked", "application.guardian_asked"} // their recipients bring their own words
	for kind := range kinds {
		for _, part := range []string{"subject", "body", "button"} {
			if !w.Has("notice."+kind+"."+part) && !slices.Contains(silent, kind) {
				t.Errorf("notice.%s.%s is not worded", kind, part)
			}
		}
	}
}
