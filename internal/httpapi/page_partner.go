package httpapi

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/impact"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (a *API) partnerPages() []Route {
	delegate := only(people.PartnerOf)
	return slices.Concat(
		page("partner", delegate, (*API).partnerPage, nil),
		page("partner-convention", delegate, (*API).partnerConventionPage, (*API).agreeConvention),
	)
}

// institutionView is an institution with its figures, and what its territories
// are called.
type institutionView struct {
	partner.InstitutionView
	Figures impact.InstitutionFigures
	Names   map[string]string
}

// partnerPage shows the institutions that somebody acts for; mostly one.
func (a *API) partnerPage(c *gin.Context) {
	ctx, actor := c.Request.Context(), actorOf(c)
	var all []institutionView
	for _, id := range actor.Organisations(people.PartnerOf) {
		v, err := a.institution(c, id)
		if err != nil {
			a.failPage(c, err)
			return
		}
		if v.Figures, err = a.Figures.Institution(ctx, actor, call.One{ID: id}); err != nil {
			a.failPage(c, err)
			return
		}
		all = append(all, v)
	}
	a.show(c, "partner/partner", all)
}

func (a *API) institution(c *gin.Context, id string) (institutionView, error) {
	ctx := c.Request.Context()
	read, err := a.Partners.Institution(ctx, actorOf(c), call.One{ID: id})
	v := institutionView{InstitutionView: read, Names: map[string]string{}}
	for _, id := range read.Territories {
		if t, failed := a.Partners.Territory(ctx, id); failed == nil {
			v.Names[id] = t.Name
		}
	}
	return v, err
}

// agreementView is one convention of an institution, the newest unless another
// is asked for.
type agreementView struct {
	institutionView
	Shown partner.ConventionView
}

func (a *API) agreement(c *gin.Context) (agreementView, error) {
	v, err := a.institution(c, c.Param("id"))
	if err != nil {
		return agreementView{}, err
	}
	asked := slices.IndexFunc(v.Conventions, func(one partner.ConventionView) bool {
		return c.Query("number") == "" || c.Query("number") == strconv.Itoa(one.Number)
	})
	if asked < 0 {
		return agreementView{}, fault.New(fault.NotFound, "no_page")
	}
	return agreementView{v, v.Conventions[asked]}, nil
}

func (a *API) partnerConventionPage(c *gin.Context) {
	v, err := a.agreement(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "partner/convention", v)
}

func (a *API) agreeConvention(c *gin.Context) {
	submit("partner/convention", a.Partners.AgreeConvention, func(_ *API, c *gin.Context, _ partner.InstitutionView) string {
		return address(langOf(c), "partner", "said", "said.convention_agreed")
	}, func(a *API, c *gin.Context) (any, error) { return a.agreement(c) })(a, c)
}
