package httpapi

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (a *API) prescriberPages() []Route {
	prescriber := only(people.PrescriberOf)
	return slices.Concat(
		page("attest-link", anyone(), (*API).attestLinkPage, (*API).attestByLink),
		page("prescriber", prescriber, (*API).prescriberPage, (*API).changeReferred),
		handOverPage("hand-overs", "prescriber/hand-overs", prescriber, (*API).keptHandOvers),
		page("consent-sheet", only(people.Coordinator, people.Administrator, people.PrescriberOf), (*API).consentSheetPage, (*API).noteConsent),
		page("refer", prescriber, (*API).referPage, (*API).refer),
	)
}

// attestLinkPage shows what is asked; opening the link alone attests nothing.
func (a *API) attestLinkPage(c *gin.Context) {
	v, err := a.Applications.ToAttest(c.Request.Context(), actorOf(c), application.Secret{Link: c.Param("id")})
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "prescriber/attest", v)
}

func (a *API) attestByLink(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	shown, err := a.Applications.ToAttest(c.Request.Context(), actorOf(c), application.Secret{Link: c.Param("id")})
	if err != nil {
		a.failPage(c, err)
		return
	}
	form.Values["link"] = []string{c.Param("id")}
	var req application.Attest
	if err = a.bindForm(c, form, &req); err == nil {
		req.ID = ""
		shown, err = a.Applications.Attest(c.Request.Context(), actorOf(c), req)
	}
	if err != nil {
		a.refuseForm(c, "prescriber/attest", form, shown, err)
		return
	}
	a.show(c, "prescriber/attest", shown)
}

// prescriberView is a structure's students: those whose need it may attest
// first. Paper is a code just made, shown once; At names the student whose
// form was refused.
type prescriberView struct {
	ToAttest  []application.AttestView
	Others    []application.AttestView
	Next      string
	Paper     *people.Paper
	At        string
	Territory string // where the structure lies
}

func (a *API) prescriberView(c *gin.Context) (prescriberView, error) {
	found, err := a.Applications.Referred(c.Request.Context(), actorOf(c), application.Referred{List: call.List{Limit: 50, After: c.Query("after")}})
	v := prescriberView{Next: found.Next}
	for _, app := range found.Items {
		v.Territory = app.Territory
		if !app.Attested && (app.State == application.Submitted || app.State == application.Eligible) {
			v.ToAttest = append(v.ToAttest, app)
		} else {
			v.Others = append(v.Others, app)
		}
	}
	return v, err
}

func (a *API) prescriberPage(c *gin.Context) {
	v, err := a.prescriberView(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "prescriber/prescriber", v)
}

// changeReferred takes an attestation, or prints a sign-in code on paper.
func (a *API) changeReferred(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	ctx, actor, id := c.Request.Context(), actorOf(c), form.Value("application")
	var paper people.Paper
	switch form.Value("do") {
	case "attest":
		var req application.Attest
		if err = a.bindForm(c, form, &req); err == nil {
			req.ID, req.Link = id, ""
			_, err = a.Applications.Attest(ctx, actor, req)
		}
		if err == nil {
			goOn(c, address(langOf(c), "prescriber", "said", "said.attested"))
			return
		}
	case "paper":
		paper, err = a.Applications.PaperCode(ctx, actor, call.Change{ID: id})
	default:
		err = fault.InvalidField("do", "oneof")
	}
	v, failed := a.prescriberView(c)
	if failed != nil {
		a.failPage(c, failed)
		return
	}
	if err != nil {
		v.At = id
		a.refuseForm(c, "prescriber/prescriber", form, v, err)
		return
	}
	v.Paper = &paper
	a.show(c, "prescriber/prescriber", v)
}

// referView is what the form needs; Structures are those the actor acts for.
type referView struct {
	frontend.Apply
	Done *application.ReferredRow
}

func (a *API) referPage(c *gin.Context) {
	v, err := a.referView(c, c.Query("postcode"))
	a.askPlace(c, "prescriber/refer", frontend.Form{}, v, err)
}

func (a *API) referView(c *gin.Context, postcode string) (referView, error) {
	data, err := a.applyData(c, postcode)
	v := referView{Apply: data}
	v.Key = rand.Text()
	structures, failed := a.structures(c.Request.Context(), actorOf(c))
	v.Structures = structures
	if failed != nil {
		return v, failed
	}
	return v, err
}

func (a *API) structures(ctx context.Context, actor people.Actor) ([]frontend.Choice, error) {
	var choices []frontend.Choice
	for _, id := range actor.Organisations(people.PrescriberOf) {
		structure, err := a.Partners.Prescriber(ctx, id)
		if err != nil {
			return nil, err
		}
		choices = append(choices, frontend.Choice{Value: structure.ID, Label: structure.Name})
	}
	return choices, nil
}

// refer invites one student: nothing runs until the family has agreed.
func (a *API) refer(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	value := form.Value
	req := application.Refer{Prescriber: value("prescriber"), Students: []application.Referral{{
		FirstName: value("first_name"), LastName: value("last_name"), BirthDate: value("birth_date"), Email: value("email"),
		Phone: value("phone"), Commune: value("commune"), Level: value("level"), Course: value("course"), Lang: value("lang"),
		Confidential: value("confidential") == "true",
	}}}
	req.SetKey(value("key"))
	err = oneStudent(a.validate(&req))
	var referred application.ReferredView
	if err == nil {
		referred, err = a.Applications.Refer(c.Request.Context(), actorOf(c), req)
	}
	if err == nil && referred.Students[0].Problem != "" {
		err = fault.InvalidField("commune", referred.Students[0].Problem)
	}
	v, failed := a.referView(c, value("postcode"))
	if failed != nil && err == nil {
		err = failed
	}
	if err != nil {
		a.refuseForm(c, "prescriber/refer", form, v, err)
		return
	}
	v.Done = &referred.Students[0]
	a.show(c, "prescriber/refer", v)
}

// oneStudent names fields as the form of one student spells them.
func oneStudent(err error) error {
	const prefix = "students.0."
	known, ok := err.(*fault.Error) //nolint:errorlint // validate gives it bare
	if !ok {
		return err
	}
	for i, f := range known.Fields {
		if len(f.Path) > len(prefix) && f.Path[:len(prefix)] == prefix {
			known.Fields[i].Path = f.Path[len(prefix):]
		}
	}
	return known
}

// keptHandOvers are the deliveries that a prescriber's structure hands over.
func (a *API) keptHandOvers(c *gin.Context) (call.Page[delivery.GreeterRow], error) {
	return a.Deliveries.AtStructure(c.Request.Context(), actorOf(c), delivery.Keeping{List: call.List{Limit: 50, After: c.Query("after")}})
}
