package httpapi_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// brings sends a list on the donor's page and gives where that leads.
func (w *world) brings(t *testing.T, text string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "liste.csv")
	must(t, err)
	_, err = file.Write([]byte(text))
	must(t, err)
	must(t, form.Close())
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, w.fill("/fr/mes-dons/{donation}/liste"), &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+w.donor)
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, req)
	if rec.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	return rec.Header().Get("Location")
}

// TestAListIsKnownAgainWithItsColumns: 'change the columns' begins with those
// that were chosen, and a file that was taken is not asked about anew.
func TestAListIsKnownAgainWithItsColumns(t *testing.T) {
	w := settle(t)
	const text = "Alpha;Bravo;Charlie\nPF77;T480;rien\nPF78;T480;rien\n"
	columns := w.brings(t, text)
	file, err := url.Parse(columns)
	must(t, err)
	answer := w.send(columns, w.donor, url.Values{"file": {file.Query().Get("file")}, "column.serial": {"0"}, "column.model": {"1"}})
	preview := answer.Header().Get("Location")
	page := w.ask(http.MethodGet, preview, w.donor, "").Body.String()
	at := strings.Index(page, "was=")
	if at < 0 {
		t.Fatalf("%d %s: no way back to the columns", answer.Code, preview)
	}
	imported, _, _ := strings.Cut(page[at+len("was="):], `"`)
	page = w.ask(http.MethodGet, columns+"&was="+imported, w.donor, "").Body.String()
	for _, chosen := range []string{`<option value="0" selected>Alpha`, `<option value="1" selected>Bravo`} {
		if !strings.Contains(page, chosen) {
			t.Errorf("forgets %s", chosen)
		}
	}
	answer = w.send(preview, w.donor, url.Values{"do": {"confirm"}, "import": {imported}})
	if answer.Code != http.StatusSeeOther {
		t.Fatal(answer.Code)
	}
	if again := w.brings(t, text); !strings.Contains(again, "again=1") {
		t.Errorf("a list that was taken leads to %s", again)
	}
}

// TestTheBenchNamesWhatIsWrong: above the form as in every other, and nothing
// says beside it that all is well.
func TestTheBenchNamesWhatIsWrong(t *testing.T) {
	w := settle(t)
	lot := w.fill("/fr/atelier?donation={donation}&said=said.bench")
	body := w.send(lot, w.atDesk, url.Values{"code": {""}}).Body.String()
	if !strings.Contains(body, `<li><a href="#code">`) || strings.Contains(body, "C’est enregistré") {
		t.Error("the empty field is not named")
	}
}
