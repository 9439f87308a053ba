package httpapi

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

const (
	cookieName = "passerelle"
	actorKey   = "actor"
	tokenKey   = "token"
	langKey    = "lang"
)

// router lays the routes behind what every request passes: safety headers,
// cross-origin protection, a language, and the session's actor.
func (a *API) router() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.HandleMethodNotAllowed = true
	if err := e.SetTrustedProxies(a.TrustedProxies); err != nil {
		return nil, err
	}
	e.Use(a.recoverer, a.logged, safe, a.sameOrigin(), a.spoken)
	for _, r := range a.routes {
		e.Handle(r.Method, r.Path, a.gate(r))
	}
	e.NoRoute(a.nowhere)
	e.NoMethod(a.nowhere)
	return e, nil
}

// gate lets the actor of the session through to a route, or refuses.
func (a *API) gate(r Route) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := a.identify(c); err != nil {
			a.refuse(c, r, err)
			return
		}
		if err := r.Access.check(actorOf(c)); err != nil {
			a.refuse(c, r, err)
			return
		}
		if err := a.flooded(c, r); err != nil {
			a.refuse(c, r, err)
			return
		}
		r.action.run(a, c)
		if r.Method != http.MethodGet && c.Writer.Status() < http.StatusBadRequest {
			a.Events.Nudge() // what follows from a change is seen at once
		}
	}
}

// refuse words an error for a page or for the API, after the kind of route.
func (a *API) refuse(c *gin.Context, r Route, err error) {
	if r.page() {
		a.failPage(c, err)
		return
	}
	a.problem(c, err)
}

// identify puts the session's actor in the context; without a session it is
// anyone.
func (a *API) identify(c *gin.Context) error {
	token := bearer(c.GetHeader("Authorization"))
	if token == "" {
		token, _ = c.Cookie(cookieName)
	}
	actor := people.Anyone(langOf(c))
	if token != "" {
		resumed, err := a.People.Resume(c.Request.Context(), token)
		if err != nil && !fault.Is(err, fault.Unauthenticated) {
			return err
		}
		if err == nil {
			actor = resumed
			actor.Lang = langOf(c)
		}
	}
	c.Set(actorKey, actor)
	c.Set(tokenKey, token)
	return nil
}

func bearer(header string) string {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return ""
	}
	return token
}

func actorOf(c *gin.Context) people.Actor {
	actor, _ := c.Get(actorKey)
	known, _ := actor.(people.Actor)
	return known
}

func langOf(c *gin.Context) string {
	if lang := c.GetString(langKey); lang != "" {
		return lang
	}
	return words.Languages[0]
}

// spoken settles the language: the page's path says it, else the form or the
// query (?lang=), else what the browser prefers, else French.
func (a *API) spoken(c *gin.Context) {
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.Path, "/"), "/")
	asked := c.Query("lang")
	switch {
	case slices.Contains(words.Languages, first):
		c.Set(langKey, first)
	case slices.Contains(words.Languages, asked):
		c.Set(langKey, asked)
	default:
		c.Set(langKey, preferred(c.GetHeader("Accept-Language")))
	}
	c.Next()
}

func preferred(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return words.Languages[0]
	}
	for _, tag := range tags {
		base, _ := tag.Base()
		if slices.Contains(words.Languages, base.String()) {
			return base.String()
		}
	}
	return words.Languages[0]
}

// policy allows nothing but our own files: no inline script or style, no frame,
// no form to elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func safe(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	c.Next()
}

// sameOrigin refuses changes sent by other sites' pages.
func (a *API) sameOrigin() gin.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c *gin.Context) {
		if err := protection.Check(c.Request); err != nil {
			a.problem(c, fault.Wrap(fault.Forbidden, "cross_origin", err))
			return
		}
		c.Next()
	}
}

// recoverer keeps one broken request from taking the others along.
func (a *API) recoverer(c *gin.Context) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		a.log.ErrorContext(c.Request.Context(), "request broke", slog.String("route", c.FullPath()),
			slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
		if !c.Writer.Written() {
			a.problem(c, fault.New(fault.Internal, "internal"))
		}
		c.Abort()
	}()
	c.Next()
}

// logged counts and times each request by its route, never by its URL: ids and
// search words stay out of logs and metrics.
func (a *API) logged(c *gin.Context) {
	start := time.Now() //nolint:forbidigo // a duration, not a moment of the product
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	a.meter.observe(c.Request.Method, route, c.Writer.Status(), time.Since(start))
}

// nowhere answers what has no route: problem+json under /api, a helpful page
// elsewhere.
func (a *API) nowhere(c *gin.Context) {
	err := fault.New(fault.NotFound, "no_page")
	if strings.HasPrefix(c.Request.URL.Path, "/api/") {
		a.problem(c, err)
		return
	}
	_ = a.identify(c) // a page for nowhere is worth showing without a session too
	a.failPage(c, err)
}
