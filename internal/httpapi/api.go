// Package httpapi is the edge: every URL with its access rule (routes.go), how
// a request is read and answered (handle.go), how an error is told
// (errors.go), and the pages, one file per audience (page_*.go).
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/impact"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/notice"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/internal/privacy"
)

// Parts is what the edge serves, wired by app.
type Parts struct {
	People         *people.People
	Partners       *partner.Partners
	Devices        *device.Devices
	Donations      *donation.Donations
	Applications   *application.Applications
	Matches        *matching.Matches
	Deliveries     *delivery.Deliveries
	Events         *event.Log
	Figures        *impact.Figures
	Privacy        *privacy.Privacy
	Mailbox        *notice.Mailbox // of the demonstration alone
	Places         *place.Gazetteer
	Site           *frontend.Site
	Words          *words.Words
	Rules          country.Rules
	Log            *slog.Logger
	Clock          func() time.Time
	Ready          func(context.Context) error // can serve now
	Metrics        *prometheus.Registry
	Legal          frontend.Legal
	TrustedProxies []string
	Version        string
	Secure         bool             // cookies over https alone
	Demo           bool             // shows the mailbox and the reusable sign-in links
	Accounts       func() []Account // whom the demonstration's page signs in
}

// Account is one role of the demonstration and the link that signs it in.
type Account struct {
	Role, Email, URL string
}

// API serves the product over HTTP.
type API struct {
	Parts

	log         *slog.Logger
	words       *words.Words
	validator   *validator.Validate
	meter       *meter
	routes      []Route
	description []byte
	engine      *gin.Engine
	floods      floods
}

// New makes the edge; a route that is wired wrongly is an error here, not at
// its first call.
func New(parts Parts) (*API, error) {
	v, err := newValidator(parts.Rules)
	if err != nil {
		return nil, err
	}
	m, err := newMeter(parts.Metrics)
	if err != nil {
		return nil, err
	}
	a := &API{Parts: parts, log: parts.Log, words: parts.Words, validator: v, meter: m}
	a.routes = a.table()
	if a.description, err = Describe(); err != nil {
		return nil, err
	}
	a.engine, err = a.router()
	return a, err
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// Routes lists every URL with its access rule.
func (a *API) Routes() []Route { return a.routes }
