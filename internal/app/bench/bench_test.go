package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
)

// TestTheTwinAnswersTheSame keeps the comparison honest: what the bare handler
// encodes is what the product answers, and it asks the store for something.
func TestTheTwinAnswersTheSame(t *testing.T) {
	b, err := newBed(t.Context(), 30)
	if err != nil {
		t.Fatal(err)
	}
	defer b.remove(t.Context())
	for _, c := range []comparison{
		{"read one", 0, "GET", "/api/applications/" + b.first, b.token, "", new(application.View)},
		{"list a page", 0, "GET", "/api/applications?state=eligible&limit=50", b.token, "", new(call.Page[application.Row])},
	} {
		twin, err := b.twin(c)
		if err != nil {
			t.Fatal(err)
		}
		want, err := b.ask(c)
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		twin.ServeHTTP(answer, httptest.NewRequest(c.method, c.path, nil))
		if answer.Code != http.StatusOK || !bytes.Equal(bytes.TrimSpace(answer.Body.Bytes()), bytes.TrimSpace(want)) {
			t.Errorf("%s: the twin answers %d\n%s\nthe product\n%s", c.name, answer.Code, answer.Body, want)
		}
	}
}

func TestGrowthMeasuresEverything(t *testing.T) {
	var out strings.Builder
	if err := growth(t.Context(), &out, []int{300, 600}, func(b *bed) (*bed, error) { return b, nil }); err != nil {
		t.Fatal(err)
	}
	for _, m := range measures() {
		if strings.Count(out.String(), "\n"+m.name+"  ") != 2 {
			t.Errorf("%q is not measured at both sizes:\n%s", m.name, out.String())
		}
	}
}
