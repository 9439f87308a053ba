package httpapi

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/impact"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (a *API) donorPages() []Route {
	donor := only(people.Donor)
	return slices.Concat(
		page("donate", anyone(), (*API).donatePage, (*API).donate),
		page("donations", donor, (*API).donationsPage, nil),
		page("donation", donor, (*API).donationPage, (*API).changeDonation),
		page("colleagues", donor, (*API).colleaguesPage, (*API).changeColleagues),
		page("list", donor, (*API).listPage, (*API).bringList),
		page("convention", donor, (*API).conventionPage, (*API).acceptConvention),
	)
}

// donateLimit is how many lots one network address may declare in an hour.
const donateLimit = 20

// donateView is what the form needs beside what was typed.
type donateView struct {
	frontend.Where

	Territory string // that of the communes, for an earmark
	Partners  []frontend.Choice
	Lines     []int // numbers of the rows to show
	Key       string
}

// lineRows is how many empty rows a lot's form begins with, and how many more
// one asks for at a time.
const lineRows = 3

// donatePage asks where the devices are first: a closed area says so there.
func (a *API) donatePage(c *gin.Context) {
	v, err := a.donateView(c, c.Query("postcode"), lineRows)
	a.askPlace(c, "donor/donate", frontend.Form{Values: a.declaredBefore(c)}, v, err)
}

// declaredBefore fills the form of somebody who gave before with what they
// said then. A page that cannot read it begins empty.
func (a *API) declaredBefore(c *gin.Context) map[string][]string {
	mine, err := a.Donations.Mine(c.Request.Context(), actorOf(c), call.List{Limit: 1})
	if err != nil || len(mine.Items) == 0 {
		return map[string][]string{}
	}
	d, err := a.Donations.Get(c.Request.Context(), actorOf(c), call.One{ID: mine.Items[0].ID})
	if err != nil {
		return map[string][]string{}
	}
	organisation := d.SIREN
	if d.SIRET != "" {
		organisation = d.SIRET
	}
	return map[string][]string{
		"siren": {organisation}, "name": {d.Name}, "address": {d.Address}, "commune": {d.Commune},
		"contact_name": {d.ContactName}, "contact_email": {d.ContactEmail}, "contact_phone": {d.ContactPhone},
	}
}

func (a *API) donateView(c *gin.Context, postcode string, rows int) (donateView, error) {
	v := donateView{Key: rand.Text(), Lines: rowNumbers(rows)}
	var err error
	if v.Where, v.Territory, err = a.where(c, postcode); err != nil || v.Territory == "" {
		return v, err
	}
	partners, err := a.Partners.ListPartners(c.Request.Context(), people.Actor{}, call.List{Limit: 50})
	for _, p := range partners.Items {
		if slices.Contains(p.Territories, v.Territory) {
			v.Partners = append(v.Partners, frontend.Choice{Value: "partner:" + p.ID, Label: p.Name})
		}
	}
	return v, err
}

func rowNumbers(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// donate takes the form and shows the thanks at once.
func (a *API) donate(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	lines, wrong := readLines(form)
	rows := max(lineRows, len(lines)+1)
	if form.Value("do") == "more" {
		v, _ := a.donateView(c, form.Value("postcode"), rows+lineRows)
		a.render(c, http.StatusOK, "donor/donate", form, v)
		return
	}
	kind, id, _ := strings.Cut(form.Value("earmark"), ":")
	form.Values["earmark_kind"], form.Values["earmark_id"] = []string{kind}, []string{id}
	req := donation.Declare{Lines: lines}
	err = a.bindForm(c, form, &req, wrong...)
	if err == nil {
		err = a.People.Limit(c.Request.Context(), "donate", c.ClientIP(), donateLimit, time.Hour)
	}
	var receipt donation.Receipt
	if err == nil {
		receipt, err = a.Donations.Declare(c.Request.Context(), actorOf(c), req)
	}
	if err != nil {
		v, lost := a.donateView(c, form.Value("postcode"), rows)
		if lost != nil {
			err = lost
		}
		a.refuseForm(c, "donor/donate", form, v, err)
		return
	}
	a.show(c, "donor/donated", receipt)
}

// readLines reads the rows of a lot ("lines.0.model") that hold anything, and
// writes them back without gaps, so that what is wrong stands beside its row.
func readLines(form frontend.Form) (lines []donation.Line, wrong []fault.Field) {
	cell := func(row int, name string) string {
		return strings.TrimSpace(form.Value("lines." + strconv.Itoa(row) + "." + name))
	}
	for row := range maxRows {
		model, quantity, ram, condition := cell(row, "model"), cell(row, "quantity"), cell(row, "ram_gb"), cell(row, "condition")
		for _, name := range []string{"model", "quantity", "ram_gb", "condition"} {
			delete(form.Values, "lines."+strconv.Itoa(row)+"."+name)
		}
		if model == "" && quantity == "" && ram == "" {
			continue
		}
		at := "lines." + strconv.Itoa(len(lines)) + "."
		number := func(name, text string) int {
			n, err := strconv.Atoi(text)
			if err != nil && text != "" {
				wrong = append(wrong, fault.Field{Path: at + name, Code: "number"})
			}
			return n
		}
		for name, text := range map[string]string{"model": model, "quantity": quantity, "ram_gb": ram, "condition": condition} {
			form.Values[at+name] = []string{text}
		}
		lines = append(lines, donation.Line{
			Model: model, Quantity: number("quantity", quantity), RAMGB: number("ram_gb", ram), Condition: condition,
		})
	}
	return lines, wrong
}

// maxRows bounds the rows of a form; Line's own limit is what a lot may hold.
const maxRows = 200

func (a *API) donationsPage(c *gin.Context) {
	mine, err := a.Donations.Mine(c.Request.Context(), actorOf(c), call.List{Limit: 50, After: c.Query("after")})
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "donor/donations", donationsView{Page: mine, Companies: seenCompanies(actorOf(c))})
}

