package httpapi

import (
	"context"
	"net/http"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// deadLetters lists the work put aside in the actor's territories.
func (a *API) deadLetters(ctx context.Context, actor people.Actor, req call.List) (call.Page[event.Dead], error) {
	return a.Events.DeadLetters(ctx, actor.Desk(), req)
}

func (a *API) retryDeadLetter(ctx context.Context, actor people.Actor, req call.One) (event.Dead, error) {
	return a.Events.Retry(ctx, actor.Desk(), req.ID)
}

// Search asks for whatever bears some words. It is sent in a body: names and
// addresses never stand in a URL.
type Search struct {
	Words string            `json:"words" validate:"required,plain,max=200"`
	State application.State `json:"state,omitempty" validate:"omitempty,oneof=submitted eligible"` // of the applications
}

// Found is what bears them, the first of each kind.
type Found struct {
	Applications []application.Row `json:"applications"`
	Devices      []device.Row      `json:"devices"`
	Donations    []donation.Row    `json:"donations"`
}

// found is how many of each kind a search shows.
const found = 20

func (a *API) search(ctx context.Context, actor people.Actor, req Search) (Found, error) {
	some := call.List{Limit: found}
	applications, err := a.Applications.List(ctx, actor, application.List{List: some, Words: req.Words, State: req.State})
	if err != nil {
		return Found{}, err
	}
	devices, err := a.Devices.List(ctx, actor, device.List{List: some, Words: req.Words})
	if err != nil {
		return Found{}, err
	}
	donations, err := a.Donations.List(ctx, actor, donation.List{List: some, Words: req.Words})
	return Found{Applications: applications.Items, Devices: devices.Items, Donations: donations.Items}, err
}

// FindCommunes asks for communes as a family types theirs.
type FindCommunes struct {
	Words string `json:"-" form:"words" validate:"required,plain,max=80"` // postcode or the beginning of a name
}

// CommuneView is a commune and whether somebody serves it.
type CommuneView struct {
	INSEE     string   `json:"insee"`
	Name      string   `json:"name"`
	Postcodes []string `json:"postcodes"`
	Lat       float64  `json:"lat"` // of its centre
	Lon       float64  `json:"lon"`
	Open      bool     `json:"open"`
	Territory string   `json:"territory,omitempty"`
}

// findCommunes suggests communes; at most twenty.
func (a *API) findCommunes(ctx context.Context, _ people.Actor, req FindCommunes) (call.Page[CommuneView], error) {
	page := call.Page[CommuneView]{Items: []CommuneView{}}
	for _, c := range a.Places.Search(req.Words, found) {
		view := CommuneView{INSEE: c.INSEE, Name: c.Name, Postcodes: c.Postcodes, Lat: c.Point.Lat, Lon: c.Point.Lon}
		if territory, err := a.Partners.TerritoryOf(ctx, c.INSEE, c.Departement); err == nil {
			view.Open, view.Territory = true, territory.ID
		}
		page.Items = append(page.Items, view)
	}
	return page, nil
}

var ( // types of routes that are not plain feature functions
	noRequest      = reflect.TypeFor[struct{}]()            //nolint:gochecknoglobals // constant
	doneResponse   = reflect.TypeFor[call.Done]()           //nolint:gochecknoglobals // constant
	uploadRequest  = reflect.TypeFor[call.One]()            //nolint:gochecknoglobals // constant
	importResponse = reflect.TypeFor[donation.ImportView]() //nolint:gochecknoglobals // constant
)

func (a *API) signOutAPI(c *gin.Context) {
	if err := a.People.SignOut(c.Request.Context(), c.GetString(tokenKey)); err != nil {
		a.problem(c, err)
		return
	}
	a.setCookie(c, "", -1)
	answer(c, http.StatusOK, call.Done{OK: true})
}

// fromOrigin is do for requests that are limited by where they come from.
func fromOrigin[Req interface{ people.AskCode | people.SignIn }, Resp any](fn func(context.Context, people.Actor, Req) (Resp, error)) action {
	plain := do(fn)
	plain.run = func(a *API, c *gin.Context) {
		var req Req
		if err := a.bind(c, &req); err != nil {
			a.problem(c, err)
			return
		}
		switch r := any(&req).(type) {
		case *people.AskCode:
			r.Origin = c.ClientIP()
		case *people.SignIn:
			r.Origin = c.ClientIP()
		}
		resp, err := fn(c.Request.Context(), actorOf(c), req)
		if err != nil {
			a.problem(c, err)
			return
		}
		answer(c, http.StatusOK, resp)
	}
	return plain
}
