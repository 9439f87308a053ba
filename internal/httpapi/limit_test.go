package httpapi_test

import (
	"net/http"
	"testing"
)

// What is open to all is bounded for one address, and no other is kept out.
func TestAFloodIsRefused(t *testing.T) {
	h := open(t)
	last := 0
	for range 70 {
		last = h.ask(http.MethodPost, "/api/guardian-agreements", "", `{"link":"x","first_name":"A","last_name":"B","agree":true}`).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the seventieth request is answered %d", last)
	}
	if got := h.ask(http.MethodPost, "/api/attestations", "", `{"link":"x"}`).Code; got == http.StatusTooManyRequests {
		t.Error("another route is closed as well")
	}
	if got := h.ask(http.MethodGet, "/api/figures", "", "").Code; got != http.StatusOK {
		t.Errorf("reading is answered %d", got)
	}
}
