package people_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// enter signs an account in and gives its actor.
func (h *house) enter(t *testing.T, person string) (people.Actor, string) {
	t.Helper()
	link, err := h.DemoLink(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	actor, err := h.Resume(t.Context(), s.Token)
	if err != nil {
		t.Fatal(err)
	}
	return actor, s.Token
}

func (h *house) ensure(t *testing.T, email string, g people.Grant) *people.Person {
	t.Helper()
	p, err := h.Ensure(t.Context(), people.Contact{FirstName: "A", LastName: "B", Email: email}, g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (h *house) ask(t *testing.T, email string) {
	t.Helper()
	if _, err := h.AskCode(t.Context(), people.Anyone("fr"), people.AskCode{Email: email}); err != nil {
		t.Fatal(err)
	}
}

func TestCodeAndItsLinkAreOneChance(t *testing.T) {
	h := open(t)
	h.coordinator(t)
	h.ask(t, "ines@example.org")
	code, link := h.code(t)
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = h.SignIn(context.Background(), people.Anyone("fr"), people.SignIn{Email: "ines@example.org", Code: code})
			} else {
				_, err = h.SignInByLink(context.Background(), people.Anyone("fr"), people.ByLink{Link: link})
			}
			if err == nil {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Fatal(won.Load())
	}
}

func TestAStrangerCannotLockSomebodyOut(t *testing.T) {
	h := open(t)
	h.coordinator(t)
	h.ask(t, "ines@example.org")
	_, link := h.code(t)
	for range 6 {
		_, _ = h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: "ines@example.org", Code: "0"})
	}
	if _, err := h.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link}); err != nil {
		t.Error("the link ended with the wrong tries", err)
	}
}

func TestGuessesADayAreLimitedOverAllCodes(t *testing.T) {
	h := open(t)
	h.coordinator(t)
	var err error
	for range 101 {
		_, err = h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: "ines@example.org", Code: "0"})
	}
	if !fault.Is(err, fault.TooMany) {
		t.Fatal(err)
	}
	h.pass(25 * time.Hour)
	h.ask(t, "ines@example.org")
	code, _ := h.code(t)
	if _, err := h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: "ines@example.org", Code: code}); err != nil {
		t.Error(err)
	}
}

func TestUnknownAndDisabledAddressesGetNoMail(t *testing.T) {
	h := open(t)
	p := h.coordinator(t)
	if _, err := h.Disable(t.Context(), people.System(), call.Change{ID: p.ID}); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{"ines@example.org", "stranger@example.org"} {
		h.ask(t, email)
		pending, err := h.store.Engine().Pending(t.Context(), "sign_ins", 10)
		if err != nil || len(pending) != 0 {
			t.Error(email, pending, err)
		}
	}
}

func TestSessionsEndUnusedAndAtTheLatest(t *testing.T) {
	h := open(t)
	p := h.coordinator(t)
	_, token := h.enter(t, p.ID)
	for range 5 {
		h.pass(2 * time.Hour)
		if _, err := h.Resume(t.Context(), token); err != nil {
			t.Fatal("a session in use ended", err)
		}
	}
	h.pass(2*time.Hour + time.Minute)
	if _, err := h.Resume(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
		t.Error("a session outlived twelve hours", err)
	}
	_, idle := h.enter(t, p.ID)
	h.pass(3*time.Hour + time.Minute)
	if _, err := h.Resume(t.Context(), idle); !fault.Is(err, fault.Unauthenticated) {
		t.Error("an unused session lives on", err)
	}
}

