package httpapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (a *API) familyPages() []Route {
	return slices.Concat(
		page("apply", anyone(), (*API).applyPage, (*API).apply),
		page("my", family(), (*API).myPage, nil),
		page("application", family(), (*API).applicationPage, (*API).changeApplication),
		page("offer", family(), (*API).offerPage, (*API).answerOffer),
		page("delivery", family(), (*API).deliveryPage, (*API).changeDelivery),
		page("status-link", anyone(), (*API).statusLinkPage, nil),
		page("guardian-link", anyone(), (*API).guardianPage, (*API).guardianAgrees),
	)
}

// applyLimit is how many forms one network address may send in an hour: a
// school's whole class fits.
const applyLimit = 60

// applyPage asks for the postcode first; a closed territory says so there and
// asks nothing more.
func (a *API) applyPage(c *gin.Context) {
	form := frontend.Form{Values: map[string][]string{}, Errors: map[string]string{}}
	if invited := c.Query("invited"); invited != "" {
		if err := a.fillInvitation(c, form, invited); err != nil {
			a.failPage(c, err)
			return
		}
	}
	postcode := cmp.Or(c.Query("postcode"), form.Value("postcode"))
	data, err := a.applyData(c, postcode)
	a.askPlace(c, "family/apply", form, data, err)
}

// fillInvitation begins the form with what a structure wrote of its student.
func (a *API) fillInvitation(c *gin.Context, form frontend.Form, id string) error {
	s, err := a.Applications.Invitation(c.Request.Context(), actorOf(c), call.One{ID: id})
	if err != nil {
		return err
	}
	commune, _ := a.Places.Commune(s.Commune)
	for name, value := range map[string]string{
		"invited": id, "commune": s.Commune, "for": s.For, "first_name": s.FirstName, "last_name": s.LastName, "birth_date": s.BirthDate,
		"level": s.Level, "course": s.Course, "school": s.School, "email": s.Email, "phone": s.Phone,
	} {
		form.Values[name] = []string{value}
	}
	if len(commune.Postcodes) > 0 {
		form.Values["postcode"] = []string{commune.Postcodes[0]}
	}
	return nil
}

// applyData lists the communes of a postcode that are served, and the courses.
func (a *API) applyData(c *gin.Context, postcode string) (frontend.Apply, error) {
	data := frontend.Apply{Majority: a.Rules.Majority}
	for _, level := range a.Rules.Levels {
		offered := frontend.Courses{Level: level.Code}
		for _, course := range a.Rules.Courses {
			if a.Rules.Offers(level.Code, course.Code) {
				offered.Codes = append(offered.Codes, course.Code)
			}
		}
		data.Courses = append(data.Courses, offered)
	}
	var err error
	var territory string
	if data.Where, territory, err = a.where(c, postcode); err != nil || territory == "" {
		return data, err
	}
	data.Structures, err = a.attesting(c.Request.Context(), territory)
	return data, err
}

// apply takes the form and shows the thanks at once: the secret of the status
// link stands in no address.
func (a *API) apply(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	form.Values["key"] = []string{sameForm(form, a.Clock())}
	var req application.Submit
	if err = a.bindForm(c, form, &req); err == nil {
		err = a.People.Limit(c.Request.Context(), "apply", c.ClientIP(), applyLimit, time.Hour)
	}
	var receipt application.Receipt
	if err == nil {
		receipt, err = a.sendApplication(c, req, form.Value("invited"))
	}
	if err != nil {
		data, lost := a.applyData(c, form.Value("postcode"))
		if lost != nil {
			err = lost
		}
		a.refuseForm(c, "family/apply", form, data, err)
		return
	}
	a.show(c, "family/applied", receipt)
}

// sameForm is the key of an application's form: the same answers on the same
// day are the same application, however they come a second time (two taps, the
// way back, a line that broke).
func sameForm(form frontend.Form, now time.Time) string {
	answers := url.Values(maps.Clone(form.Values))
	answers.Del("key")
	sum := sha256.Sum256([]byte(now.Format(time.DateOnly) + "\n" + answers.Encode()))
	return hex.EncodeToString(sum[:])
}

// sendApplication makes an application, or completes the one a structure began.
func (a *API) sendApplication(c *gin.Context, req application.Submit, invited string) (application.Receipt, error) {
	if invited == "" {
		return a.Applications.Submit(c.Request.Context(), actorOf(c), req)
	}
	return a.Applications.Agree(c.Request.Context(), actorOf(c), application.Agree{Change: call.Change{ID: invited}, Submit: req})
}

func (a *API) myPage(c *gin.Context) {
	mine, err := a.Applications.Mine(c.Request.Context(), actorOf(c), call.List{Limit: 50})
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "family/my", mine.Items)
}

