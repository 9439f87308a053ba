package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/httpapi"
	"github.com/digitalfranceschool/passerelle/internal/impact"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/notice"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/internal/privacy"
	"github.com/digitalfranceschool/passerelle/internal/seal"
	"time"
)

// house is the edge on a real store, with one session for each role in each of
// two territories.
type house struct {
	api      *httpapi.API
	parts    httpapi.Parts
	sessions map[string]map[people.Role]string // territory → role → token
	home     string
	away     string
}

func open(t *testing.T) *house {
	t.Helper()
	store := storetest.Open(t)
	clock := time.Now
	rules, _ := country.Get("FR")
	places, err := place.Load()
	must(t, err)
	box, err := seal.New(store, clock, []byte(strings.Repeat("k", 32)))
	must(t, err)
	w, err := words.Load()
	must(t, err)
	p := httpapi.Parts{
		Rules: rules, Places: places, Words: w, Clock: clock, Log: slog.New(slog.DiscardHandler),
		Metrics: prometheus.NewRegistry(), Ready: store.Engine().Ping, Version: "test", Demo: true, Accounts: func() []httpapi.Account { return nil },
	}
	p.Events = event.New(store, clock)
	p.People = people.New(store, box, clock, people.Options{DemoLinks: true})
	p.Partners = partner.New(store, clock)
	p.Site, err = frontend.New(w, func(territory string) *time.Location {
		zone, err := p.Partners.Zone(context.Background(), territory)
		if err != nil {
			return time.UTC
		}
		return zone
	})
	must(t, err)
	p.Devices = device.New(store, p.Partners, clock, device.Options{})
	p.Donations = donation.New(store, p.People, p.Partners, p.Devices, places, box, clock, "Association Passerelle")
	p.Applications = application.New(store, p.People, p.Partners, places, p.Events, box, clock)
	p.Matches = matching.New(store, p.Applications, p.Devices, p.Partners, places, clock)
	p.Deliveries = delivery.New(store, p.Matches, p.Applications, p.Devices, p.Partners, box, clock)
	p.Figures = impact.New(store, p.Donations, p.Partners, clock)
	p.Privacy = privacy.New(p.People, p.Applications, p.Deliveries, clock)
	p.Mailbox = notice.NewMailbox(store, clock)
	must(t, store.Prepare(t.Context()))
	t.Cleanup(p.Matches.Close)
	h := &house{parts: p, sessions: map[string]map[people.Role]string{}}
	h.api, err = httpapi.New(p)
	must(t, err)
	h.home, h.away = h.territory(t, "Val d'Oise", "95"), h.territory(t, "Oise", "60")
	for _, territory := range []string{h.home, h.away} {
		h.sessions[territory] = map[people.Role]string{}
		for _, role := range people.Roles() {
			h.sessions[territory][role] = h.session(t, role, territory)
		}
	}
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) territory(t *testing.T, name, area string) string {
	t.Helper()
	v, err := h.parts.Partners.AddTerritory(t.Context(), people.System(), partner.AddTerritory{
		Country: "FR", Name: name, Zone: "Europe/Paris", Areas: []string{area}, Open: true, OfferDays: 7, Household: 2, Home: true,
	})
	must(t, err)
	return v.ID
}

func (h *house) session(t *testing.T, role people.Role, territory string) string {
	t.Helper()
	person, err := h.parts.People.Ensure(t.Context(),
		people.Contact{FirstName: "A", LastName: "B", Email: string(role) + territory + "@example.org"},
		people.Grant{Role: role, Territories: []string{territory}, Organisation: "org_" + territory})
	must(t, err)
	link, err := h.parts.People.DemoLink(t.Context(), person.ID)
	must(t, err)
	s, err := h.parts.People.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link})
	must(t, err)
	return s.Token
}

func (h *house) ask(method, path, token, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	h.api.ServeHTTP(rec, req)
	return rec
}

// documents of the home territory, for routes that name one.
func (h *house) documents(t *testing.T) map[string]string {
	t.Helper()
	app, err := h.parts.Applications.Submit(t.Context(), people.Anyone("fr"), application.Submit{
		Commune: "95127", For: "self", FirstName: "Lina", LastName: "Benali", BirthDate: "2004-05-06", Level: "higher", Course: "web",
		Equipment: "none", Learners: 1, Means: "rsa", Email: "lina@example.org", Agree: true,
	})
	must(t, err)
	d, err := h.parts.Donations.Declare(t.Context(), people.Anyone("fr"), donation.Declare{
		SIREN: "732829320", Name: "Boréal", Address: "1 rue", Postcode: "95000", Commune: "95127", ContactName: "Marc Lefort", ContactEmail: "marc@example.org",
		Lines: []donation.Line{{Model: "T480", Quantity: 3, Condition: "working"}},
	})
	must(t, err)
	dev, _, err := h.parts.Devices.Announce(t.Context(), people.System(), device.Origin{Country: "FR", Territory: h.home, Donation: d.ID, Company: "com_x"},
		device.Announced{Serial: "PF1", Specs: device.Specs{Model: "T480"}})
	must(t, err)
	round, err := h.parts.Matches.StartRound(t.Context(), people.System(), matching.StartRound{Territory: h.home})
	must(t, err)
	for round.Ended == nil {
		round, err = h.parts.Matches.Round(t.Context(), people.System(), call.One{ID: round.ID})
		must(t, err)
	}
	return map[string]string{"applications": app.ID, "donations": d.ID, "devices": dev.ID, "rounds": round.ID, "territories": h.home}
}

var id = regexp.MustCompile(`:[a-z]+|\*[a-z]+`)

// TestEveryRouteForEveryRole walks all routes with every role of the right and
// of another territory, and with nobody: who has no access never gets an
// answer, and another territory's people never see a document.
func TestEveryRouteForEveryRole(t *testing.T) {
	h := open(t)
	documents := h.documents(t)
	walked := 0
	for _, route := range h.api.Routes() {
		path := id.ReplaceAllStringFunc(route.Path, func(string) string { return "unknown" })
		group := strings.Split(strings.TrimPrefix(route.Path, "/api/"), "/")[0]
		own := documents[group]
		if own != "" {
			path = strings.Replace(route.Path, ":id", own, 1)
		}
		body := ""
		if route.Method == http.MethodPost && strings.HasPrefix(route.Path, "/api/") {
			body = "{}"
		}
		if !route.Access.Open() {
			if code := h.ask(route.Method, path, "", body).Code; code != http.StatusUnauthorized && code != http.StatusSeeOther {
				t.Errorf("%s %s answers %d to nobody", route.Method, route.Path, code)
			}
		}
		for _, role := range people.Roles() {
			for _, territory := range []string{h.home, h.away} {
				code := h.ask(route.Method, path, h.sessions[territory][role], body).Code
				walked++
				if code >= http.StatusInternalServerError {
					t.Errorf("%s %s breaks with %d for %s", route.Method, route.Path, code, role)
				}
				if !route.Access.Open() && !route.Access.Allows(role) && code != http.StatusForbidden {
					t.Errorf("%s %s answers %d to %s, who has no access", route.Method, route.Path, code, role)
				}
				if own != "" && territory == h.away && role != people.Administrator && code < http.StatusBadRequest && strings.Contains(route.Path, ":id") {
					t.Errorf("%s %s answers %d to %s of another territory", route.Method, route.Path, code, role)
				}
				if strings.Contains(route.Path, "sign-out") || route.Name == "sign-out" {
					h.sessions[territory][role] = h.session(t, role, territory)
				}
			}
		}
	}
	if walked < 1000 {
		t.Fatalf("only %d calls", walked)
	}
}
