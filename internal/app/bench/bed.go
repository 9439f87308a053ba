package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"strconv"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/app"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// bed is a product on an embedded store in a folder of its own, with a
// territory and applications in it.
type bed struct {
	folder    string
	engine    *recorder
	product   app.Measured
	territory string
	token     string // of a coordinator
	first     string // an application
	filled    int
	devices   int
	number    int // of requests, so that no two are the same person's
	proposals []string
}

// openBed opens the store as the server does, or without waiting for the disk
// while it is filled.
func openBed(ctx context.Context, folder string, unsafe bool) (*bed, error) {
	engine, err := sqlite.Open(ctx, folder, sqlite.Options{Unsafe: unsafe})
	if err != nil {
		return nil, err
	}
	b := &bed{folder: folder, engine: &recorder{Engine: engine}}
	b.product, err = app.Measure(ctx, docstore.New(b.engine))
	return b, err
}

func newBed(ctx context.Context, applications int) (*bed, error) {
	folder, err := os.MkdirTemp("", "passerelle-bench-")
	if err != nil {
		return nil, err
	}
	b, err := openBed(ctx, folder, true)
	if err != nil {
		return nil, err
	}
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	return b, b.fill(ctx, applications)
}

// again opens the store anew, every write waiting for the disk.
func (b *bed) again(ctx context.Context) (*bed, error) {
	if err := b.engine.Close(ctx); err != nil {
		return nil, err
	}
	return b.reopened(ctx, false)
}

// reopened opens the store of a bed that was closed.
func (b *bed) reopened(ctx context.Context, unsafe bool) (*bed, error) {
	next, err := openBed(ctx, b.folder, unsafe)
	if err != nil {
		return nil, err
	}
	next.territory, next.token, next.first, next.filled, next.number, next.devices = b.territory, b.token, b.first, b.filled, b.number, b.devices
	return next, nil
}