// familyView is an application with what its family can do now.
type familyView struct {
	application.Status
	WhyNot     *matching.WhyNot
	Can        map[string]bool
	Structures []frontend.Choice // that may attest
}

func (a *API) familyView(ctx context.Context, actor people.Actor, id string) (familyView, error) {
	status, err := a.Applications.Status(ctx, actor, call.One{ID: id})
	if err != nil {
		return familyView{}, err
	}
	v := familyView{Status: status, Can: map[string]bool{}}
	for _, may := range status.May {
		v.Can[may] = true
	}
	if v.Can["ask_attestation"] {
		if v.Structures, err = a.attesting(ctx, status.Territory); err != nil {
			return v, err
		}
	}
	if status.State == application.Eligible {
		why, err := a.Matches.WhyNot(ctx, actor, call.One{ID: id})
		if err != nil {
			return v, err
		}
		v.WhyNot = &why
	}
	return v, nil
}

// attesting lists the structures of a territory that attest needs.
func (a *API) attesting(ctx context.Context, territory string) ([]frontend.Choice, error) {
	found, err := a.Partners.FindPrescribers(ctx, people.Actor{}, partner.FindPrescribers{List: call.List{Limit: 200}, Territory: territory})
	choices := make([]frontend.Choice, 0, len(found.Items))
	for _, s := range found.Items {
		choices = append(choices, frontend.Choice{Value: s.ID, Label: s.Name})
	}
	return choices, err
}

func (a *API) applicationPage(c *gin.Context) {
	v, err := a.familyView(c.Request.Context(), actorOf(c), c.Param("id"))
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "family/application", v)
}

// changeApplication takes the small forms of the page, told apart by "do".
func (a *API) changeApplication(c *gin.Context) {
	again := func(a *API, c *gin.Context) (any, error) {
		return a.familyView(c.Request.Context(), actorOf(c), c.Param("id"))
	}
	said := func(code string) func(*API, *gin.Context, application.Status) string {
		return func(_ *API, c *gin.Context, s application.Status) string {
			return address(langOf(c), "application", s.ID, "said", code)
		}
	}
	switch c.PostForm("do") {
	case "withdraw":
		submit("family/application", a.Applications.Withdraw, said("said.withdrawn"), again)(a, c)
	case "attestation":
		submit("family/application", a.Applications.AskAttestation, said("said.attestation"), again)(a, c)
	case "guardian":
		submit("family/application", a.Applications.AskGuardian, said("said.guardian"), again)(a, c)
	case "household":
		a.answerHousehold(c, again)
	case "answer":
		submit("family/application", a.Applications.AnswerQuestion, said("said.answered"), again)(a, c)
	case "review":
		submit("family/application", a.Applications.AskReview, said("said.review"), again)(a, c)
	case "contact":
		submit("family/application", a.Applications.CorrectContact, said("said.contact"), again)(a, c)
	default:
		goOn(c, address(langOf(c), "application", c.Param("id")))
	}
}

// answerHousehold takes a family's word on an application that names its
// household: the form names that one, the page is the family's own.
func (a *API) answerHousehold(c *gin.Context, again func(*API, *gin.Context) (any, error)) {
	agree := c.PostForm("agree") == "yes"
	_, err := a.Applications.AnswerHousehold(c.Request.Context(), actorOf(c), application.AnswerHousehold{
		Change: call.Change{ID: c.PostForm("application")}, Agree: &agree,
	})
	if err == nil {
		goOn(c, address(langOf(c), "application", c.Param("id"), "said", "said.household"))
		return
	}
	v, gone := again(a, c)
	if gone != nil {
		a.failPage(c, gone)
		return
	}
	a.refuseForm(c, "family/application", frontend.Form{}, v, err)
}

func (a *API) offerPage(c *gin.Context) {
	v, err := a.Matches.Offer(c.Request.Context(), actorOf(c), call.One{ID: c.Param("id")})
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "family/offer", v)
}

// answerOffer takes yes or no; yes leads to the choice of a slot.
func (a *API) answerOffer(c *gin.Context) {
	again := func(a *API, c *gin.Context) (any, error) {
		return a.Matches.Offer(c.Request.Context(), actorOf(c), call.One{ID: c.Param("id")})
	}
	if c.PostForm("answer") == "yes" {
		submit("family/offer", a.Matches.Accept, func(_ *API, c *gin.Context, v matching.OfferView) string {
			return address(langOf(c), "delivery", v.ID, "said", "said.accepted")
		}, again)(a, c)
		return
	}
	submit("family/offer", a.Matches.Decline, func(_ *API, c *gin.Context, v matching.OfferView) string {
		return address(langOf(c), "application", v.Application, "said", "said.declined")
	}, again)(a, c)
}

// deliveryView is the way of a device with the choice of windows while there
// is one. Its page is named by the match.
type deliveryView struct {
	delivery.View
	Choices []siteDays
	Home    bool // the territory brings devices to an address
	Can     map[string]bool
}

