package httpapi_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

var (
	formTag   = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*>.*?</form>`)
	inputTag  = regexp.MustCompile(`<(?:input|textarea) [^>]*>`)
	attribute = regexp.MustCompile(` ([a-z-]+)="([^"]*)"`)
	selectTag = regexp.MustCompile(`(?s)<select id="[^"]*" name="([^"]+)"[^>]*>.*?</select>`)
	optionTag = regexp.MustCompile(`<option value="([^"]+)"`)
)

// onPage is one field of a form as a page shows it.
type onPage map[string]string

func attributes(tag string) onPage {
	f := onPage{}
	for _, a := range attribute.FindAllStringSubmatch(tag, -1) {
		f[a[1]] = html.UnescapeString(a[2])
	}
	return f
}

// fields reads what a form would send, and its fields by name.
func fields(form string) (url.Values, []onPage) {
	values, all := url.Values{}, []onPage{}
	for _, choice := range selectTag.FindAllStringSubmatch(form, -1) {
		if option := optionTag.FindStringSubmatch(choice[0]); option != nil {
			values.Set(choice[1], option[1])
		}
	}
	for _, tag := range inputTag.FindAllString(form, -1) {
		f := attributes(tag)
		if f["type"] == "checkbox" || f["type"] == "radio" {
			continue
		}
		values.Set(f["name"], f["value"])
		all = append(all, f)
	}
	return values, all
}

// spoilt is what is typed where this field asks for a number or date; what only
// looks like a number, a code or a postcode, is none.
func (f onPage) spoilt() string {
	switch {
	case f["type"] == "date":
		return "le 3 mai"
	case f["inputmode"] == "numeric" && !slices.Contains([]string{"postcode", "siren", "code"}, f["name"]):
		return "deux"
	}
	return ""
}

// TestAWordInANumberOrDateIsToldBesideIt spoils each number and date of each
// form that a page shows: the form comes back as it was filled, with what is
// asked for beside the field, whatever else is wrong.
func TestAWordInANumberOrDateIsToldBesideIt(t *testing.T) {
	w := settle(t)
	unsigned := named("Mineur")
	unsigned.BirthDate, unsigned.GuardianFirstName, unsigned.GuardianLastName, unsigned.GuardianPhone = "2013-05-06", "Nadia", "Benali", "06 12 34 56 78"
	unsigned.Prescriber = w.ids["prescriber"]
	w.ids["unsigned"] = w.applies(t, unsigned)
	w.ids["erased"] = w.announces(t, "PF3")
	w.erases(t, w.ids["erased"], "PF3")
	bench := w.sessions[w.home][people.Technician]
	found := map[string]string{}
	for _, page := range []struct{ name, id, query, session string }{
		{name: "apply", query: "?postcode=95000"},
		{name: "donate", query: "?postcode=95000"},
		{"donation", w.ids["donation"], "", w.donor},
		{"refer", "", "?postcode=95000", w.teacher},
		{"consent-sheet", w.ids["unsigned"], "", w.teacher},
		{"hand-overs", "", "", w.teacher},
		{"bench-device", w.ids["device"], "", bench},
		{"bench-device", w.ids["erased"], "", bench},
	} {
		path := strings.Replace(frontend.Paths(page.name)["fr"], ":id", page.id, 1) + page.query
		shown := w.ask(http.MethodGet, path, page.session, "")
		if shown.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, shown.Code)
		}
		for _, form := range formTag.FindAllString(shown.Body.String(), -1) {
			values, all := fields(form)
			for _, f := range all {
				typed := f.spoilt()
				if typed == "" {
					continue
				}
				sent := maps.Clone(values)
				sent.Set(f["name"], typed)
				answer := w.send(path, page.session, sent)
				body := answer.Body.String()
				kept := inputWith(body, "value", typed) // the rows of a lot close up
				if answer.Code != http.StatusUnprocessableEntity || lastPart(kept["name"]) != lastPart(f["name"]) || kept["aria-invalid"] != "true" {
					t.Errorf("%s %s: %d, the field is %v", page.name, f["name"], answer.Code, kept)
				}
				what := "Un nombre, par exemple 2."
				if f["type"] == "date" {
					what = "Une date, par exemple"
				}
				if !strings.Contains(plainSpaces(body), what) {
					t.Errorf("%s %s is not told what is asked", page.name, f["name"])
				}
				if name := " " + lastPart(f["name"]); !strings.Contains(found[page.name], name) {
					found[page.name] += name
				}
			}
		}
	}
	want := map[string]string{
		"apply": " birth_date deadline learners computers", "donate": " quantity ram_gb ready", "donation": " quantity ram_gb", "refer": " birth_date",
		"consent-sheet": " signed", "hand-overs": " day", "bench-device": " ram_gb size_gb supported_until new_drive_gb",
	}
	if !maps.Equal(found, want) {
		t.Errorf("spoilt %q", found)
	}
}

// TestAWordInANumberHidesNothingElse: what else is wrong is told at once, each
// in the form's order, and nothing typed is lost.
func TestAWordInANumberHidesNothingElse(t *testing.T) {
	h := open(t)
	form := answers()
	form.Set("learners", "deux")
	form.Set("deadline", "bientôt")
	form.Set("phone", "06")
	form.Del("first_name")
	answer := h.send("/fr/demander?postcode=95000", "", form)
	var names []string
	for _, found := range summaryLink.FindAllStringSubmatch(answer.Body.String(), -1) {
		names = append(names, found[1])
	}
	if want := []string{"first_name", "deadline", "learners", "phone"}; answer.Code != http.StatusUnprocessableEntity || !slices.Equal(names, want) {
		t.Errorf("%d %v, want %v", answer.Code, names, want)
	}
	if !strings.Contains(answer.Body.String(), `value="Kaci"`) {
		t.Error("what was typed is lost")
	}
}

// lastPart is a field's name without the row it stands in.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// inputWith is the input of a page that has this attribute.
func inputWith(page, name, value string) onPage {
	for _, tag := range inputTag.FindAllString(page, -1) {
		if f := attributes(tag); f[name] == value {
			return f
		}
	}
	return nil
}

// plainSpaces reads a page without the marks that bind its words.
func plainSpaces(page string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(html.UnescapeString(page))
}
