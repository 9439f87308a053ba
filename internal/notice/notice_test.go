package notice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/notice"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

var system = people.System() //nolint:gochecknoglobals // a constant

// post is the demonstration's mailbox behind a door that may be shut, and
// counts what passes.
type post struct {
	*notice.Mailbox

	shut   bool
	passed int
}

func (p *post) Send(ctx context.Context, m notice.Mail) error {
	if p.shut {
		return errors.New("no server")
	}
	p.passed++
	return p.Mailbox.Send(ctx, m)
}

// office is a town whose people are told of what concerns them.
type office struct {
	*matchingtest.Town

	post       *post
	donations  *donation.Donations
	deliveries *delivery.Deliveries
}

func open(t *testing.T, store *docstore.Store) *office {
	t.Helper()
	o := &office{}
	w, err := words.Load()
	matchingtest.Must(t, err)
	o.Town = matchingtest.Settle(t, store, func(town *matchingtest.Town) {
		o.donations = donation.New(store, town.People, town.Partners, town.Devices, town.Places, town.Box, town.Now, "Association Passerelle")
		o.deliveries = delivery.New(store, town.Matches, town.Applications, town.Devices, town.Partners, town.Box, town.Now)
		o.post = &post{Mailbox: notice.NewMailbox(store, town.Now)}
		links := func(lang, page string, params ...any) string {
			return fmt.Sprint("https://passerelle.example/", lang, "/", page, params)
		}
		notices, err := notice.New(store, notice.Told{
			People: town.People, Applications: town.Applications, Donations: o.donations, Deliveries: o.deliveries, Partners: town.Partners,
		}, w, links, "01 23 45 67 89", o.post, town.Now)
		matchingtest.Must(t, err)
		for _, s := range notices.Subscribers() {
			town.Events.Subscribe(s)
		}
		town.Events.Subscribe(o.deliveries.Subscriber())
	})
	return o
}

// letters are the subjects that an address got, oldest first.
func (o *office) letters(t *testing.T, to string) []*notice.Letter {
	t.Helper()
	o.Relay(t)
	all, err := o.post.Latest(t.Context(), to, 50)
	matchingtest.Must(t, err)
	slices.Reverse(all)
	return all
}

func form(lang string) application.Submit {
	return application.Submit{
		Postcode: "95000", Commune: "95127", For: "self", FirstName: "Inès", LastName: "Kaci", BirthDate: "2004-05-14", Lang: lang,
		Level: "higher", Course: "bts", Equipment: "none", Learners: 2, Means: "quotient_400", Email: "ines@example.org", Agree: true,
	}
}

// TestAFamilyHearsOfEachStepOnce walks the main job and reads the letters.
func TestAFamilyHearsOfEachStepOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		o, ctx := open(t, store), t.Context()
		dev := o.Device(t)
		receipt, err := o.Applications.Submit(ctx, people.Anyone("fr"), form("fr"))
		matchingtest.Must(t, err)
		o.Relay(t)
		_, err = o.Applications.Verify(ctx, system, application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true})
		matchingtest.Must(t, err)
		o.Relay(t)
		match, err := o.Matches.Override(ctx, system, matching.Override{Device: dev, Application: receipt.ID, Reason: "test"})
		matchingtest.Must(t, err)
		o.Relay(t)
		_, err = o.Matches.Accept(ctx, system, call.Change{ID: match.ID})
		matchingtest.Must(t, err)
		o.Wait(time.Second)
		letters := o.letters(t, "ines@example.org")
		for _, letter := range letters {
			if !strings.Contains(letter.Subject, receipt.Reference) || !strings.Contains(letter.Text, "https://passerelle.example/fr/") || strings.Contains(letter.Subject+letter.Text, "{{") {
				t.Errorf("a letter says neither which nor where: %+v", letter)
			}
			if strings.Contains(letter.Text, "Kaci") {
				t.Errorf("a letter names the student: %s", letter.Text)
			}
		}
		if len(letters) != 4 { // received, verified, offered, accepted
			t.Errorf("%d letters: %v", len(letters), subjects(letters))
		}
		if again := o.letters(t, "ines@example.org"); len(again) != len(letters) || o.post.passed != len(letters) {
			t.Errorf("told again: %d sent for %d letters", o.post.passed, len(letters))
		}
	})
}

func subjects(letters []*notice.Letter) []string {
	all := make([]string, len(letters))
	for i, l := range letters {
		all[i] = l.Subject
	}
	return all
}

