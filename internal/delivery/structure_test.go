package delivery_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// structure adds one to the town, with somebody who acts for it.
func (d *desk) structure(t *testing.T, name, email string) (id string, actor people.Actor) {
	t.Helper()
	s, err := d.Partners.AddPrescriber(t.Context(), system, partner.AddPrescriber{Territory: d.Territory, Name: name, Kind: "association", Commune: "95127"})
	matchingtest.Must(t, err)
	_, err = d.People.AddStaff(t.Context(), system, people.AddStaff{
		Email: email, FirstName: "Ana", LastName: "Roy", Role: people.PrescriberOf, Organisation: s.ID, Territories: []string{d.Territory},
	})
	matchingtest.Must(t, err)
	return s.ID, d.SignIn(t, email)
}

// protected brings a student whose address stays with a structure as far as the
// planned delivery.
func (d *desk) protected(t *testing.T, n int, keeper string) *delivery.Delivery {
	t.Helper()
	ctx := t.Context()
	receipt, err := d.Applications.Submit(ctx, people.Anyone("fr"), application.Submit{
		Postcode: "95000", Commune: "95127", For: "self", FirstName: "Mia", LastName: fmt.Sprintf("Cachée%d", n), BirthDate: "2004-05-06", Level: "higher", Course: "web",
		Equipment: "none", Learners: 1, Means: "rsa", Email: fmt.Sprintf("mia%d@example.org", n), Address: "12 rue Secrète", Agree: true,
		Prescriber: keeper, Confidential: true,
	})
	matchingtest.Must(t, err)
	_, err = d.Applications.Verify(ctx, system, application.Verify{Change: call.Change{ID: receipt.ID}, Eligible: true})
	matchingtest.Must(t, err)
	m, err := d.Matches.Override(ctx, system, matching.Override{Device: d.Device(t), Application: receipt.ID, Reason: "test"})
	matchingtest.Must(t, err)
	_, err = d.Matches.Accept(ctx, system, call.Change{ID: m.ID})
	matchingtest.Must(t, err)
	planned, err := d.deliveries.Plan(ctx, m.ID)
	matchingtest.Must(t, err)
	return planned
}

func TestAnAddressThatStaysWithAStructure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d := settle(t, store)
		ctx := t.Context()
		shelter, keeper := d.structure(t, "Le Refuge", "refuge@example.org")
		_, other := d.structure(t, "Lycée", "lycee@example.org")
		planned := d.protected(t, 1, shelter)

		seen, err := d.Applications.Get(ctx, system, call.One{ID: planned.Application})
		matchingtest.Must(t, err)
		if seen.Address != "" || !seen.Kept {
			t.Errorf("the desk reads the address %q", seen.Address)
		}
		change := call.Change{ID: planned.ID}
		day := d.Now().AddDate(0, 0, 2).Format(time.DateOnly)
		_, err = d.deliveries.BookHome(ctx, system, delivery.BookHome{Change: change, Day: day, From: "10:00", To: "11:00", Address: "12 rue Secrète"})
		if code(err) != "structure_hands_over" {
			t.Errorf("the desk sends a carrier: %v", err)
		}
		_, err = d.deliveries.Book(ctx, system, delivery.Book{Change: change, Slot: d.slots(t, planned.ID)[0].ID})
		if code(err) != "structure_hands_over" {
			t.Errorf("a slot elsewhere: %v", err)
		}
		book := delivery.BookStructure{Change: change, Day: day, From: "10:00", To: "11:00"}
		if _, err = d.deliveries.BookStructure(ctx, other, book); !fault.Is(err, fault.NotFound) {
			t.Errorf("another structure settles the day: %v", err)
		}
		row, err := d.deliveries.BookStructure(ctx, keeper, book)
		matchingtest.Must(t, err)
		if row.State != delivery.Booked || row.Day != day || row.FirstName != "Mia" {
			t.Errorf("booked: %+v", row)
		}
		right := delivery.HandOver{Change: change, Code: d.code(t, planned.ID)}
		for _, stranger := range []people.Actor{other, d.Staff(t, people.Greeter)} {
			if _, err = d.deliveries.HandOver(ctx, stranger, right); !fault.Is(err, fault.NotFound) {
				t.Errorf("somebody else hands over: %v", err)
			}
		}
		d.Wait(48 * time.Hour)
		today, err := d.deliveries.Today(ctx, d.Staff(t, people.Greeter), delivery.Today{})
		matchingtest.Must(t, err)
		if len(today.Items) != 0 {
			t.Errorf("a greeter reads where she is: %+v", today.Items)
		}
		_, err = d.deliveries.HandOver(ctx, keeper, right)
		matchingtest.Must(t, err)
		d.stands(t, planned.ID, delivery.HandedOver, device.Delivered, matching.Fulfilled, application.Fulfilled)
	})
}

