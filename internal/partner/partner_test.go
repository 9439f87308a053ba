package partner_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

type house struct {
	*partner.Partners

	people *people.People
	now    atomic.Int64
}

func open(t *testing.T) *house {
	t.Helper()
	return openOn(t, storetest.Open(t))
}

func openOn(t *testing.T, store *docstore.Store) *house {
	t.Helper()
	h := &house{}
	h.now.Store(time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC).UnixNano())
	clock := func() time.Time { return time.Unix(0, h.now.Load()) }
	box, err := seal.New(store, clock, []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	h.people = people.New(store, box, clock, people.Options{DemoLinks: true})
	h.Partners = partner.New(store, clock)
	if err := store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// as signs somebody in with a role in territories.
func (h *house) as(t *testing.T, role people.Role, territories ...string) people.Actor {
	t.Helper()
	email := string(role) + strings.Join(territories, "") + "@example.org"
	p, err := h.people.Ensure(t.Context(), people.Contact{FirstName: "A", LastName: "B", Email: email},
		people.Grant{Role: role, Territories: territories})
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

func (h *house) territory(t *testing.T, name string, open bool, areas ...string) partner.TerritoryView {
	t.Helper()
	v, err := h.AddTerritory(t.Context(), people.System(), territory(name, open, areas...))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func territory(name string, open bool, areas ...string) partner.AddTerritory {
	return partner.AddTerritory{
		Country: "FR", Name: name, Zone: "Europe/Paris", Areas: areas, Open: open, OfferDays: 7, Household: 1,
	}
}

func TestACommuneBelongsToItsTerritory(t *testing.T) {
	h := open(t)
	wide := h.territory(t, "Val d'Oise", true, "95")
	own := h.territory(t, "Cergy", true, "95127")
	h.territory(t, "Oise", false, "60")
	for _, c := range []struct{ commune, departement, want, code string }{
		{"95500", "95", wide.ID, ""},
		{"95127", "95", own.ID, ""},
		{"60057", "60", "", "territory_closed"},
		{"75056", "75", "", "territory_none"},
	} {
		got, err := h.TerritoryOf(t.Context(), c.commune, c.departement)
		switch {
		case c.code != "":
			if err == nil || err.Error() != c.code {
				t.Error(c.commune, err)
			}
		case err != nil || got.ID != c.want:
			t.Error(c.commune, got, err)
		}
	}
}

func TestTwoTerritoriesAtOnceNeverShareAnArea(t *testing.T) {
	h := open(t)
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			_, err := h.AddTerritory(context.Background(), people.System(), territory("T"+strconv.Itoa(i), true, "95", "78"))
			if err == nil {
				won.Add(1)
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Fatal(won.Load())
	}
	if _, err := h.AddTerritory(t.Context(), people.System(), territory("Oise", true, "60", "95")); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if _, err := h.AddTerritory(t.Context(), people.System(), territory("Oise", true, "60")); err != nil {
		t.Error("a refused territory kept an area", err)
	}
}

func TestClosingATerritoryIsSeenAtOnceHere(t *testing.T) {
	h := open(t)
	v := h.territory(t, "Val d'Oise", true, "95")
	if _, err := h.TerritoryOf(t.Context(), "95127", "95"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SetOpen(t.Context(), h.as(t, people.Coordinator, v.ID), partner.SetOpen{Change: call.Change{ID: v.ID}, Open: new(false)}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.TerritoryOf(t.Context(), "95127", "95"); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
}

func TestStaffSeeAndChangeTheirTerritoryAlone(t *testing.T) {
	h := open(t)
	own, other := h.territory(t, "Val d'Oise", true, "95"), h.territory(t, "Oise", true, "60")
	actor := h.as(t, people.Coordinator, own.ID)
	list, err := h.Territories(t.Context(), actor, struct{}{})
	if err != nil || len(list.Items) != 1 || list.Items[0].ID != own.ID {
		t.Error(list, err)
	}
	for _, id := range []string{own.ID, other.ID} {
		site := partner.AddSite{Territory: id, Kind: "pick_up", Name: "Maison de quartier", Address: "1 rue Haute", Commune: "95127", Hours: "lundi 14 h"}
		if _, err := h.AddSite(t.Context(), people.System(), site); err != nil {
			t.Fatal(err)
		}
	}
	sites, err := h.Sites(t.Context(), actor, partner.Sites{Kind: "pick_up"})
	if err != nil || len(sites.Items) != 1 || sites.Items[0].Territory != own.ID {
		t.Error(sites, err)
	}
	points, err := h.PickUpPoints(t.Context(), other.ID)
	if err != nil || len(points) != 1 {
		t.Error(points, err)
	}
	_, err = h.SetOpen(t.Context(), actor, partner.SetOpen{Change: call.Change{ID: other.ID}, Open: new(false)})
	if !fault.Is(err, fault.NotFound) {
		t.Error("closed another territory", err)
	}
	_, err = h.AddPrescriber(t.Context(), actor, partner.AddPrescriber{Territory: other.ID, Name: "Lycée", Kind: "school", Commune: "60057"})
	if !fault.Is(err, fault.NotFound) {
		t.Error("added to another territory", err)
	}
	_, err = h.AddPartner(t.Context(), actor, partner.AddPartner{Name: "ANMONM", Kind: "association", Territories: []string{own.ID}})
	if !fault.Is(err, fault.Forbidden) {
		t.Error("a coordinator added a partner", err)
	}
}

func TestPrescribersAreFoundByName(t *testing.T) {
	h := open(t)
	v := h.territory(t, "Val d'Oise", true, "95")
	for _, name := range []string{"Lycée Galilée", "Mission locale"} {
		req := partner.AddPrescriber{Create: call.Create{Key: name}, Territory: v.ID, Name: name, Kind: "school", Commune: "95127"}
		for range 2 { // a resend adds nothing
			if _, err := h.AddPrescriber(t.Context(), people.System(), req); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := h.FindPrescribers(t.Context(), people.Anyone("fr"), partner.FindPrescribers{Territory: v.ID, Words: "galil"})
	if err != nil || len(found.Items) != 1 || found.Items[0].Name != "Lycée Galilée" {
		t.Error(found, err)
	}
}

// A coordinator reaches no other territory's students through a structure there.
func TestAStructureIsActedForWhereItLies(t *testing.T) {
	h := open(t)
	admin := h.as(t, people.Administrator)
	mine, err := h.AddTerritory(t.Context(), admin, partner.AddTerritory{Country: "FR", Name: "Oise", Zone: "Europe/Paris", Areas: []string{"60"}, OfferDays: 7, Household: 2})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := h.AddTerritory(t.Context(), admin, partner.AddTerritory{Country: "FR", Name: "Val d'Oise", Zone: "Europe/Paris", Areas: []string{"95"}, OfferDays: 7, Household: 2})
	if err != nil {
		t.Fatal(err)
	}
	school, err := h.AddPrescriber(t.Context(), admin, partner.AddPrescriber{Territory: theirs.ID, Name: "Lycée", Kind: "school", Commune: "95127"})
	if err != nil {
		t.Fatal(err)
	}
	team := partner.Team{People: h.people, Partners: h.Partners}
	coordinator := h.as(t, people.Coordinator, mine.ID)
	for _, territory := range []string{mine.ID, theirs.ID} {
		_, err := team.Add(t.Context(), coordinator, people.AddStaff{
			Email: "p@example.org", FirstName: "A", LastName: "B", Role: people.PrescriberOf, Territories: []string{territory}, Organisation: school.ID,
		})
		if err == nil {
			t.Errorf("a coordinator of Oise acts for a structure of Val d'Oise by territory %s", territory)
		}
	}
	if _, err := team.Add(t.Context(), admin, people.AddStaff{
		Email: "p@example.org", FirstName: "A", LastName: "B", Role: people.PrescriberOf, Territories: []string{theirs.ID}, Organisation: school.ID,
	}); err != nil {
		t.Error(err)
	}
}

// The clocks of a territory are its own; a zone that nobody knows opens none.
func TestATerritoryHasItsClocks(t *testing.T) {
	h := open(t)
	admin := people.System()
	add := func(area, zone string) (partner.TerritoryView, error) {
		return h.AddTerritory(t.Context(), admin, partner.AddTerritory{Country: "FR", Name: "T" + area, Zone: zone, Areas: []string{area}, OfferDays: 7, Household: 2})
	}
	island, err := add("974", "Indian/Reunion")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := h.Zone(t.Context(), island.ID)
	if err != nil || zone.String() != "Indian/Reunion" {
		t.Errorf("%v, %v", zone, err)
	}
	for _, unknown := range []string{"Paris", "Local", "../etc/passwd"} {
		if _, err := add("975", unknown); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	if _, err := h.Zone(t.Context(), "ter_none"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}
