package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// where reads the postcode that a form begins with: its communes that are
// served and their territory, or that none is yet, and where some are. Nothing
// typed is no mistake.
func (a *API) where(c *gin.Context, typed string) (at frontend.Where, territory string, err error) {
	at.Postcode = typed
	if typed == "" {
		return at, "", nil
	}
	code, ok := a.Rules.Postcode(typed)
	if !ok {
		return at, "", fault.InvalidField("postcode", "postcode")
	}
	at.Postcode = code
	found := a.Places.ByPostcode(code)
	if len(found) == 0 {
		return at, "", fault.InvalidField("postcode", "postcode_unknown")
	}
	for _, commune := range found {
		t, err := a.Partners.TerritoryOf(c.Request.Context(), commune.INSEE, commune.Departement)
		switch {
		case fault.Is(err, fault.Conflict):
			known := a.known(c, err)
			at.Closed = a.words.Text(langOf(c), "fault."+known.Code, known.Args)
		case err != nil:
			return at, "", err
		default:
			at.Communes, territory = append(at.Communes, frontend.Choice{Value: commune.INSEE, Label: commune.Name}), t.ID
		}
	}
	if len(at.Communes) > 0 {
		at.Closed = ""
		return at, territory, nil
	}
	at.Open, err = a.openTerritories(c)
	return at, "", err
}

// openTerritories names where applications are taken.
func (a *API) openTerritories(c *gin.Context) ([]string, error) {
	all, err := a.Partners.All(c.Request.Context())
	var names []string
	for _, t := range all {
		if t.Open {
			names = append(names, t.Name)
		}
	}
	return names, err
}

// askPlace shows a form from its postcode on; one that is wrong is told beside
// it.
func (a *API) askPlace(c *gin.Context, template string, form frontend.Form, data any, err error) {
	if err == nil {
		a.render(c, http.StatusOK, template, form, data)
		return
	}
	if !fault.Is(err, fault.Invalid) {
		a.failPage(c, err)
		return
	}
	a.refuseForm(c, template, form, data, err)
}
