package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/httpapi"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func tomorrow() string { return time.Now().AddDate(0, 0, 1).Format(time.DateOnly) }

// unlisted are the changes that name no document of a territory: open to all,
// of one's own account, or read alone.
var unlisted = []string{ //nolint:gochecknoglobals // a constant table
	"guardianAgree", "attestByLink", "signIn", "askCode", "signInByLink", "signOut", "signOutEverywhere", "eraseMe", "retryDeadLetter", "uploadList", "search",
}

// request is a valid call of a route.
func (w *world) request(route httpapi.Route) (path, body string, ok bool) {
	v, ok := valid[route.Name]
	return strings.Replace(route.Path, ":id", w.ids[v.about], 1), w.fill(v.body), ok
}

// changes lists the routes of the API that change something.
func (w *world) changes(t *testing.T) []httpapi.Route {
	t.Helper()
	var all []httpapi.Route
	for _, route := range w.api.Routes() {
		if route.Method != http.MethodPost || !strings.HasPrefix(route.Path, "/api/") {
			continue
		}
		if _, ok := valid[route.Name]; ok == slices.Contains(unlisted, route.Name) {
			t.Errorf("%s: it must have a valid body in the table, or be excused, not both", route.Name)
		}
		if !slices.Contains(unlisted, route.Name) {
			all = append(all, route)
		}
	}
	return all
}

// rightful are the sessions of those to whom a route and its document belong.
func (w *world) rightful(route httpapi.Route) []string {
	var all []string
	for role, token := range map[people.Role]string{
		people.Coordinator: w.atDesk, people.Administrator: w.ruler, people.Student: w.student, people.Donor: w.donor, people.PrescriberOf: w.teacher, people.PartnerOf: w.delegate,
	} {
		if route.Access.Allows(role) {
			all = append(all, token)
		}
	}
	return all
}

// TestStrangersReachNothing sends every change with a body that would be taken,
// and the ids of another territory in address and body: whoever may call the
// route, but not for this document, learns only that it is not there.
func TestStrangersReachNothing(t *testing.T) {
	w := settle(t)
	asked := 0
	for _, route := range w.changes(t) {
		if route.Access.Open() || route.Name == "addTerritory" {
			continue
		}
		path, body, _ := w.request(route)
		for _, role := range people.Roles() {
			if !route.Access.Allows(role) || role == people.Administrator {
				continue
			}
			asked++
			answer := w.ask(route.Method, path, w.stranger[role], body)
			if route.Name == "decideMatches" { // several at once: each has its own answer
				if !strings.Contains(answer.Body.String(), `"not_found"`) {
					t.Errorf("%s by a %s of another territory: %s", route.Name, role, answer.Body)
				}
				continue
			}
			if answer.Code != http.StatusNotFound && answer.Code != http.StatusForbidden {
				t.Errorf("%s by a %s of another territory: %d %s", route.Name, role, answer.Code, answer.Body)
			}
		}
	}
	if asked < 60 {
		t.Fatalf("only %d calls", asked)
	}
	for _, route := range w.api.Routes() {
		kind := readable[route.Name]
		if kind == "" {
			continue
		}
		path := strings.Replace(route.Path, ":id", w.ids[kind], 1)
		for _, role := range people.Roles() {
			if route.Access.Allows(role) && role != people.Administrator {
				if answer := w.ask(http.MethodGet, path, w.stranger[role], ""); answer.Code != http.StatusNotFound && answer.Code != http.StatusForbidden {
					t.Errorf("%s by a %s of another territory: %d %s", route.Name, role, answer.Code, answer.Body)
				}
			}
		}
		if answer := w.ask(http.MethodGet, path, w.ruler, ""); route.Access.Allows(people.Administrator) && answer.Code != http.StatusOK {
			t.Errorf("%s: its own administrator reads %d %s", route.Name, answer.Code, answer.Body)
		}
	}
}

// readable is what each route that reads one document names.
var readable = map[string]string{ //nolint:gochecknoglobals // a constant table
	"getApplication": "application", "listDuplicates": "application", "whyNotApplication": "application", "getStatus": "application",
	"getReport": "round", "getReportTable": "round", "getOutsideReport": "round", "getOutsideReportTable": "round",
	"getRound": "round", "getMatch": "offer", "whyMatch": "offer", "getOffer": "offer",
	"getDonation": "donation", "readConvention": "donation", "getOutcome": "donation", "getList": "list",
	"getDevice": "device", "getDelivery": "delivery", "listSlots": "delivery", "listColleagues": "company",
	"getPartner": "partner", "getPartnerFigures": "partner",
}

