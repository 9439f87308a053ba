// Package matchingtest builds a small territory for tests, with the same
// functions that serve people: devices in stock, students who wait.
package matchingtest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
	"github.com/digitalfranceschool/passerelle/internal/place"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// Town is a territory on a store, with its clock in hand.
type Town struct {
	Store        *docstore.Store
	Box          *seal.Box
	Events       *event.Log
	People       *people.People
	Partners     *partner.Partners
	Devices      *device.Devices
	Applications *application.Applications
	Matches      *matching.Matches
	Territory    string
	Places       *place.Gazetteer

	now  atomic.Int64
	made int
	code string // the last sign-in code that was asked for
}

// Start is when the clock of a new town stands.
var start = time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

// Now is the town's clock.
func (w *Town) Now() time.Time { return time.UnixMilli(w.now.Load()).UTC() }

// Wait lets time pass.
func (w *Town) Wait(d time.Duration) { w.now.Add(d.Milliseconds()) }

// Settle builds a territory on an empty store. What more declares is prepared
// with the rest.
func Settle(t testing.TB, store *docstore.Store, more ...func(*Town)) *Town {
	t.Helper()
	w := Open(t, store, start, more...)
	v, err := w.Partners.AddTerritory(context.Background(), people.System(), partner.AddTerritory{
		Country: "FR", Name: "Val d’Oise", Zone: "Europe/Paris", Areas: []string{"95"}, Open: true, OfferDays: 7, Household: 2,
	})
	Must(t, err)
	w.Territory = v.ID
	return w
}

// gazetteer reads the places once for all towns of a test process.
var gazetteer = sync.OnceValues(place.Load) //nolint:gochecknoglobals // a constant, read late

// Open wires the features on a store, as a process does that starts at a time.
func Open(t testing.TB, store *docstore.Store, now time.Time, more ...func(*Town)) *Town {
	t.Helper()
	w := &Town{Store: store}
	w.now.Store(now.UnixMilli())
	var err error
	w.Places, err = gazetteer()
	Must(t, err)
	w.Box, err = seal.New(store, w.Now, []byte(strings.Repeat("k", 32)))
	Must(t, err)
	w.Events = event.New(store, w.Now)
	w.People = people.New(store, w.Box, w.Now, people.Options{})
	w.Events.Subscribe(event.Subscriber{Name: "test", Kinds: []string{"sign_in.asked"}, Handle: func(_ context.Context, e event.Envelope) error {
		w.code = e.Data["code"]
		return nil
	}})
	w.Partners = partner.New(store, w.Now)
	w.Devices = device.New(store, w.Partners, w.Now, device.Options{})
	w.Applications = application.New(store, w.People, w.Partners, w.Places, w.Events, w.Box, w.Now)
	w.Matches = matching.New(store, w.Applications, w.Devices, w.Partners, w.Places, w.Now)
	for _, declare := range more {
		declare(w)
	}
	Must(t, store.Prepare(context.Background()))
	t.Cleanup(w.Matches.Close)
	return w
}

// Must ends the test at an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Relay carries what was told to those who follow it.
func (w *Town) Relay(t testing.TB) {
	t.Helper()
	for {
		carried, err := w.Events.Relay(t.Context())
		Must(t, err)
		done, err := w.Events.Work(t.Context())
		Must(t, err)
		if carried+done == 0 {
			return
		}
	}
}

// SignIn signs a person in with the code that a mail would bring.
func (w *Town) SignIn(t testing.TB, email string) people.Actor {
	t.Helper()
	_, err := w.People.AskCode(t.Context(), people.Anyone("fr"), people.AskCode{Email: email})
	Must(t, err)
	w.Relay(t)
	code, _, _, err := w.People.OpenCode(t.Context(), w.code)
	Must(t, err)
	session, err := w.People.SignIn(t.Context(), people.Anyone("fr"), people.SignIn{Email: email, Code: code})
	Must(t, err)
	actor, err := w.People.Resume(t.Context(), session.Token)
	Must(t, err)
	return actor
}

// Staff signs somebody in who works in the town.
func (w *Town) Staff(t testing.TB, role people.Role) people.Actor {
	t.Helper()
	w.made++
	email := fmt.Sprintf("staff%d@example.org", w.made)
	_, err := w.People.AddStaff(t.Context(), people.System(), people.AddStaff{
		Email: email, FirstName: "Sam", LastName: "Diallo", Role: role, Territories: []string{w.Territory},
	})
	Must(t, err)
	return w.SignIn(t, email)
}

// Device brings one laptop into stock.
func (w *Town) Device(t testing.TB) string {
	t.Helper()
	return w.DeviceFor(t, device.Earmark{})
}

// DeviceFor brings one laptop into stock that is set aside.
func (w *Town) DeviceFor(t testing.TB, earmark device.Earmark) string {
	t.Helper()
	return w.stocked(t, device.Origin{Earmark: earmark})
}