func TestAPrescriberListsWhatTheirStructureHandsOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d := settle(t, store)
		ctx := t.Context()
		shelter, keeper := d.structure(t, "Le Refuge", "refuge@example.org")
		_, other := d.structure(t, "Lycée", "lycee@example.org")
		var want []string
		for n := range 3 {
			want = append(want, d.protected(t, n, shelter).ID)
		}
		point, err := d.Partners.AddSite(ctx, system, partner.AddSite{
			Territory: d.Territory, Kind: "pick_up", Name: "Chez nous", Address: "2 rue du Lac", Commune: "95127", Lat: 49.03, Lon: 2.07, Keeper: shelter,
		})
		matchingtest.Must(t, err)
		_, err = d.deliveries.OpenSlots(ctx, system, delivery.OpenSlots{
			Site: point.ID, FromDay: "2026-09-03", ToDay: "2026-09-03", Weekdays: []int{0, 1, 2, 3, 4, 5, 6}, From: "14:00", To: "16:00", Minutes: 60, Capacity: 1,
		})
		matchingtest.Must(t, err)
		d.booked(t) // elsewhere: not theirs
		ours := d.planned(t)
		_, err = d.deliveries.Book(ctx, system, delivery.Book{Change: call.Change{ID: ours.ID}, Slot: "slo_" + point.ID + "_2026-09-03_1400"})
		matchingtest.Must(t, err)
		want = append(want, ours.ID)

		var got []string
		req := delivery.Keeping{List: call.List{Limit: 2}}
		for {
			page, err := d.deliveries.AtStructure(ctx, keeper, req)
			matchingtest.Must(t, err)
			for _, row := range page.Items {
				got = append(got, row.ID)
			}
			if page.Next == "" {
				break
			}
			req.After = page.Next
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("listed %v, want %v", got, want)
		}
		theirs, err := d.deliveries.AtStructure(ctx, other, delivery.Keeping{})
		matchingtest.Must(t, err)
		if len(theirs.Items) != 0 {
			t.Errorf("another structure lists %+v", theirs.Items)
		}
	})
}

func TestAStructureCanBeToldLaterToKeepTheAddress(t *testing.T) {
	d := settle(t, storetest.Open(t))
	ctx := t.Context()
	shelter, keeper := d.structure(t, "Le Refuge", "refuge@example.org")
	id := d.Student(t)
	_, err := d.Applications.AskAttestation(ctx, system, application.AskAttestation{Change: call.Change{ID: id}, Prescriber: shelter})
	matchingtest.Must(t, err)
	app, err := d.Applications.Find(ctx, id)
	matchingtest.Must(t, err)
	if app.Keeper != "" {
		t.Fatal("nobody asked for it yet")
	}
	_, err = d.Applications.Attest(ctx, keeper, application.Attest{Change: call.Change{ID: id}, Checked: []string{"identity"}, Confidential: true})
	matchingtest.Must(t, err)
	if app, err = d.Applications.Find(ctx, id); err != nil || app.Keeper != shelter || app.Address != "" {
		t.Errorf("kept by %q, address %q (%v)", app.Keeper, app.Address, err)
	}
	_, err = d.Applications.Submit(ctx, people.Anyone("fr"), application.Submit{
		Postcode: "95000", Commune: "95127", For: "self", FirstName: "Mia", LastName: "Roy", BirthDate: "2004-05-06", Level: "higher", Course: "web",
		Equipment: "none", Learners: 1, Means: "rsa", Email: "mia@example.org", Agree: true, Confidential: true,
	})
	if known := new(fault.Error); !errors.As(err, &known) || len(known.Fields) != 1 || known.Fields[0].Code != "keeper_required" {
		t.Errorf("kept by nobody: %v", err)
	}
}

func code(err error) string {
	known := new(fault.Error)
	errors.As(err, &known)
	return known.Code
}