// TestTheTableOfBodiesIsValid: those to whom the documents belong are never
// told that a body is wrong or a document not there, else the walk above would
// prove nothing.
func TestTheTableOfBodiesIsValid(t *testing.T) {
	w := settle(t)
	for _, route := range w.changes(t) {
		if slices.Contains([]string{"disablePerson", "declareTie", "handOver", "eraseDrive"}, route.Name) {
			continue // they end what the walk needs; a wrong code; a drive not read yet
		}
		path, body, _ := w.request(route)
		for _, token := range w.rightful(route)[:1] {
			answer := w.ask(route.Method, path, token, body)
			if !slices.Contains([]int{http.StatusOK, http.StatusCreated, http.StatusConflict, http.StatusPreconditionFailed}, answer.Code) {
				t.Errorf("%s: %d %s", route.Name, answer.Code, answer.Body)
			}
		}
	}
}

func (h *house) with(header, value, path, token, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set(header, value)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	h.api.ServeHTTP(rec, req)
	return rec
}

// TestAStaleVersionIsRefused by every route that is described to take If-Match,
// and nothing is changed by it.
func TestAStaleVersionIsRefused(t *testing.T) {
	w := settle(t)
	d := w.description(t)
	asked := 0
	for _, route := range w.changes(t) {
		if !d.takes(route.Name, "If-Match") {
			continue
		}
		path, body, _ := w.request(route)
		answered := false
		for _, token := range w.rightful(route) {
			for _, tag := range []string{`"999999"`, `W/"1"`, `"one"`, `"0"`, `"-1"`} {
				asked++
				answer := w.with("If-Match", tag, path, token, body)
				answered = answered || answer.Code == http.StatusPreconditionFailed && tag == `"999999"`
				if answer.Code != http.StatusPreconditionFailed && !slices.Contains(first[route.Name], answer.Code) {
					t.Errorf("%s with If-Match %s: %d %s", route.Name, tag, answer.Code, answer.Body)
				}
			}
		}
		if !answered && first[route.Name] == nil {
			t.Errorf("%s never looks at If-Match", route.Name)
		}
	}
	if asked < 200 {
		t.Fatalf("only %d calls", asked)
	}
}

// first are refusals that come before the version is looked at: nothing would
// be changed whatever it is.
var first = map[string][]int{"askGuardian": {http.StatusConflict}} //nolint:gochecknoglobals // a constant table

// TestAnyVersionIsTaken where If-Match says so, and the version that was read.
func TestAnyVersionIsTaken(t *testing.T) {
	w := settle(t)
	path := "/api/applications/" + w.ids["application"]
	for _, tag := range []string{"*", "as read"} {
		if tag == "as read" {
			tag = w.ask(http.MethodGet, path, w.atDesk, "").Header().Get("ETag")
		}
		if answer := w.with("If-Match", tag, path+"/hold", w.atDesk, valid["holdApplication"].body); answer.Code != http.StatusOK {
			t.Errorf("If-Match %s: %d %s", tag, answer.Code, answer.Body)
		}
		tag = w.ask(http.MethodGet, path, w.atDesk, "").Header().Get("ETag")
		for _, list := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			req := httptest.NewRequest(http.MethodGet, path, nil)
			req.Header.Set("Authorization", "Bearer "+w.atDesk)
			req.Header.Set("If-None-Match", list)
			rec := httptest.NewRecorder()
			w.api.ServeHTTP(rec, req)
			if rec.Code != http.StatusNotModified {
				t.Errorf("If-None-Match %s: %d", list, rec.Code)
			}
		}
	}
}

// TestWhatIsMadeStandsWhereItSays: 201, and a Location that answers with it.
func TestWhatIsMadeStandsWhereItSays(t *testing.T) {
	w := settle(t)
	for name, located := range map[string]bool{
		"submitApplication": true, "declareDonation": true, "startRound": true, "overrideMatch": true,
		"addTerritory": false, "addSite": false, "addPrescriber": false, "addPartner": true, "publishGrid": true,
	} {
		i := slices.IndexFunc(w.api.Routes(), func(r httpapi.Route) bool { return r.Name == name })
		route := w.api.Routes()[i]
		path, body, _ := w.request(route)
		answer := w.with("Idempotency-Key", "k-"+name, path, w.ruler, body)
		again := w.with("Idempotency-Key", "k-"+name, path, w.ruler, body)
		at := answer.Header().Get("Location")
		if answer.Code != http.StatusCreated || again.Code != http.StatusCreated || (at != "") != located || again.Header().Get("Location") != at {
			t.Errorf("%s: %d, then %d, at %q and %q: %s", name, answer.Code, again.Code, at, again.Header().Get("Location"), answer.Body)
		}
		if located && w.ask(http.MethodGet, at, w.ruler, "").Code != http.StatusOK {
			t.Errorf("%s: nothing stands at %s", name, at)
		}
	}
}
