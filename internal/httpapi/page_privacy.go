package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/privacy"
)

func (a *API) privacyPages() []Route {
	return page("my-data", family(), (*API).myDataPage, (*API).eraseMe)
}

// myDataPage shows all that is kept, or with ?file= gives it as a file.
func (a *API) myDataPage(c *gin.Context) {
	data, err := a.Privacy.Mine(c.Request.Context(), actorOf(c), struct{}{})
	if err != nil {
		a.failPage(c, err)
		return
	}
	if c.Query("file") == "" {
		a.show(c, "family/my-data", data)
		return
	}
	body, err := json.MarshalIndent(data, "", " ")
	if err != nil {
		a.failPage(c, fault.Wrap(fault.Internal, "internal", err))
		return
	}
	c.Header("Content-Disposition", `attachment; filename="passerelle.json"`)
	c.Data(http.StatusOK, "application/json; charset=utf-8", body)
}

// eraseMe forgets the account once the box is ticked, and ends its session.
func (a *API) eraseMe(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	var req privacy.Erase
	if err = a.bindForm(c, form, &req); err == nil {
		_, err = a.Privacy.Erase(c.Request.Context(), actorOf(c), req)
	}
	if err != nil {
		data, failed := a.Privacy.Mine(c.Request.Context(), actorOf(c), struct{}{})
		if failed != nil {
			a.failPage(c, failed)
			return
		}
		a.refuseForm(c, "family/my-data", form, data, err)
		return
	}
	a.render(c, http.StatusOK, "family/erased", frontend.Form{}, nil)
}
