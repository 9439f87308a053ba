// Package app puts the parts together: configuration from the environment, the
// wiring, the server's life, the operator's commands and the demonstration. It
// alone reads the environment and the clock.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/mongodb"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/httpapi"
	"github.com/digitalfranceschool/passerelle/internal/impact"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/notice"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/internal/privacy"
	"github.com/digitalfranceschool/passerelle/internal/seal"
	"github.com/digitalfranceschool/passerelle/internal/smtpmail"
	"github.com/digitalfranceschool/passerelle/internal/worker"
)

// options are what differs between serving, the demonstration and a command.
type options struct {
	log      *slog.Logger
	version  string
	demo     bool
	readOnly bool
	beside   bool                     // a server that runs, to leave it a request
	clock    func() time.Time         // nil is the real one
	accounts func() []httpapi.Account // whom the demonstration signs in
}

// features are the rules of the product on one store, without server or
// workers: what commands and the demonstration's making need.
type features struct {
	store        *docstore.Store
	box          *seal.Box
	events       *event.Log
	people       *people.People
	partners     *partner.Partners
	devices      *device.Devices
	donations    *donation.Donations
	applications *application.Applications
	matches      *matching.Matches
	deliveries   *delivery.Deliveries
	figures      *impact.Figures
	privacy      *privacy.Privacy
	places       *place.Gazetteer
	rules        country.Rules
	clock        func() time.Time
}

// product is the features with everything around them.
type product struct {
	*features

	config  Config
	log     *slog.Logger
	api     *httpapi.API
	notices *notice.Notices
	mailbox *notice.Mailbox
	worker  *worker.Worker
	demo    bool
}

// openStore opens the engine that the configuration names.
func openStore(ctx context.Context, c Config, o options) (*docstore.Store, error) {
	if c.MongoDB != "" {
		engine, err := mongodb.Open(ctx, c.MongoDB, c.MongoDatabase, mongodb.Options{Log: o.log})
		if err != nil {
			return nil, err
		}
		return docstore.New(engine), nil
	}
	engine, err := sqlite.Open(ctx, c.Data, sqlite.Options{ReadOnly: o.readOnly, Beside: o.beside})
	if err != nil {
		return nil, err
	}
	return docstore.New(engine), nil
}

// build declares every feature on a store. Nothing is read or written yet.
func build(store *docstore.Store, c Config, o options) (*features, error) {
	clock := o.clock
	if clock == nil {
		clock = time.Now
	}
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	rules, ok := country.Get(c.Country)
	if !ok {
		return nil, fmt.Errorf("PASSERELLE_COUNTRY %q: there are rules for %s", c.Country, strings.Join(country.Codes(), ", "))
	}
	f := &features{store: store, clock: clock, rules: rules}
	if f.places, err = place.Load(); err != nil {
		return nil, err
	}
	if f.box, err = seal.New(store, clock, key); err != nil {
		return nil, err
	}
	f.events = event.New(store, clock)
	f.people = people.New(store, f.box, clock, people.Options{DemoLinks: o.demo})
	f.partners = partner.New(store, clock)
	f.devices = device.New(store, f.partners, clock, device.Options{TwoTechnicians: c.TwoTechnicians})
	f.donations = donation.New(store, f.people, f.partners, f.devices, f.places, f.box, clock, c.beneficiary())
	f.applications = application.New(store, f.people, f.partners, f.places, f.events, f.box, clock)
	f.matches = matching.New(store, f.applications, f.devices, f.partners, f.places, clock)
	f.deliveries = delivery.New(store, f.matches, f.applications, f.devices, f.partners, f.box, clock)
	f.figures = impact.New(store, f.donations, f.partners, clock)
	f.privacy = privacy.New(f.people, f.applications, f.deliveries, clock)
	return f, nil
}