func TestDisablingEndsSessionsHereAtOnce(t *testing.T) {
	h := open(t)
	p := h.coordinator(t)
	_, token := h.enter(t, p.ID)
	if _, err := h.Disable(t.Context(), people.System(), call.Change{ID: p.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Resume(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
}

func TestAccessIsGivenBackByThoseWhoMayTakeIt(t *testing.T) {
	h := open(t)
	actor, _ := h.enter(t, h.coordinator(t).ID)
	own := h.ensure(t, "a@example.org", people.Grant{Role: people.Greeter, Territories: []string{"ter_95"}})
	other := h.ensure(t, "b@example.org", people.Grant{Role: people.Greeter, Territories: []string{"ter_60"}})
	_, token := h.enter(t, own.ID)
	taken, err := h.Disable(t.Context(), actor, call.Change{ID: own.ID})
	if err != nil || !taken.Disabled {
		t.Fatal(taken, err)
	}
	back, err := h.Enable(t.Context(), actor, call.Change{ID: own.ID, IfVersion: taken.Version})
	if err != nil || back.Disabled || len(back.Grants) != 1 {
		t.Fatal(back, err)
	}
	if _, err := h.Resume(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
		t.Error("a session of before came back", err)
	}
	h.enter(t, own.ID)
	if _, err := h.Disable(t.Context(), people.System(), call.Change{ID: other.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Enable(t.Context(), actor, call.Change{ID: other.ID}); !fault.Is(err, fault.NotFound) {
		t.Error("gave access to somebody of another territory", err)
	}
	if err := h.Forget(t.Context(), own.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Enable(t.Context(), people.System(), call.Change{ID: own.ID}); !fault.Is(err, fault.NotFound) {
		t.Error("an erased account came back", err)
	}
}

func TestPaperOpensFamiliesAlone(t *testing.T) {
	h := open(t)
	p := h.coordinator(t)
	prescriber := h.ensure(t, "social@example.org", people.Grant{Role: people.PrescriberOf, Territories: []string{"ter_95"}, Organisation: "pre_1"})
	actor, _ := h.enter(t, prescriber.ID)
	if _, err := h.PaperCode(t.Context(), actor, p.ID, "K7F-3Q2"); !fault.Is(err, fault.Forbidden) {
		t.Error("a prescriber printed a way to the desk", err)
	}
}

func TestAnErasedAddressMayComeBack(t *testing.T) {
	h := open(t)
	before := h.ensure(t, "lina@example.org", people.Grant{Role: people.Student})
	if err := h.Forget(t.Context(), before.ID); err != nil {
		t.Fatal(err)
	}
	after := h.ensure(t, "lina@example.org", people.Grant{Role: people.Student})
	if after.ID == before.ID || after.Disabled {
		t.Error("the erased account came back")
	}
	if err := h.Forget(t.Context(), before.ID); err != nil {
		t.Error("erasing twice", err)
	}
}

func TestCoordinatorsManageTheirOwnStaffAlone(t *testing.T) {
	h := open(t)
	actor, _ := h.enter(t, h.coordinator(t).ID)
	own := h.ensure(t, "a@example.org", people.Grant{Role: people.Greeter, Territories: []string{"ter_95"}})
	other := h.ensure(t, "b@example.org", people.Grant{Role: people.Greeter, Territories: []string{"ter_60"}})
	page, err := h.ListStaff(t.Context(), actor, call.List{})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != own.ID {
		t.Error(page, err)
	}
	if _, err := h.Disable(t.Context(), actor, call.Change{ID: other.ID}); !fault.Is(err, fault.NotFound) {
		t.Error("disabled somebody of another territory", err)
	}
	if _, err := h.Disable(t.Context(), actor, call.Change{ID: own.ID}); err != nil {
		t.Error(err)
	}
}

func TestColleaguesGrantWhatTheyHold(t *testing.T) {
	h := open(t)
	c, made, err := h.EnsureCompany(t.Context(), "FR", "732829320", "Exemple SA")
	if err != nil || !made {
		t.Fatal(err)
	}
	first, err := h.EnsureDonor(t.Context(), c, people.Contact{FirstName: "F", Email: "f@example.org"}, true)
	if err != nil {
		t.Fatal(err)
	}
	boss, _ := h.enter(t, first.ID)
	added, err := h.AddColleague(t.Context(), boss, people.AddColleague{
		Company: c.ID, Email: "g@example.org", FirstName: "G", LastName: "H", Powers: []string{people.See, people.Give}})
	if err != nil {
		t.Fatal(err)
	}
	helper, _ := h.enter(t, added.ID)
	_, err = h.AddColleague(t.Context(), helper, people.AddColleague{
		Company: c.ID, Email: "g@example.org", FirstName: "G", LastName: "H", Powers: []string{people.Sign}})
	if !fault.Is(err, fault.Forbidden) {
		t.Error("granted themselves a power", err)
	}
	page, err := h.ListColleagues(t.Context(), helper, people.ListColleagues{Company: c.ID})
	if err != nil || len(page.Items) != 2 {
		t.Error(page, err)
	}
	remove := func(who people.Actor, id string) error {
		_, err := h.RemoveColleague(t.Context(), who, people.RemoveColleague{Company: c.ID, Colleague: id})
		return err
	}
	if err := remove(helper, first.ID); !fault.Is(err, fault.Forbidden) {
		t.Error("took powers that they lack", err)
	}
	if err := remove(boss, first.ID); !fault.Is(err, fault.Conflict) {
		t.Error("left the company without anybody", err)
	}
	if err := remove(boss, added.ID); err != nil {
		t.Error(err)
	}
	helper, _ = h.enter(t, added.ID)
	if helper.May(people.See, c.ID) || helper.May(people.Give, c.ID) {
		t.Error("a removed colleague still acts for the company")
	}
	late, err := h.EnsureDonor(t.Context(), c, people.Contact{FirstName: "L", Email: "l@example.org"}, false)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := h.enter(t, late.ID)
	if _, err := h.ListColleagues(t.Context(), stranger, people.ListColleagues{Company: c.ID}); !fault.Is(err, fault.NotFound) {
		t.Error("typing a company's number shows its people", err)
	}
}

func TestStatusLinkReadsOneApplicationUntilRevoked(t *testing.T) {
	h := open(t)
	token, err := h.IssueStatusLink(t.Context(), "app_1")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		actor, err := h.OpenStatusLink(t.Context(), token, "ar")
		if err != nil || actor.Reads != "app_1" || actor.Person != "" || actor.Desk().Sees("ter_95") {
			t.Fatal(actor, err)
		}
	}
	if err := h.RevokeLink(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := h.OpenStatusLink(t.Context(), token, "ar"); err == nil {
		t.Error("a revoked link opens")
	}
}
