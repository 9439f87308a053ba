package httpapi

import (
	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
)

// handOversView is what a structure hands over. At names the appointment whose
// form was refused.
type handOversView struct {
	Coming []delivery.GreeterRow
	Next   string
	At     string
}

func (a *API) handOversView(c *gin.Context) (handOversView, error) {
	coming, err := a.Deliveries.AtStructure(c.Request.Context(), actorOf(c), delivery.Keeping{List: call.List{Limit: 50, After: c.Query("after")}})
	return handOversView{Coming: coming.Items, Next: coming.Next}, err
}

// handOversPage is a prescriber's list of the deliveries that their structure
// hands over.
func (a *API) handOversPage(c *gin.Context) {
	v, err := a.handOversView(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "prescriber/hand-overs", v)
}

// handOvers settles a day, takes a code, or notes that a hand-over did not take
// place.
func (a *API) handOvers(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	said, err := a.attend(c, form)
	if err == nil {
		goOn(c, address(langOf(c), "hand-overs", "said", said))
		return
	}
	v, failed := a.handOversView(c)
	if failed != nil {
		a.failPage(c, failed)
		return
	}
	v.At = form.Value("delivery")
	a.refuseForm(c, "prescriber/hand-overs", form, v, err)
}
