package people_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

type house struct {
	*people.People

	store *docstore.Store
	now   atomic.Int64
}

func (h *house) pass(d time.Duration) { h.now.Add(int64(d)) }

func open(t *testing.T) *house {
	t.Helper()
	h := &house{store: storetest.Open(t)}
	h.now.Store(time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC).UnixNano())
	clock := func() time.Time { return time.Unix(0, h.now.Load()) }
	box, err := seal.New(h.store, clock, []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	h.People = people.New(h.store, box, clock, people.Options{DemoLinks: true})
	if err := h.store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) coordinator(t *testing.T) *people.Person {
	t.Helper()
	p, err := h.Ensure(t.Context(), people.Contact{FirstName: "Inès", LastName: "Martin", Email: "ines@example.org"},
		people.Grant{Role: people.Coordinator, Territories: []string{"ter_95"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// code reads the code that the mail would carry.
func (h *house) code(t *testing.T) (code, link string) {
	t.Helper()
	pending, err := h.store.Engine().Pending(t.Context(), "sign_ins", 10)
	if err != nil || len(pending) == 0 {
		t.Fatal("no code was made", err)
	}
	code, link, _, err = h.OpenCode(t.Context(), pending[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return code, link
}

func TestSignsInOnceWithTheCode(t *testing.T) {
	h := open(t)
	p := h.coordinator(t)
	if _, err := h.AskCode(t.Context(), people.Anyone("fr"), people.AskCode{Email: " INES@example.org "}); err != nil {
		t.Fatal(err)
	}
	code, link := h.code(t)
	s, err := h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: "ines@example.org", Code: code[:3] + " " + code[3:]})
	if err != nil || s.Person != p.ID {
		t.Fatal(s, err)
	}
	actor, err := h.Resume(t.Context(), s.Token)
	if err != nil || !actor.Has(people.Coordinator) || !actor.Desk().Sees("ter_95") || actor.Desk().Sees("ter_60") {
		t.Fatal(actor, err)
	}
	if _, err := h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: "ines@example.org", Code: code}); !fault.Is(err, fault.Unauthenticated) {
		t.Error("the code worked twice", err)
	}
	if _, err := h.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link}); err == nil {
		t.Error("the link outlived its code")
	}
}

func TestUnknownAddressesAnswerAlike(t *testing.T) {
	h := open(t)
	h.coordinator(t)
	known, err1 := h.AskCode(t.Context(), people.Anyone("fr"), people.AskCode{Email: "ines@example.org"})
	unknown, err2 := h.AskCode(t.Context(), people.Anyone("fr"), people.AskCode{Email: "nobody@example.org"})
	if known != unknown || err1 != nil || err2 != nil {
		t.Error(known, unknown, err1, err2)
	}
	_, err1 = h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: "ines@example.org", Code: "x"})
	_, err2 = h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: "nobody@example.org", Code: "x"})
	if err1 == nil || err2 == nil || err1.Error() != err2.Error() {
		t.Error(err1, err2)
	}
}

func TestCodesEndByTimeTriesAndANewOne(t *testing.T) {
	h := open(t)
	h.coordinator(t)
	ask := func() (string, string) {
		if _, err := h.AskCode(t.Context(), people.Anyone("fr"), people.AskCode{Email: "ines@example.org"}); err != nil {
			t.Fatal(err)
		}
		return h.code(t)
	}
	try := func(code string) error {
		_, err := h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: "ines@example.org", Code: code})
		return err
	}
	old, oldLink := ask()
	fresh, _ := ask()
	if old != fresh && try(old) == nil {
		t.Error("an older code works")
	}
	if _, err := h.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: oldLink}); err == nil {
		t.Error("an older link works")
	}
	h.pass(11 * time.Minute)
	if try(fresh) == nil {
		t.Error("a late code works")
	}
	third, _ := ask()
	for range 5 {
		_ = try("0")
	}
	if try(third) == nil {
		t.Error("a code works after five wrong tries")
	}
}

func TestAskingIsLimited(t *testing.T) {
	h := open(t)
	var err error
	for range 6 {
		_, err = h.AskCode(t.Context(), people.Anyone("fr"), people.AskCode{Email: "nobody@example.org"})
	}
	if !fault.Is(err, fault.TooMany) {
		t.Fatal(err)
	}
	h.pass(16 * time.Minute)
	if _, err := h.AskCode(t.Context(), people.Anyone("fr"), people.AskCode{Email: "nobody@example.org"}); err != nil {
		t.Error(err)
	}
}

func TestSignOutEverywhereEndsAllSessions(t *testing.T) {
	h := open(t)
	p := h.coordinator(t)
	link, err := h.DemoLink(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	var tokens []string
	for range 2 {
		s, err := h.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, s.Token)
	}
	actor, err := h.Resume(t.Context(), tokens[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignOutEverywhere(t.Context(), actor, struct{}{}); err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if _, err := h.Resume(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
			t.Error("a session lives on", err)
		}
	}
}

func TestOneOfManySpendsALink(t *testing.T) {
	h := open(t)
	token, err := h.IssueLink(t.Context(), people.ToAttest, "app_1", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.PeekLink(t.Context(), people.ToGuardian, token); !fault.Is(err, fault.NotFound) {
		t.Error("a link opens another purpose", err)
	}
	var won atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if subject, err := h.SpendLink(context.Background(), people.ToAttest, token); err == nil && subject == "app_1" {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Fatal(won.Load())
	}
}

func TestOneAccountForAnAddress(t *testing.T) {
	h := open(t)
	ids := make([]string, 16)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			p, err := h.EnsureFamily(context.Background(), people.Student, people.Contact{FirstName: "Lina", Email: "lina@example.org"})
			if err == nil {
				ids[i] = p.ID
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatal(ids)
		}
	}
}

func TestNobodyGrantsBeyondWhatTheyHold(t *testing.T) {
	h := open(t)
	p := h.coordinator(t)
	link, _ := h.DemoLink(t.Context(), p.ID)
	s, err := h.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	actor, _ := h.Resume(t.Context(), s.Token)
	req := people.AddStaff{Email: "g@example.org", FirstName: "G", LastName: "H", Role: people.Greeter, Territories: []string{"ter_95"}}
	if _, err := h.AddStaff(t.Context(), actor, req); err != nil {
		t.Error(err)
	}
	req.Territories = []string{"ter_60"}
	if _, err := h.AddStaff(t.Context(), actor, req); !fault.Is(err, fault.Forbidden) {
		t.Error("granted in another territory", err)
	}
	req.Role, req.Territories = people.Administrator, []string{"ter_95"}
	if _, err := h.AddStaff(t.Context(), actor, req); !fault.Is(err, fault.Forbidden) {
		t.Error("made an administrator", err)
	}
}

func TestPaperCodeForSomebodyWithoutMail(t *testing.T) {
	h := open(t)
	family, err := h.EnsureFamily(t.Context(), people.Student, people.Contact{FirstName: "Sami", Phone: "+33612345678"})
	if err != nil {
		t.Fatal(err)
	}
	paper, err := h.PaperCode(t.Context(), people.System(), family.ID, "K7F-3Q2")
	if err != nil {
		t.Fatal(err)
	}
	h.pass(13 * 24 * time.Hour)
	s, err := h.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Reference: "k7f 3q2", Code: paper.Code})
	if err != nil || s.Person != family.ID {
		t.Fatal(s, err)
	}
}