// DeviceOf brings one laptop of a lot into stock.
func (w *Town) DeviceOf(t testing.TB, donation string) string {
	t.Helper()
	return w.stocked(t, device.Origin{Donation: donation})
}

func (w *Town) stocked(t testing.TB, o device.Origin) string {
	t.Helper()
	o.Country, o.Territory, o.Company, o.Lat, o.Lon = "FR", w.Territory, "com_1", 49.03, 2.07
	w.made++
	ctx, system, serial := t.Context(), people.System(), fmt.Sprintf("PF%05d", w.made)
	dev, _, err := w.Devices.Announce(ctx, system, o,
		device.Announced{Serial: serial, Specs: device.Specs{Model: "ThinkPad T480", RAMGB: 8, DiskGB: 256, DiskType: "ssd"}})
	Must(t, err)
	_, err = w.Devices.Receive(ctx, system, dev.ID, device.Receipt{})
	Must(t, err)
	change := call.Change{ID: dev.ID}
	_, err = w.Devices.Audit(ctx, system, device.Audit{
		Change: change, Drives: []device.FoundDrive{{Serial: "WD" + serial, Medium: device.SSD, SizeGB: 256}},
		Specs:  device.Specs{Model: "ThinkPad T480", Category: "laptop", RAMGB: 8, DiskGB: 256, DiskType: "ssd", Webcam: true, Wifi: true},
		Grades: device.Grades{Appearance: "B", Functionality: "A", Battery: "B"},
	})
	Must(t, err)
	_, err = w.Devices.Erase(ctx, system, device.Erase{Change: change, Drive: "WD" + serial, Tool: "hdparm", Method: "ata_sanitize", Verified: true, Status: "erased"})
	Must(t, err)
	_, err = w.Devices.Prepare(ctx, system, device.Prepare{
		Change: change, System: "Linux Mint 22", SupportedUntil: "2031-01-01", Unlocked: true, ChargerSafe: true, BatterySafe: true,
	})
	Must(t, err)
	_, err = w.Devices.Release(ctx, system, device.Note{Change: change})
	Must(t, err)
	return dev.ID
}

// Student makes an eligible application; those made first have waited longest.
func (w *Town) Student(t testing.TB) string {
	t.Helper()
	w.made++
	return w.Asks(t, fmt.Sprintf("Benali %d", w.made), "")
}

// Asks makes an eligible application of somebody by name, in the household of
// another's reference where one is given.
func (w *Town) Asks(t testing.TB, lastName, household string) string {
	t.Helper()
	w.made++
	ctx := t.Context()
	receipt, err := w.Applications.Submit(ctx, people.Anyone("fr"), application.Submit{
		Postcode: "95000", Commune: "95127", For: "self", FirstName: "Lina", LastName: lastName, Household: household,
		BirthDate: "2004-05-14", Level: "higher", Course: "bts", Equipment: "none", Learners: 2, Means: "quotient_400",
		Email: fmt.Sprintf("lina%d@example.org", w.made), Agree: true, Lang: "fr",
	})
	Must(t, err)
	if household != "" {
		_, err = w.Applications.AnswerHousehold(ctx, people.System(), application.AnswerHousehold{Change: call.Change{ID: receipt.ID}, Agree: new(true)})
		Must(t, err)
	}
	_, err = w.Applications.Verify(ctx, people.System(), application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true})
	Must(t, err)
	w.Wait(time.Hour)
	return receipt.ID
}

// Round runs a round to its end.
func (w *Town) Round(t testing.TB) matching.RoundView {
	t.Helper()
	round, err := w.Matches.StartRound(t.Context(), people.System(), matching.StartRound{Territory: w.Territory})
	Must(t, err)
	for round.Ended == nil {
		time.Sleep(2 * time.Millisecond)
		round, err = w.Matches.Round(t.Context(), people.System(), call.One{ID: round.ID})
		Must(t, err)
	}
	if round.State != "done" {
		t.Fatalf("round ended %s: %s", round.State, round.Failure)
	}
	return round
}

// Proposals lists the open proposals, strongest need first.
func (w *Town) Proposals(t testing.TB) []matching.Row {
	t.Helper()
	return w.InState(t, matching.Proposed)
}

// InState lists the matches in a state.
func (w *Town) InState(t testing.TB, state matching.State) []matching.Row {
	t.Helper()
	page, err := w.Matches.List(t.Context(), people.System(), matching.List{State: state, List: call.List{Limit: 200}})
	Must(t, err)
	return page.Items
}

// Clean fails the test where an invariant between matches, devices and
// applications is broken.
func (w *Town) Clean(t testing.TB) {
	t.Helper()
	lifecycletest.Clean(t, w.Now().Add(-2*matching.Grace), w.Matches.Check)
}
