package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Measured is the product on an open store without server and workers, for the
// bench.
type Measured struct {
	API          http.Handler
	People       *people.People
	Partners     *partner.Partners
	Devices      *device.Devices
	Donations    *donation.Donations
	Applications *application.Applications
	Matches      *matching.Matches
	Deliveries   *delivery.Deliveries
}

// Measure wires the product as the server does, with the demonstration's key.
func Measure(ctx context.Context, store *docstore.Store) (Measured, error) {
	config, err := Load()
	if err != nil {
		return Measured{}, err
	}
	config.Key = demoKey
	p, err := wire(ctx, store, config, options{log: slog.New(slog.DiscardHandler), demo: true, clock: time.Now})
	if err != nil {
		return Measured{}, err
	}
	return Measured{
		API: p.api, People: p.people, Partners: p.partners, Devices: p.devices, Donations: p.donations,
		Applications: p.applications, Matches: p.matches, Deliveries: p.deliveries,
	}, nil
}
