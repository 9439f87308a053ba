package frontend_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/frontend/words"
)

func TestHomeInEachLanguage(t *testing.T) {
	w, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	site, err := frontend.New(w, utc)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range words.Languages {
		var page bytes.Buffer
		data := map[string]int{"Delivered": 1234, "Waiting": 5, "Devices": 6, "Companies": 7}
		if err := site.Render(&page, frontend.View{Lang: lang, Page: "public/home", Others: frontend.Paths("home"), Data: data}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page.String(), `dir="`+words.Dir(lang)+`"`) || strings.Contains(page.String(), "public.home") {
			t.Errorf("%s: %s", lang, page.String())
		}
	}
}

// utc is a house whose clocks stand everywhere alike.
func utc(string) *time.Location { return time.UTC }

// TestMomentsAreTheTerritorysOwn: the same moment, by the clocks of whose
// document it is, before and after the change to summer time.
func TestMomentsAreTheTerritorysOwn(t *testing.T) {
	w, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	site, err := frontend.New(w, func(territory string) *time.Location {
		zone, err := time.LoadLocation(territory)
		if err != nil {
			t.Fatal(err)
		}
		return zone
	})
	if err != nil {
		t.Fatal(err)
	}
	type offer struct {
		Manufacturer, Model, System, Keyboard, Battery, Appearance, State, Answer, Application, Territory string
		RAMGB, DiskGB, Screen                                                                             int
		Charger                                                                                           bool
		Deadline                                                                                          *time.Time
	}
	for _, c := range []struct{ at, territory, want string }{
		{"2026-03-29T00:59:00Z", "Europe/Paris", "29 mars 2026, 01:59"},
		{"2026-03-29T01:00:00Z", "Europe/Paris", "29 mars 2026, 03:00"},
		{"2026-10-25T00:30:00Z", "Europe/Paris", "25 octobre 2026, 02:30"},
		{"2026-10-25T01:30:00Z", "Europe/Paris", "25 octobre 2026, 02:30"},
		{"2026-10-25T02:30:00Z", "Europe/Paris", "25 octobre 2026, 03:30"},
		{"2026-03-01T02:00:00Z", "America/Cayenne", "28 février 2026, 23:00"},
		{"2026-02-28T21:00:00Z", "Indian/Reunion", "1er mars 2026, 01:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		page := render(t, site, frontend.View{Lang: "fr", Page: "family/offer", Others: frontend.Paths("home"), Data: offer{Application: "app_1", Territory: c.territory, Deadline: &at}})
		if !strings.Contains(page, "<dd>"+c.want+"</dd>") {
			t.Errorf("%s in %s is not %q", c.at, c.territory, c.want)
		}
	}
}