func (a *API) deliveryView(ctx context.Context, actor people.Actor, match string) (deliveryView, error) {
	if err := a.mayMatch(ctx, actor, match); err != nil {
		return deliveryView{}, err
	}
	d, err := a.Deliveries.OfMatch(ctx, actor, match)
	if err != nil {
		return deliveryView{}, err
	}
	v := deliveryView{View: d, Can: map[string]bool{}}
	for _, may := range d.May {
		v.Can[may] = true
	}
	if !v.Can["book"] {
		return v, nil
	}
	choices, err := a.Deliveries.Choices(ctx, actor, call.One{ID: d.ID})
	v.Choices, v.Home = byDay(choices.Sites), choices.Home
	return v, err
}

// siteDays is a pick-up point with its free windows, day by day.
type siteDays struct {
	delivery.SiteChoice
	Days [][]delivery.SlotView
}

func byDay(sites []delivery.SiteChoice) []siteDays {
	all := make([]siteDays, 0, len(sites))
	for _, site := range sites {
		s := siteDays{SiteChoice: site}
		for i, slot := range site.Slots {
			if i == 0 || slot.Day != site.Slots[i-1].Day {
				s.Days = append(s.Days, nil)
			}
			s.Days[len(s.Days)-1] = append(s.Days[len(s.Days)-1], slot)
		}
		all = append(all, s)
	}
	return all
}

// mayMatch refuses a match of somebody else before anything is planned for it.
func (a *API) mayMatch(ctx context.Context, actor people.Actor, match string) error {
	_, err := a.Matches.Offer(ctx, actor, call.One{ID: match})
	return err
}

func (a *API) deliveryPage(c *gin.Context) {
	v, err := a.deliveryView(c.Request.Context(), actorOf(c), c.Param("id"))
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "family/delivery", v)
}

// changeDelivery takes the page's forms, told apart by "do".
func (a *API) changeDelivery(c *gin.Context) {
	ctx, actor := c.Request.Context(), actorOf(c)
	v, err := a.deliveryView(ctx, actor, c.Param("id"))
	if err != nil {
		a.failPage(c, err)
		return
	}
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	change, said := call.Change{ID: v.ID}, ""
	switch form.Value("do") {
	case "give_up":
		if _, err = a.Deliveries.GiveUp(ctx, actor, change); err == nil {
			goOn(c, address(langOf(c), "application", v.Application, "said", "said.given_up"))
			return
		}
	case "book":
		said = "said.booked"
		_, err = a.Deliveries.Book(ctx, actor, delivery.Book{Change: change, Slot: form.Value("slot")})
	case "home":
		said = "said.home"
		req := delivery.AskHome{Change: change, Address: form.Value("address")}
		if err = a.validate(&req); err == nil {
			_, err = a.Deliveries.AskHome(ctx, actor, req)
		}
	case "unbook":
		said = "said.unbooked"
		_, err = a.Deliveries.Unbook(ctx, actor, change)
	case "confirm":
		said = "said.confirmed"
		_, err = a.Deliveries.Confirm(ctx, actor, change)
	case "report":
		said = "said.reported"
		req := delivery.Problem{Change: change, Problem: form.Value("problem")}
		if err = a.validate(&req); err == nil {
			_, err = a.Deliveries.Report(ctx, actor, req)
		}
	}
	if err != nil {
		a.refuseForm(c, "family/delivery", form, v, err)
		return
	}
	goOn(c, address(langOf(c), "delivery", c.Param("id"), "said", said))
}

// statusLinkPage shows where an application stands to whoever holds its link.
func (a *API) statusLinkPage(c *gin.Context) {
	status, err := a.Applications.Follow(c.Request.Context(), actorOf(c), application.Secret{Link: c.Param("id")})
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "family/status-link", status)
}

func (a *API) guardianPage(c *gin.Context) {
	v, err := a.Applications.ToAgree(c.Request.Context(), actorOf(c), application.Secret{Link: c.Param("id")})
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "family/guardian-link", v)
}

// guardianAgrees takes the guardian's yes; opening the link alone is none.
func (a *API) guardianAgrees(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	shown, err := a.Applications.ToAgree(c.Request.Context(), actorOf(c), application.Secret{Link: c.Param("id")})
	if err != nil {
		a.failPage(c, err)
		return
	}
	form.Values["link"] = []string{c.Param("id")}
	var req application.GuardianAgree
	if err = a.bindForm(c, form, &req); err == nil {
		shown, err = a.Applications.GuardianAgree(c.Request.Context(), actorOf(c), req)
	}
	if err != nil {
		a.refuseForm(c, "family/guardian-link", form, shown, err)
		return
	}
	a.show(c, "family/guardian-link", shown)
}