// assemble makes the whole product on the configured store.
func assemble(ctx context.Context, c Config, o options) (*product, error) {
	store, err := openStore(ctx, c, o)
	if err != nil {
		return nil, err
	}
	p, err := wire(ctx, store, c, o)
	if err != nil {
		return nil, errors.Join(err, store.Engine().Close(context.WithoutCancel(ctx)))
	}
	return p, nil
}

func wire(ctx context.Context, store *docstore.Store, c Config, o options) (*product, error) {
	f, err := build(store, c, o)
	if err != nil {
		return nil, err
	}
	p := &product{features: f, config: c, log: o.log, demo: o.demo}
	w, err := words.Load()
	if err != nil {
		return nil, err
	}
	if err := p.wireNotices(w); err != nil {
		return nil, err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if p.worker, err = worker.New(store, f.clock, holder(c), o.log, metrics); err != nil {
		return nil, err
	}
	if err := store.Prepare(ctx); err != nil {
		return nil, err
	}
	if err := p.worker.Migrate(ctx, f.migrations()); err != nil {
		return nil, err
	}
	for _, s := range append(p.notices.Subscribers(), f.applications.Subscriber(), f.deliveries.Subscriber(), f.matches.Subscriber(), f.figures.Subscriber()) {
		f.events.Subscribe(s)
	}
	return p, p.wireAPI(w, metrics, o)
}

// holder names this process in the leases of jobs. A data folder is locked by
// one process, so what comes after a crash is the same holder and goes on at once.
func holder(c Config) string {
	if c.MongoDB == "" {
		return "data folder"
	}
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

func (p *product) wireNotices(w *words.Words) error {
	var sender notice.Sender
	if p.demo {
		p.mailbox = notice.NewMailbox(p.store, p.clock)
		sender = p.mailbox
	} else {
		smtp, err := smtpmail.New(smtpmail.Config{
			Host: p.config.SMTPHost, Port: p.config.SMTPPort, User: p.config.SMTPUser, Password: p.config.SMTPPassword,
			From: p.config.MailFrom, TLS: p.config.SMTPTLS,
		})
		if err != nil {
			return err
		}
		sender = smtp
	}
	base := strings.TrimSuffix(p.config.BaseURL, "/")
	links := func(lang, page string, params ...any) string {
		address, err := frontend.URL(lang, page, params...)
		if err != nil {
			return base
		}
		return base + address
	}
	var err error
	p.notices, err = notice.New(p.store, notice.Told{
		People: p.people, Applications: p.applications, Donations: p.donations, Deliveries: p.deliveries, Partners: p.partners,
	}, w, links, p.config.Contact, sender, p.clock)
	return err
}

func (p *product) wireAPI(w *words.Words, metrics *prometheus.Registry, o options) error {
	site, err := frontend.New(w, p.zone)
	if err != nil {
		return err
	}
	p.api, err = httpapi.New(httpapi.Parts{
		People: p.people, Partners: p.partners, Devices: p.devices, Donations: p.donations, Applications: p.applications,
		Matches: p.matches, Deliveries: p.deliveries, Events: p.events, Figures: p.figures, Privacy: p.privacy, Places: p.places, Mailbox: p.mailbox,
		Site: site, Words: w, Rules: p.rules, Log: p.log, Clock: p.clock, Ready: p.store.Engine().Ping, Metrics: metrics,
		Legal: p.config.legal(), TrustedProxies: p.config.TrustedProxies, Version: o.version, Demo: p.demo, Accounts: o.accounts, Secure: strings.HasPrefix(p.config.BaseURL, "https://"),
	})
	return err
}

// zone is where a territory's clocks stand; of none, the country's.
func (p *product) zone(territory string) *time.Location {
	zone, err := p.partners.Zone(context.Background(), territory)
	if err != nil {
		if zone, err = time.LoadLocation(p.rules.TimeZone); err != nil {
			return time.UTC
		}
	}
	return zone
}

// close ends what runs and frees the store.
func (p *product) close() error {
	p.matches.Close()
	return p.store.Engine().Close(context.Background())
}
