package frontend_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/frontend/words"
)

func TestHomeInEachLanguage(t *testing.T) {
	w, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	site, err := frontend.New(w)
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