// TestEachReadsTheirOwnLanguage: an Arabic family, its guardian, the school.
func TestEachReadsTheirOwnLanguage(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	school, err := o.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: o.Territory, Name: "Lycée Kastler", Kind: "school", Commune: "95127"})
	matchingtest.Must(t, err)
	_, err = o.People.AddStaff(ctx, system, people.AddStaff{Email: "roux@example.org", FirstName: "Jean", LastName: "Roux", Role: people.PrescriberOf, Organisation: school.ID, Territories: []string{o.Territory}})
	matchingtest.Must(t, err)
	f := form("ar")
	f.BirthDate, f.Level, f.Course, f.Prescriber = "2013-01-01", "lycee", "lycee", school.ID
	f.GuardianFirstName, f.GuardianLastName, f.GuardianEmail = "Nadia", "Kaci", "nadia@example.org"
	receipt, err := o.Applications.Submit(ctx, people.Anyone("ar"), f)
	matchingtest.Must(t, err)
	family := o.letters(t, "ines@example.org")
	if len(family) != 1 || family[0].Lang != "ar" || !strings.Contains(family[0].Subject, "الملف \u2068"+receipt.Reference+"\u2069") {
		t.Errorf("the family: %+v", family)
	}
	guardian := o.letters(t, "nadia@example.org")
	if !slices.ContainsFunc(guardian, func(l *notice.Letter) bool { return strings.Contains(l.Text, "guardian-link") }) {
		t.Errorf("the guardian is not asked: %v", subjects(guardian))
	}
	asked := o.letters(t, "roux@example.org")
	if len(asked) != 1 || asked[0].Lang != "fr" || !strings.Contains(asked[0].Text, "attest-link") || strings.Contains(asked[0].Text, "Kaci") {
		t.Errorf("the school: %+v", asked)
	}
}

// TestNothingIsLostWhileTheServerIsDown: told once it answers again, once.
func TestNothingIsLostWhileTheServerIsDown(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	o.post.shut = true
	_, err := o.Applications.Submit(ctx, people.Anyone("fr"), form("fr"))
	matchingtest.Must(t, err)
	for range 6 {
		o.Relay(t)
		o.Wait(5 * time.Minute)
	}
	shown, err := o.Events.DeadLetters(ctx, system.Within(o.Territory), call.List{Limit: 10})
	matchingtest.Must(t, err)
	if len(shown.Items) != 1 || shown.Items[0].Kind != "application.submitted" || shown.Items[0].State != "waiting" {
		t.Errorf("the desk sees %+v", shown.Items)
	}
	o.post.shut = false
	o.Wait(2 * time.Hour)
	if letters := o.letters(t, "ines@example.org"); len(letters) != 1 || o.post.passed != 1 {
		t.Errorf("%d letters, %d sent", len(letters), o.post.passed)
	}
}

// TestADonorHearsOfTheirLot: declared, agreed, and what follows.
func TestADonorHearsOfTheirLot(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	receipt, err := o.donations.Declare(ctx, people.Anyone("en"), donation.Declare{
		SIREN: "732829320", Name: "Ateliers du Vexin", Address: "3 place des Arts", Postcode: "95000", Commune: "95127", Lang: "en",
		ContactName: "Claire Morel", ContactEmail: "claire@vexin.example", Lines: []donation.Line{{Model: "Latitude 5400", Quantity: 3, Condition: "working"}},
	})
	matchingtest.Must(t, err)
	o.Relay(t)
	_, err = o.donations.Agree(ctx, system, call.Change{ID: receipt.ID})
	matchingtest.Must(t, err)
	letters := o.letters(t, "claire@vexin.example")
	if len(letters) != 2 || letters[0].Lang != "en" || !strings.Contains(letters[1].Subject, receipt.Reference) {
		t.Errorf("%v", subjects(letters))
	}
}

