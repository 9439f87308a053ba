package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/httpapi"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

func (h *house) reads(t *testing.T, path, token string, into any) {
	t.Helper()
	answer := h.ask(http.MethodGet, path, token, "")
	if answer.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
	must(t, json.Unmarshal(answer.Body.Bytes(), into))
}

// TestTheMapCountsWhatItsListsHold: each number of a département is the length
// of the list that it leads to, and nobody counts another territory's.
func TestTheMapCountsWhatItsListsHold(t *testing.T) {
	w := settle(t)
	var figures httpapi.AreaFigures
	w.reads(t, "/api/desk/areas", w.atDesk, &figures)
	if len(figures.Areas) != 1 || figures.Areas[0].Code != "95" {
		t.Fatalf("the map of Val d'Oise shows %+v", figures.Areas)
	}
	shown := figures.Areas[0]
	for path, total := range map[string]call.Total{
		"/api/applications?state=waiting&area=95": shown.Waiting,
		"/api/devices?state=available&area=95":    shown.InStock,
		"/api/deliveries?state=under_way&area=95": shown.UnderWay,
	} {
		var page call.Page[json.RawMessage]
		w.reads(t, path+"&total=true", w.atDesk, &page)
		if page.Total == nil || *page.Total != total || total.More || total.Count != len(page.Items) || total.Count == 0 {
			t.Errorf("%s has %d rows and a total of %v; the map says %v", path, len(page.Items), page.Total, total)
		}
		var theirs call.Page[json.RawMessage]
		w.reads(t, path+"&total=true", w.stranger[people.Coordinator], &theirs)
		if len(theirs.Items) != 0 || theirs.Total == nil || theirs.Total.Count != 0 {
			t.Errorf("%s: a coordinator of the Oise counts %v", path, theirs.Total)
		}
		elsewhere := strings.Replace(path, "95", "60", 1)
		w.reads(t, elsewhere, w.atDesk, &page)
		if len(page.Items) != 0 {
			t.Errorf("%s: %d rows of another département", elsewhere, len(page.Items))
		}
	}
}

// TestTotalsStandOnTheFirstPageAlone, where they are asked for and no filter
// goes beyond an index.
func TestTotalsStandOnTheFirstPageAlone(t *testing.T) {
	w := settle(t)
	for i := range 3 {
		w.applies(t, named(fmt.Sprint("Encore", strings.Repeat("e", i))))
	}
	var page call.Page[json.RawMessage]
	w.reads(t, "/api/applications?state=submitted&limit=2&total=true", w.atDesk, &page)
	first := page
	if page.Total == nil || page.Total.Count < 3 || len(page.Items) != 2 {
		t.Fatalf("%d rows, total %v", len(page.Items), page.Total)
	}
	for _, path := range []string{
		"/api/applications?state=submitted&limit=2",
		"/api/applications?state=submitted&limit=2&total=true&after=" + first.Next,
		"/api/applications?state=submitted&limit=2&total=true&level=higher",
	} {
		page = call.Page[json.RawMessage]{}
		w.reads(t, path, w.atDesk, &page)
		if page.Total != nil {
			t.Errorf("%s says a total of %v", path, page.Total)
		}
	}
	for _, path := range []string{"/api/matches", "/api/donations", "/api/devices", "/api/deliveries"} {
		page = call.Page[json.RawMessage]{}
		w.reads(t, path+"?total=true", w.atDesk, &page)
		if page.Total == nil || page.Total.Count != len(page.Items) {
			t.Errorf("%s: %d rows, total %v", path, len(page.Items), page.Total)
		}
	}
}

// TestARowTellsNamesakesApart by their age, which the list has beside the place.
func TestARowTellsNamesakesApart(t *testing.T) {
	w := settle(t)
	w.applies(t, named("Homonyme"))
	var page call.Page[application.Row]
	w.reads(t, "/api/applications?state=submitted", w.atDesk, &page)
	if len(page.Items) == 0 {
		t.Fatal("no application was read")
	}
	for _, row := range page.Items {
		var whole application.View
		w.reads(t, "/api/applications/"+row.ID, w.atDesk, &whole)
		if row.Age == 0 || row.Age != whole.Age {
			t.Errorf("%s is %d years old in the list, %d in the panel", row.Reference, row.Age, whole.Age)
		}
	}
}

func TestTheMapIsDrawn(t *testing.T) {
	h := open(t)
	var drawn place.Map
	h.reads(t, "/api/outlines", h.sessions[h.home][people.Coordinator], &drawn)
	if len(drawn.Outlines) != 101 {
		t.Fatalf("%d départements", len(drawn.Outlines))
	}
}
