package httpapi

import (
	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (a *API) greeterPages() []Route {
	access := only(people.Greeter, people.Coordinator, people.Administrator)
	return handOverPage("greeter", "greeter/greeter", access, func(a *API, c *gin.Context) (call.Page[delivery.GreeterRow], error) {
		return a.Deliveries.Today(c.Request.Context(), actorOf(c), delivery.Today{List: call.List{Limit: 100, After: c.Query("after")}})
	})
}

// handOversView is what somebody hands over. At names the appointment whose
// form was refused.
type handOversView struct {
	Coming []delivery.GreeterRow
	Next   string
	At     string
}

// handOverPage shows the appointments of a list, and does with each what whoever
// hands over asks.
func handOverPage(name, template string, access Access, list func(*API, *gin.Context) (call.Page[delivery.GreeterRow], error)) []Route {
	show := func(a *API, c *gin.Context) {
		coming, err := list(a, c)
		if err != nil {
			a.failPage(c, err)
			return
		}
		a.show(c, template, handOversView{Coming: coming.Items, Next: coming.Next})
	}
	act := func(a *API, c *gin.Context) {
		form, err := filled(c)
		if err != nil {
			a.failPage(c, err)
			return
		}
		said, refused := a.attend(c, form)
		if refused == nil {
			goOn(c, address(langOf(c), name, "said", said))
			return
		}
		coming, err := list(a, c)
		if err != nil {
			a.failPage(c, err)
			return
		}
		a.refuseForm(c, template, form, handOversView{Coming: coming.Items, Next: coming.Next, At: form.Value("delivery")}, refused)
	}
	return page(name, access, show, act)
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
