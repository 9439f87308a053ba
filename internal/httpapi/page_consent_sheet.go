package httpapi

import (
	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
)

// consentSheetPage is the sheet that a guardian without mail signs, and the
// form that notes it was signed.
func (a *API) consentSheetPage(c *gin.Context) {
	sheet, err := a.Applications.ConsentSheet(c.Request.Context(), actorOf(c), call.One{ID: c.Param("id")})
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "prescriber/consent-sheet", sheet)
}

func (a *API) noteConsent(c *gin.Context) {
	submit("prescriber/consent-sheet", a.Applications.PaperConsent,
		func(_ *API, c *gin.Context, s application.ConsentSheet) string {
			return address(langOf(c), "consent-sheet", s.ID, "said", "said.consent")
		},
		func(a *API, c *gin.Context) (any, error) {
			return a.Applications.ConsentSheet(c.Request.Context(), actorOf(c), call.One{ID: c.Param("id")})
		})(a, c)
}
