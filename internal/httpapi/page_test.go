package httpapi_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/httpapi"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// answers is a form of a grown student that lacks nothing.
func answers() url.Values {
	return url.Values{
		"postcode": {"95000"}, "commune": {"95127"}, "for": {"self"}, "first_name": {"Lina"}, "last_name": {"Kaci"}, "birth_date": {"2004-05-14"},
		"level": {"higher"}, "course": {"bts"}, "equipment": {"none"}, "learners": {"1"}, "computers": {"0"}, "means": {"rsa"},
		"phone": {"06 12 34 56 78"}, "agree": {"true"},
	}
}

var summaryLink = regexp.MustCompile(`<li><a href="#([^"]+)">([^<]+)</a>`)

func TestAFormSaysAllThatIsWrongAtOnceInItsOrder(t *testing.T) {
	h := open(t)
	form := answers()
	form.Set("for", "child")
	form.Set("birth_date", "2012-05-14")
	for _, name := range []string{"first_name", "equipment", "phone", "agree"} {
		form.Del(name)
	}
	answer := h.send("/fr/demander", "", form)
	if answer.Code != http.StatusUnprocessableEntity {
		t.Fatal(answer.Code)
	}
	var names []string
	body := answer.Body.String()
	for _, found := range summaryLink.FindAllStringSubmatch(body, -1) {
		names = append(names, found[1])
		if !strings.Contains(body, `id="`+found[1]+`"`) {
			t.Errorf("%s leads nowhere", found[0])
		}
		if text := html.UnescapeString(found[2]); !strings.Contains(text, ":") {
			t.Errorf("%q does not say which field", text)
		}
	}
	want := []string{"first_name", "equipment", "phone", "guardian_first_name", "guardian_last_name", "guardian_email", "agree"}
	if !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}

func TestAPostcodeIsReadAsPeopleTypeIt(t *testing.T) {
	h := open(t)
	_, err := h.parts.Partners.SetOpen(t.Context(), people.System(), partner.SetOpen{Change: call.Change{ID: h.away}, Open: new(false)})
	must(t, err)
	for typed, c := range map[string]struct {
		code int
		text string
	}{
		" 95 000 ": {http.StatusOK, `value="95127"`},
		"95999":    {http.StatusUnprocessableEntity, "Code postal inconnu"},
		"9500":     {http.StatusUnprocessableEntity, "Cinq chiffres"},
		"60000":    {http.StatusOK, "ouverte ici : <bdi>Val d"},
	} {
		answer := h.ask(http.MethodGet, "/fr/demander?postcode="+url.QueryEscape(typed), "", "")
		body := strings.ReplaceAll(html.UnescapeString(answer.Body.String()), "\u00a0", " ")
		if answer.Code != c.code || !strings.Contains(body, c.text) {
			t.Errorf("%q: %d, without %q", typed, answer.Code, c.text)
		}
		if strings.Contains(body, `role="alert"`) {
			t.Errorf("%q alarms", typed)
		}
	}
}

func TestTheOtherLanguagesKeepThePlace(t *testing.T) {
	body := open(t).ask(http.MethodGet, "/fr/demander?postcode=95000&said=x", "", "").Body.String()
	if !strings.Contains(body, `href="/en/apply?postcode=95000"`) {
		t.Error("the postcode is lost in another language")
	}
}

func TestEveryPageSaysWhomToTurnTo(t *testing.T) {
	h := open(t)
	h.parts.Legal = frontend.Legal{Contact: "aide@example.org", Publisher: "Une école", Director: "Ada Martin", Host: "Un hébergeur, Lyon", Officer: "dpo@example.org"}
	h.parts.Metrics = prometheus.NewRegistry()
	api, err := httpapi.New(h.parts)
	must(t, err)
	h.api = api
	for path, wanted := range map[string][]string{
		"/fr/":         {"mailto:aide@example.org"},
		"/fr/mentions": {"Une école", "Ada Martin", "Un hébergeur, Lyon"},
		"/ar/privacy":  {"Une école", "dpo@example.org", "cnil.fr"},
	} {
		body := h.ask(http.MethodGet, path, "", "").Body.String()
		for _, text := range wanted {
			if !strings.Contains(body, text) {
				t.Errorf("%s does not say %s", path, text)
			}
		}
	}
}
