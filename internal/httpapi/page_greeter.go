package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (a *API) greeterPages() []Route {
	return page("greeter", only(people.Greeter, people.Coordinator, people.Administrator), (*API).greeterPage, (*API).greet)
}

// greeterView is the day at a pick-up point. At names the appointment whose
// form was refused.
type greeterView struct {
	Days []delivery.GreeterRow
	Next string
	At   string
}

func (a *API) greeterView(c *gin.Context) (greeterView, error) {
	today, err := a.Deliveries.Today(c.Request.Context(), actorOf(c), delivery.Today{List: call.List{Limit: 100, After: c.Query("after")}})
	return greeterView{Days: today.Items, Next: today.Next}, err
}

func (a *API) greeterPage(c *gin.Context) {
	v, err := a.greeterView(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.render(c, http.StatusOK, "greeter/greeter", frontend.Form{}, v)
}

// greet takes the code of a hand-over, or notes that it did not take place.
func (a *API) greet(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	said, err := a.attend(c, form)
	if err == nil {
		goOn(c, address(langOf(c), "greeter", "said", said))
		return
	}
	v, failed := a.greeterView(c)
	if failed != nil {
		a.failPage(c, failed)
		return
	}
	v.At = form.Value("delivery")
	a.refuseForm(c, "greeter/greeter", form, v, err)
}

// attend does what whoever hands over asks of the appointment that a form names.
func (a *API) attend(c *gin.Context, form frontend.Form) (said string, err error) {
	ctx, actor, change := c.Request.Context(), actorOf(c), call.Change{ID: form.Value("delivery")}
	switch form.Value("do") {
	case "hand_over":
		req := delivery.HandOver{}
		if err = a.bindForm(c, form, &req); err == nil {
			req.Change = change
			_, err = a.Deliveries.HandOver(ctx, actor, req)
		}
		return "said.handed_over", err
	case "fail":
		req := delivery.Fail{}
		if err = a.bindForm(c, form, &req); err == nil {
			req.Change = change
			_, err = a.Deliveries.Fail(ctx, actor, req)
		}
		return "said.failed", err
	case "book":
		req := delivery.BookStructure{}
		if err = a.bindForm(c, form, &req); err == nil {
			req.Change = change
			_, err = a.Deliveries.BookStructure(ctx, actor, req)
		}
		return "said.booked", err
	default:
		return "", fault.InvalidField("do", "oneof")
	}
}
