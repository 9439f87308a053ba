package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// operatorRoutes are for machines that watch, for files beside the pages, and
// for the desk's shell.
func (a *API) operatorRoutes() []Route {
	routes := []Route{
		get("/healthz", anyone(), "healthz", "Alive", action{run: (*API).healthz}),
		get("/readyz", anyone(), "readyz", "Can serve", action{run: (*API).readyz}),
		get("/metrics", anyone(), "metrics", "Prometheus metrics; nothing personal", action{run: (*API).metrics}),
		get("/assets/*name", anyone(), "assets", "Files beside the pages", action{run: (*API).assets}),
		get("/sw.js", anyone(), "worker", "The phone's own copy of the pages", action{run: (*API).serviceWorker}),
		get("/api/openapi.json", anyone(), "openapi", "This description", action{run: (*API).openapi}),
		get("/api", anyone(), "reference", "The description, to read", action{run: (*API).reference}),
		get("/desk", desk(), "desk", "The coordinators' desk", action{run: (*API).deskShell}),
		get("/desk/*rest", desk(), "deskRest", "The desk's own addresses", action{run: (*API).deskShell}),
	}
	if a.Demo {
		routes = append(routes, get("/demo", anyone(), "demo", "Accounts and mail of the demonstration", action{run: (*API).demoPage}))
	}
	return routes
}

func (a *API) healthz(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"ok": true}) }

func (a *API) readyz(c *gin.Context) {
	if err := a.Ready(c.Request.Context()); err != nil {
		a.problem(c, fault.Wrap(fault.Unavailable, "store", err))
		return
	}
	c.JSON(http.StatusOK, gin.H{"ok": true})
}

func (a *API) metrics(c *gin.Context) {
	promhttp.HandlerFor(a.Parts.Metrics, promhttp.HandlerOpts{}).ServeHTTP(c.Writer, c.Request)
}

func (a *API) assets(c *gin.Context) { a.Site.Assets().ServeHTTP(c.Writer, c.Request) }

// serviceWorker must stand at the root to keep pages; it is built like any
// script, and absent without a build.
func (a *API) serviceWorker(c *gin.Context) {
	body, ok := a.Site.Assets().Worker()
	if !ok {
		a.problem(c, fault.New(fault.NotFound, "no_page"))
		return
	}
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", body)
}

func (a *API) openapi(c *gin.Context) { c.Data(http.StatusOK, "application/json", a.description) }

// reference is the description as a page: every route with its rule.
func (a *API) reference(c *gin.Context) {
	var routes []Route
	for _, r := range a.routes {
		if r.action.response != nil {
			routes = append(routes, r)
		}
	}
	a.show(c, "public/api", routes)
}

// deskShell is the page in which the desk runs.
func (a *API) deskShell(c *gin.Context) { a.show(c, "desk/shell", nil) }

// demoPage shows who can be signed in as, and every mail that was sent.
func (a *API) demoPage(c *gin.Context) {
	letters, err := a.Mailbox.Latest(c.Request.Context(), c.Query("to"), 50)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "public/demo", gin.H{"Accounts": a.Accounts(), "Letters": letters})
}
