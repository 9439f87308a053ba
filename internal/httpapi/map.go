package httpapi

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// AreaFigures is what a coordinator reads on the map, for each département of
// their territories.
type AreaFigures struct {
	Areas []AreaFigure `json:"areas"`
}

// AreaFigure is one département; each number is the length of the list that it
// leads to.
type AreaFigure struct {
	Code     string     `json:"code"`
	Waiting  call.Total `json:"waiting"`   // applications
	InStock  call.Total `json:"in_stock"`  // devices
	UnderWay call.Total `json:"under_way"` // deliveries
}

// areaFigures counts what the actor's départements hold: three bounded counts
// each, of index ranges.
func (a *API) areaFigures(ctx context.Context, actor people.Actor, _ struct{}) (AreaFigures, error) {
	figures := AreaFigures{Areas: []AreaFigure{}}
	codes, err := a.areasOf(ctx, actor)
	if err != nil {
		return figures, err
	}
	for _, code := range codes {
		figure := AreaFigure{Code: code}
		if figure.Waiting, err = a.Applications.Total(ctx, actor, application.List{Area: code, State: application.Waiting}); err != nil {
			return figures, err
		}
		if figure.InStock, err = a.Devices.Total(ctx, actor, device.List{Area: code, State: device.Available}); err != nil {
			return figures, err
		}
		if figure.UnderWay, err = a.Deliveries.Total(ctx, actor, delivery.Board{Area: code, State: delivery.UnderWay}); err != nil {
			return figures, err
		}
		figures.Areas = append(figures.Areas, figure)
	}
	return figures, nil
}

// areasOf lists the codes of the départements in which an actor's territories lie.
func (a *API) areasOf(ctx context.Context, actor people.Actor) ([]string, error) {
	page, err := a.Partners.Territories(ctx, actor, struct{}{})
	codes := []string{}
	for _, territory := range page.Items {
		for _, area := range territory.Areas {
			if departement := place.DepartementOf(area); departement != "" { // a commune
				area = departement
			}
			codes = append(codes, area)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes), err
}

var mapResponse = reflect.TypeFor[place.Map]() //nolint:gochecknoglobals // constant

// outlines gives the drawing of the map, which a browser keeps for a day.
func (a *API) outlines(c *gin.Context) {
	drawn, err := place.Outlines()
	if err != nil {
		a.problem(c, err)
		return
	}
	c.Header("Cache-Control", "private, max-age=86400")
	answer(c, http.StatusOK, drawn)
}
