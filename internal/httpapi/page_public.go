package httpapi

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (a *API) publicPages() []Route {
	return slices.Concat(
		[]Route{{Method: http.MethodGet, Path: "/", Name: "root", Access: anyone(), action: action{run: (*API).root}}},
		page("home", anyone(), (*API).home, nil),
		page("choice", anyone(), (*API).choice, nil),
		page("legal", anyone(), plainPage("public/legal"), nil),
		page("privacy", anyone(), plainPage("public/privacy"), nil),
		page("accessibility", anyone(), plainPage("public/accessibility"), nil),
		page("sign-in", anyone(), (*API).signInPage, (*API).askCode),
		page("sign-in-code", anyone(), (*API).codePage, (*API).enterCode),
		page("sign-in-link", anyone(), (*API).linkPage, (*API).enterByLink),
		page("sign-out", anyone(), nil, (*API).signOut),
	)
}

func plainPage(template string) func(*API, *gin.Context) {
	return func(a *API, c *gin.Context) { a.show(c, template, nil) }
}

// root leads to the home page in the visitor's language.
func (a *API) root(c *gin.Context) { goOn(c, address(langOf(c), "home")) }

func (a *API) home(c *gin.Context) {
	figures, err := a.Figures.Public(c.Request.Context(), actorOf(c), struct{}{})
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "public/home", figures)
}

// choiceView is a version of the priorities among all; Usual tells that its
// tiers are what the page says of them in plain words.
type choiceView struct {
	Shown    application.GridView
	Versions []application.GridView
	Usual    bool
}

// choice shows the version in force, or an earlier one that is asked for:
// whoever is chosen by it can read it.
func (a *API) choice(c *gin.Context) {
	page, err := a.Applications.Grids(c.Request.Context(), actorOf(c), call.List{Limit: 50})
	if err != nil {
		a.failPage(c, err)
		return
	}
	asked := slices.IndexFunc(page.Items, func(g application.GridView) bool {
		if number := c.Query("version"); number != "" {
			return number == strconv.Itoa(g.Number)
		}
		return g.State == "current"
	})
	if asked < 0 {
		a.failPage(c, fault.New(fault.NotFound, "no_page"))
		return
	}
	shown := page.Items[asked]
	a.show(c, "public/choice", choiceView{Shown: shown, Versions: page.Items, Usual: shown.Rules.SameTiers(application.DefaultGrid().GridRules)})
}

func (a *API) signInPage(c *gin.Context) {
	a.render(c, http.StatusOK, "public/sign-in", frontend.Form{Values: map[string][]string{"next": {c.Query("next")}}}, nil)
}

// askCode sends a code and goes on to the page where it is typed, whether or
// not the address is known.
func (a *API) askCode(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	var req people.AskCode
	if err = a.bindForm(c, form, &req); err == nil {
		req.Origin = c.ClientIP()
		_, err = a.People.AskCode(c.Request.Context(), actorOf(c), req)
	}
	if err != nil {
		a.refuseForm(c, "public/sign-in", form, nil, err)
		return
	}
	a.render(c, http.StatusOK, "public/sign-in-code", form, nil)
}

func (a *API) codePage(c *gin.Context) {
	values := map[string][]string{"paper": {c.Query("paper")}}
	if c.Query("paper") == "" {
		goOn(c, address(langOf(c), "sign-in"))
		return
	}
	a.render(c, http.StatusOK, "public/sign-in-code", frontend.Form{Values: values}, nil)
}

func (a *API) enterCode(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	var req people.SignIn
	var session people.Session
	if err = a.bindForm(c, form, &req); err == nil {
		req.Origin = c.ClientIP()
		session, err = a.People.SignIn(c.Request.Context(), actorOf(c), req)
	}
	if err != nil {
		a.refuseForm(c, "public/sign-in-code", form, nil, err)
		return
	}
	a.enter(c, session, form.Value("next"))
}

// linkPage shows a button: a mail scanner that opens the link uses nothing up.
func (a *API) linkPage(c *gin.Context) {
	a.render(c, http.StatusOK, "public/sign-in-link", frontend.Form{Values: map[string][]string{"next": {c.Query("next")}}}, nil)
}

func (a *API) enterByLink(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	session, err := a.People.SignInByLink(c.Request.Context(), actorOf(c), people.ByLink{Link: c.Param("id")})
	if err != nil {
		a.refuseForm(c, "public/sign-in-link", form, nil, err)
		return
	}
	a.enter(c, session, form.Value("next"))
}

// enter sets the session's cookie and goes on.
func (a *API) enter(c *gin.Context, session people.Session, next string) {
	a.setCookie(c, session.Token, int(session.Expires.Sub(a.Clock()).Seconds()))
	actor, err := a.People.Resume(c.Request.Context(), session.Token)
	if err != nil {
		a.failPage(c, err)
		return
	}
	if next = people.LocalPath(next); next == "" {
		next = homeOf(langOf(c), actor)
	}
	goOn(c, next)
}

func (a *API) setCookie(c *gin.Context, token string, seconds int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: cookieName, Value: token, Path: "/", MaxAge: seconds, HttpOnly: true,
		Secure: a.Secure, SameSite: http.SameSiteLaxMode,
	})
}

func (a *API) signOut(c *gin.Context) {
	if err := a.People.SignOut(c.Request.Context(), c.GetString(tokenKey)); err != nil {
		a.failPage(c, err)
		return
	}
	a.setCookie(c, "", -1)
	goOn(c, address(langOf(c), "home"))
}
