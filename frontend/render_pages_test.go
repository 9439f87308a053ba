package frontend_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/frontend/words"
)

// TestApplyWithoutScript: first the postcode alone, then one form that keeps
// what was typed and says what is wrong beside the field, in each language.
func TestApplyWithoutScript(t *testing.T) {
	w, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	site, err := frontend.New(w, utc)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range words.Languages {
		view := frontend.View{Lang: lang, Page: "family/apply", Others: frontend.Paths("apply"), Data: frontend.Apply{}}
		if page := render(t, site, view); strings.Contains(page, `name="first_name"`) || !strings.Contains(page, `name="postcode"`) {
			t.Errorf("%s: the postcode comes first and alone", lang)
		}
		view.Data = frontend.Apply{Where: frontend.Where{Postcode: "95000", Communes: []frontend.Choice{{Value: "95127", Label: "Cergy"}}}, Courses: []frontend.Courses{{Level: "lycee", Codes: []string{"cad"}}, {Level: "higher", Codes: []string{"web", "cad"}}}}
		view.Form = frontend.Form{
			Values: map[string][]string{"first_name": {"Inès"}, "level": {"higher"}},
			Errors: map[string]string{"birth_date": "?wrong?"},
		}
		page := render(t, site, view)
		for _, want := range []string{`value="Inès"`, `value="higher" checked`, `id="birth_date-error">?wrong?`, `value="95127"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the form lacks %s", lang, want)
			}
		}
		for _, not := range []string{"family.apply", "label.", ">course.", "&lt;nil&gt;", "no value"} {
			if strings.Contains(page, not) {
				t.Errorf("%s: the form shows %q", lang, not)
			}
		}
	}
}

func render(t *testing.T, site *frontend.Site, view frontend.View) string {
	t.Helper()
	var page bytes.Buffer
	if err := site.Render(&page, view); err != nil {
		t.Fatal(err)
	}
	return page.String()
}