// TestADonorHearsOfALock: a locked device, its refusal, and one that is gone
// before it was erased are told with the serial number; a refusal on unpacking
// stands in the count.
func TestADonorHearsOfALock(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	receipt, err := o.donations.Declare(ctx, people.Anyone("fr"), donation.Declare{
		SIREN: "732829320", Name: "Ateliers du Vexin", Address: "3 place des Arts", Postcode: "95000", Commune: "95127", Lang: "fr",
		ContactName: "Claire Morel", ContactEmail: "claire@vexin.example", Lines: []donation.Line{{Model: "Latitude 5400", Quantity: 3, Condition: "working"}},
	})
	matchingtest.Must(t, err)
	at := device.Origin{Country: "FR", Territory: o.Territory, Donation: receipt.ID, Company: "com_1"}
	move := func(serial string, to device.State) {
		t.Helper()
		dev, _, err := o.Devices.Announce(ctx, system, at, device.Announced{Serial: serial, Specs: device.Specs{Model: "Latitude 5400"}})
		matchingtest.Must(t, err)
		if dev.State == device.Declared && to != device.Refused {
			_, err = o.Devices.Receive(ctx, system, dev.ID, device.Receipt{})
			matchingtest.Must(t, err)
		}
		_, err = o.Devices.Audit(ctx, system, device.Audit{
			Change: call.Change{ID: dev.ID}, Specs: dev.Specs, Grades: device.Grades{Appearance: "B", Functionality: "A", Battery: "B"}, Drives: []device.FoundDrive{{Serial: "D" + serial, Medium: device.SSD}}, Locked: to == device.Locked,
		})
		if to == device.Lost {
			matchingtest.Must(t, err)
		}
		if to != device.Locked {
			_, err = o.Devices.Move(ctx, system, device.Move{Change: call.Change{ID: dev.ID}, To: to, Reason: "test"})
			matchingtest.Must(t, err)
		}
	}
	move("CN-LOCKED", device.Locked)
	move("CN-GONE", device.Lost)
	move("CN-BAD", device.Refused)
	o.Wait(31 * 24 * time.Hour)
	matchingtest.Must(t, o.Devices.Sweep(ctx))
	var told []string
	for _, letter := range o.letters(t, "claire@vexin.example") {
		for _, serial := range []string{"CN-LOCKED", "CN-GONE", "CN-BAD"} {
			if strings.Contains(letter.Text, serial) {
				told = append(told, serial)
			}
		}
	}
	slices.Sort(told)
	if !slices.Equal(told, []string{"CN-GONE", "CN-LOCKED", "CN-LOCKED"}) {
		t.Errorf("the donor heard of %v", told)
	}
}

// TestAFamilyIsAskedAndHeard: the question stands in the letter, a second
// reading is told to the desk, and after it none is promised any more.
func TestAFamilyIsAskedAndHeard(t *testing.T) {
	o, ctx := open(t, storetest.Open(t)), t.Context()
	receipt, err := o.Applications.Submit(ctx, people.Anyone("fr"), form("fr"))
	matchingtest.Must(t, err)
	o.Relay(t)
	change := call.Change{ID: receipt.ID}
	family := o.SignIn(t, "ines@example.org")
	first, second := o.Staff(t, people.Coordinator), o.Staff(t, people.Coordinator)
	o.Wait(time.Second)
	_, err = o.Applications.Hold(ctx, first, application.PutHold{Change: change, Type: "needs_information", Waiting: "family", Days: 7, Question: "Dans quelle école ?", Note: "doute"})
	matchingtest.Must(t, err)
	last := func(want string) {
		t.Helper()
		letters := o.letters(t, "ines@example.org")
		if got := letters[len(letters)-1]; !strings.Contains(got.Text, want) || strings.Contains(got.Text, "doute") {
			t.Errorf("%s, without %q", got.Text, want)
		}
	}
	last("Dans quelle école ?")
	_, err = o.Applications.AnswerQuestion(ctx, family, application.AnswerQuestion{Change: change, Answer: "Au lycée."})
	matchingtest.Must(t, err)
	o.Relay(t)
	o.Wait(time.Second)
	refuse := application.Verify{Change: change, Reason: "not_proven"}
	_, err = o.Applications.Verify(ctx, first, refuse)
	matchingtest.Must(t, err)
	last("Vous pouvez demander")
	_, err = o.Applications.AskReview(ctx, family, application.AskReview{Change: change, Reason: "Relisez."})
	matchingtest.Must(t, err)
	o.Relay(t)
	o.Wait(time.Second)
	_, err = o.Applications.Review(ctx, second, application.Review{Change: change, Reason: "lu"})
	matchingtest.Must(t, err)
	last("relit votre demande")
	o.Wait(time.Second)
	_, err = o.Applications.Verify(ctx, second, refuse)
	matchingtest.Must(t, err)
	last("a relu votre demande")
	if got := subjects(o.letters(t, "staff2@example.org")); len(got) != 3 { // the first is a sign-in code
		t.Errorf("the desk heard %v of an answer and a wish", got)
	}
}
