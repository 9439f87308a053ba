package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/pkg/client"
)

// TestTheGoClient calls the real edge with the client that others import.
func TestTheGoClient(t *testing.T) {
	h := open(t)
	documents := h.documents(t)
	server := httptest.NewServer(h.api)
	t.Cleanup(server.Close)
	desk, err := client.New(server.URL, h.sessions[h.home][people.Coordinator])
	must(t, err)
	me, err := desk.GetMeWithResponse(t.Context())
	must(t, err)
	if me.JSON200 == nil || me.JSON200.FirstName != "A" {
		t.Errorf("me: %s", me.Body)
	}
	page, err := desk.ListApplicationsWithResponse(t.Context(), &client.ListApplicationsParams{})
	must(t, err)
	if page.JSON200 == nil || page.JSON200.Items == nil || len(*page.JSON200.Items) != 1 || (*page.JSON200.Items)[0].Id != documents["applications"] {
		t.Errorf("applications: %s", page.Body)
	}
	nobody, err := client.New(server.URL, "")
	must(t, err)
	refused, err := nobody.ListApplicationsWithResponse(t.Context(), &client.ListApplicationsParams{})
	must(t, err)
	if refused.StatusCode() != http.StatusUnauthorized || refused.ApplicationproblemJSONDefault == nil || refused.ApplicationproblemJSONDefault.Code != "sign_in" {
		t.Errorf("nobody gets %d: %s", refused.StatusCode(), refused.Body)
	}
}