// donationsView is what a donor gave, and the companies whose people they see.
type donationsView struct {
	call.Page[donation.Row]
	Companies []string
}

func seenCompanies(actor people.Actor) []string {
	return slices.DeleteFunc(actor.Organisations(people.Donor), func(company string) bool { return !actor.May(people.See, company) })
}

// donationView is a donation with its way and what its devices became.
type donationView struct {
	donation.View
	Way     []way
	Outcome impact.Outcome
	Can     map[string]bool
	Rows    []int // of the lines' form
}

// way is one step of a line of steps.
type way struct {
	Code string
	At   *time.Time
	Now  bool
}

func (a *API) donationView(ctx context.Context, actor people.Actor, id string) (donationView, error) {
	d, err := a.Donations.Get(ctx, actor, call.One{ID: id})
	if err != nil {
		return donationView{}, err
	}
	v := donationView{View: d, Can: map[string]bool{}, Way: wayOf(d), Rows: rowNumbers(len(d.Lines) + lineRows)}
	for _, may := range d.May {
		v.Can[may] = true
	}
	v.Outcome, err = a.Figures.Outcome(ctx, actor, call.One{ID: id})
	return v, err
}

// wayOf lists the steps taken and those ahead; a donation that ended early
// shows where it ended.
func wayOf(d donation.View) []way {
	states := []donation.State{
		donation.Declared, donation.Agreed, donation.Accepted, donation.CollectionPlanned, donation.Collected, donation.Reconciled, donation.Closed,
	}
	reached := map[donation.State]*time.Time{}
	for _, h := range d.History {
		reached[h.To] = &h.At
	}
	if !slices.Contains(states, d.State) {
		states = slices.DeleteFunc(states, func(s donation.State) bool { return reached[s] == nil })
		states = append(states, d.State)
	}
	line := make([]way, 0, len(states))
	for _, s := range states {
		line = append(line, way{Code: string(s), At: reached[s], Now: s == d.State})
	}
	return line
}

func (a *API) donationPage(c *gin.Context) {
	v, err := a.donationView(c.Request.Context(), actorOf(c), c.Param("id"))
	if err != nil {
		a.failPage(c, err)
		return
	}
	form := frontend.Form{Values: map[string][]string{}}
	for i, line := range v.Lines {
		at := "lines." + strconv.Itoa(i) + "."
		form.Values[at+"model"] = []string{strings.TrimSpace(line.Manufacturer + " " + line.Model)}
		form.Values[at+"quantity"] = []string{strconv.Itoa(line.Quantity)}
		form.Values[at+"condition"] = []string{line.Condition}
		if line.RAMGB > 0 {
			form.Values[at+"ram_gb"] = []string{strconv.Itoa(line.RAMGB)}
		}
	}
	a.render(c, http.StatusOK, "donor/donation", form, v)
}

// changeDonation takes the page's forms, told apart by "do".
func (a *API) changeDonation(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	ctx, actor, said := c.Request.Context(), actorOf(c), ""
	switch form.Value("do") {
	case "lines":
		said = "said.lines"
		lines, wrong := readLines(form)
		req := donation.ChangeLines{Lines: lines}
		if err = a.bindForm(c, form, &req, wrong...); err == nil {
			_, err = a.Donations.ChangeLines(ctx, actor, req)
		}
	case "cancel":
		said = "said.cancelled"
		var req donation.Reason
		if err = a.bindForm(c, form, &req); err == nil {
			_, err = a.Donations.Cancel(ctx, actor, req)
		}
	}
	if err != nil {
		v, gone := a.donationView(ctx, actor, c.Param("id"))
		if gone != nil {
			a.failPage(c, gone)
			return
		}
		a.refuseForm(c, "donor/donation", form, v, err)
		return
	}
	goOn(c, address(langOf(c), "donation", c.Param("id"), "said", said))
}

// conventionView is the text with the donation it belongs to.
type conventionView struct {
	donation.ConventionView
	Donation donation.View
	CanSign  bool
}

func (a *API) conventionView(c *gin.Context) (conventionView, error) {
	text, err := a.Donations.ReadConvention(c.Request.Context(), actorOf(c), call.One{ID: c.Param("id")})
	if err != nil {
		return conventionView{}, err
	}
	d, err := a.Donations.Get(c.Request.Context(), actorOf(c), call.One{ID: c.Param("id")})
	return conventionView{ConventionView: text, Donation: d, CanSign: slices.Contains(d.May, "accept")}, err
}

func (a *API) conventionPage(c *gin.Context) {
	v, err := a.conventionView(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "donor/convention", v)
}

func (a *API) acceptConvention(c *gin.Context) {
	submit("donor/convention", a.Donations.Accept, func(_ *API, c *gin.Context, v donation.View) string {
		return address(langOf(c), "donation", v.ID, "said", "said.signed")
	}, func(a *API, c *gin.Context) (any, error) { return a.conventionView(c) })(a, c)
}
