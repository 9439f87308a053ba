package people_test

import (
	"errors"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// An address that somebody has lets nobody else in, and a role is held once.
func TestARoleIsGivenOnce(t *testing.T) {
	h := open(t)
	req := people.AddStaff{Email: "zoe@example.org", FirstName: "Zoé", LastName: "Le-Goff", Role: people.Greeter, Territories: []string{"ter_95"}}
	add := func(change func(*people.AddStaff)) (people.PersonView, error) {
		again := req
		change(&again)
		return h.AddStaff(t.Context(), people.System(), again)
	}
	first, err := add(func(*people.AddStaff) {})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*people.AddStaff)
		code   string
	}{
		"the same again":            {func(*people.AddStaff) {}, "in_team"},
		"spelt another way":         {func(r *people.AddStaff) { r.FirstName, r.LastName, r.Email = "zoe", "LE GOFF", "Zoe@Example.org" }, "in_team"},
		"somebody else's address":   {func(r *people.AddStaff) { r.FirstName = "Paul" }, "other_person"},
		"somebody else, other role": {func(r *people.AddStaff) { r.FirstName, r.Role = "Paul", people.Technician }, "other_person"},
	} {
		_, err := add(c.change)
		var refused *fault.Error
		if !errors.As(err, &refused) || refused.Kind != fault.Conflict || len(refused.Fields) != 1 || refused.Fields[0].Path != "email" || refused.Fields[0].Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	grown, err := add(func(r *people.AddStaff) { r.Territories = []string{"ter_95", "ter_60"} })
	if err != nil || grown.ID != first.ID || len(grown.Grants) != 1 || len(grown.Grants[0].Territories) != 2 {
		t.Errorf("a role that grows is held twice: %v %v", grown.Grants, err)
	}
	second, err := add(func(r *people.AddStaff) { r.Role = people.Technician })
	if err != nil || second.ID != first.ID || len(second.Grants) != 2 {
		t.Errorf("a second role of the same person: %v %v", second.Grants, err)
	}
}

// Who gave a role may end it, and it alone; it is over at once.
func TestARoleIsEnded(t *testing.T) {
	h := open(t)
	coordinator := h.coordinator(t)
	link, _ := h.DemoLink(t.Context(), coordinator.ID)
	s, err := h.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	actor, _ := h.Resume(t.Context(), s.Token)
	var helper people.PersonView
	for _, role := range []people.Role{people.Greeter, people.Administrator} {
		helper, err = h.AddStaff(t.Context(), people.System(), people.AddStaff{Email: "g@example.org", FirstName: "G", LastName: "H", Role: role, Territories: []string{"ter_95"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	link, _ = h.DemoLink(t.Context(), helper.ID)
	if s, err = h.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link}); err != nil {
		t.Fatal(err)
	}
	if held, _ := h.Resume(t.Context(), s.Token); !held.Has(people.Greeter) {
		t.Fatal("the role was not held")
	}
	change := call.Change{ID: helper.ID}
	if _, err := h.RemoveRole(t.Context(), actor, people.RemoveRole{Change: change, Role: people.Administrator}); !fault.Is(err, fault.NotFound) {
		t.Error("a coordinator ended what they could not give", err)
	}
	if _, err := h.RemoveRole(t.Context(), actor, people.RemoveRole{Change: call.Change{ID: coordinator.ID}, Role: people.Coordinator}); !fault.Is(err, fault.Conflict) {
		t.Error("ended their own", err)
	}
	left, err := h.RemoveRole(t.Context(), actor, people.RemoveRole{Change: change, Role: people.Greeter})
	if err != nil || len(left.Grants) != 1 || left.Grants[0].Role != people.Administrator {
		t.Errorf("%v %v", left.Grants, err)
	}
	if held, _ := h.Resume(t.Context(), s.Token); held.Has(people.Greeter) {
		t.Error("the session still holds it")
	}
}
