package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// TestMyDataHasWhatWasAskedAndSaid: a question, its answer and why a family
// asked to be read again stand among its data.
func TestMyDataHasWhatWasAskedAndSaid(t *testing.T) {
	w := settle(t)
	_, err := w.parts.Applications.AnswerQuestion(t.Context(), people.System(), application.AnswerQuestion{Change: call.Change{ID: w.ids["questioned"]}, Answer: "Au lycée Kastler."})
	must(t, err)
	_, err = w.parts.Applications.AskReview(t.Context(), people.System(), application.AskReview{Change: call.Change{ID: w.ids["refused"]}, Reason: "Il manque un papier."})
	must(t, err)
	page := w.ask(http.MethodGet, "/fr/mes-donnees", w.student, "").Body.String()
	for _, said := range []string{"Dans quelle école ?", "Au lycée Kastler.", "Il manque un papier."} {
		if !strings.Contains(plainSpaces(page), said) {
			t.Errorf("without %q", said)
		}
	}
}
