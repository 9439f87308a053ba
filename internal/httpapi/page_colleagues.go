package httpapi

import (
	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// colleaguesView is who acts for a company, and who is reading.
type colleaguesView struct {
	call.Page[people.ColleagueView]
	Me string
}

func (a *API) colleaguesView(c *gin.Context) (any, error) {
	page, err := a.People.ListColleagues(c.Request.Context(), actorOf(c),
		people.ListColleagues{Company: c.Param("id"), List: call.List{Limit: 100, After: c.Query("after")}})
	return colleaguesView{Page: page, Me: actorOf(c).Person}, err
}

func (a *API) colleaguesPage(c *gin.Context) {
	v, err := a.colleaguesView(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "donor/colleagues", v)
}

// changeColleagues takes the page's forms, told apart by "do".
func (a *API) changeColleagues(c *gin.Context) {
	if c.PostForm("do") == "remove" {
		submit("donor/colleagues", a.People.RemoveColleague, func(_ *API, c *gin.Context, _ call.Done) string {
			return address(langOf(c), "colleagues", c.Param("id"), "said", "said.colleague_removed")
		}, (*API).colleaguesView)(a, c)
		return
	}
	submit("donor/colleagues", a.People.AddColleague, func(_ *API, c *gin.Context, _ people.ColleagueView) string {
		return address(langOf(c), "colleagues", c.Param("id"), "said", "said.colleague_added")
	}, (*API).colleaguesView)(a, c)
}