func (b *bed) remove(ctx context.Context) {
	if err := b.engine.Close(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := os.RemoveAll(b.folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (b *bed) settle(ctx context.Context) error {
	v, err := b.product.Partners.AddTerritory(ctx, people.System(), partner.AddTerritory{
		Country: "FR", Name: "Val d’Oise", Zone: "Europe/Paris", Areas: []string{"95"}, Open: true, OfferDays: 7, Household: 2,
	})
	if err != nil {
		return err
	}
	b.territory = v.ID
	person, err := b.product.People.AddStaff(ctx, people.System(), people.AddStaff{
		Email: "coordinator@example.org", FirstName: "Inès", LastName: "Faure", Role: people.Coordinator, Territories: []string{v.ID},
	})
	if err != nil {
		return err
	}
	link, err := b.product.People.DemoLink(ctx, person.ID)
	if err != nil {
		return err
	}
	session, err := b.product.People.SignInByLink(ctx, people.Anyone("fr"), people.ByLink{Link: link})
	b.token = session.Token
	return err
}

// communes spreads applications over the territory.
var communes = []string{"95127", "95018", "95585", "95268", "95500", "95252", "95563", "95280"} //nolint:gochecknoglobals // a constant

// perDevice is how many applications there are to a device on its way.
const perDevice = 20

// fill submits and verifies applications until there are as many as wanted; one
// of twenty is given a device, which is on its way.
func (b *bed) fill(ctx context.Context, wanted int) error {
	for ; b.filled < wanted; b.filled++ {
		n := b.filled
		receipt, err := b.product.Applications.Submit(ctx, people.Anyone("fr"), application.Submit{
			Postcode: "95000", Commune: communes[n%len(communes)], For: "self", FirstName: "Lina", LastName: "Benali" + letters(n),
			BirthDate: fmt.Sprintf("20%02d-0%d-1%d", 3+n%4, 1+n%9, n%9), Level: "higher", Course: []string{"bts", "university", "web"}[n%3],
			Equipment: []string{"none", "shared"}[n%2], Learners: 1 + n%4, Means: []string{"quotient_400", "quotient_600", "rsa"}[n%3],
			Email: fmt.Sprintf("family%d@example.org", n), Agree: true, Lang: "fr",
		})
		if err != nil {
			return fmt.Errorf("application %d: %w", n, err)
		}
		if b.first == "" {
			b.first = receipt.ID
		}
		if n%4 == 0 {
			continue
		}
		if _, err := b.product.Applications.Verify(ctx, people.System(), application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true}); err != nil {
			return err
		}
		if n%perDevice == 1 {
			if err := b.give(ctx, receipt.ID); err != nil {
				return fmt.Errorf("application %d: %w", n, err)
			}
		}
	}
	return nil
}

// letters spells a number with letters, as names have no digits.
func letters(n int) string {
	digits := []byte(strconv.Itoa(n))
	for i := range digits {
		digits[i] += 'a' - '0'
	}
	return string(digits)
}

// device brings one laptop into stock.
func (b *bed) device(ctx context.Context) (string, error) {
	b.devices++
	serial, system := fmt.Sprintf("PF%07d", b.devices), people.System()
	dev, _, err := b.product.Devices.Announce(ctx, system,
		device.Origin{Country: "FR", Territory: b.territory, Donation: "don_1", Company: "com_1", Lat: 49.03, Lon: 2.07},
		device.Announced{Serial: serial, Specs: device.Specs{Model: "ThinkPad T480"}})
	if err != nil {
		return "", err
	}
	change := call.Change{ID: dev.ID}
	steps := []func() error{
		func() error { _, err := b.product.Devices.Receive(ctx, system, dev.ID, device.Receipt{}); return err },
		func() error {
			_, err := b.product.Devices.Audit(ctx, system, device.Audit{
				Change: change, Specs: device.Specs{Model: "ThinkPad T480", Category: "laptop", RAMGB: 8, DiskGB: 256, DiskType: "ssd", Webcam: true, Wifi: true},
				Grades: device.Grades{Appearance: "B", Functionality: "A", Battery: "B"},
				Drives: []device.FoundDrive{{Serial: "WD" + serial, Medium: device.SSD, SizeGB: 256}},
			})
			return err
		},
		func() error {
			_, err := b.product.Devices.Erase(ctx, system, device.Erase{Change: change, Drive: "WD" + serial, Tool: "hdparm", Method: "ata_sanitize", Verified: true, Status: "erased"})
			return err
		},
		func() error {
			_, err := b.product.Devices.Prepare(ctx, system, device.Prepare{
				Change: change, System: "Linux Mint 22", SupportedUntil: "2031-01-01", Unlocked: true, ChargerSafe: true, BatterySafe: true,
			})
			return err
		},
		func() error {
			_, err := b.product.Devices.Release(ctx, system, device.Note{Change: change})
			return err
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return "", err
		}
	}
	return dev.ID, nil
}

// ask sends one request of a comparison to the product and gives its answer.
func (b *bed) ask(c comparison) ([]byte, error) {
	b.number++
	body := bytes.ReplaceAll([]byte(c.body), []byte("%d"), []byte(strconv.Itoa(b.number)))
	request := httptest.NewRequestWithContext(context.Background(), c.method, c.path, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.token)
	answer := httptest.NewRecorder()
	b.product.API.ServeHTTP(answer, request)
	text, err := io.ReadAll(answer.Result().Body)
	if err == nil && answer.Code/100 != 2 {
		err = fmt.Errorf("%s answers %d: %s", c.path, answer.Code, text)
	}
	return text, err
}

// give brings a device, offers it to an application, and plans its delivery.
func (b *bed) give(ctx context.Context, app string) error {
	dev, err := b.device(ctx)
	if err != nil {
		return err
	}
	match, err := b.product.Matches.Override(ctx, people.System(), matching.Override{Device: dev, Application: app, Reason: "bench"})
	if err != nil {
		return err
	}
	if _, err := b.product.Matches.Accept(ctx, people.System(), call.Change{ID: match.ID}); err != nil {
		return err
	}
	_, err = b.product.Deliveries.Plan(ctx, match.ID)
	return err
}

// propose brings as many devices as will be approved, and lets a round propose
// them.
func (b *bed) propose(ctx context.Context) error {
	for range repetitions {
		if _, err := b.device(ctx); err != nil {
			return err
		}
	}
	round, err := b.product.Matches.StartRound(ctx, people.System(), matching.StartRound{Territory: b.territory})
	for err == nil && round.Ended == nil {
		time.Sleep(10 * time.Millisecond)
		round, err = b.product.Matches.Round(ctx, people.System(), call.One{ID: round.ID})
	}
	if err != nil {
		return err
	}
	page, err := b.product.Matches.List(ctx, people.System(), matching.List{State: matching.Proposed, List: call.List{Limit: repetitions}})
	if err == nil && len(page.Items) < repetitions {
		err = fmt.Errorf("the round ended %s %s and proposed %d of %d", round.State, round.Failure, len(page.Items), repetitions)
	}
	b.proposals = nil
	for _, row := range page.Items {
		b.proposals = append(b.proposals, row.ID)
	}
	return err
}
