package delivery_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

var system = people.System() //nolint:gochecknoglobals // a constant

// desk is a town whose accepted matches are delivered.
type desk struct {
	*matchingtest.Town

	deliveries *delivery.Deliveries
	site       string
}

// settle builds a town with a pick-up point open every day for three weeks, one
// family at a time.
func settle(t *testing.T, store *docstore.Store) *desk {
	t.Helper()
	d := &desk{}
	d.Town = matchingtest.Settle(t, store, func(w *matchingtest.Town) {
		d.deliveries = delivery.New(store, w.Matches, w.Applications, w.Devices, w.Partners, w.Box, w.Now)
		w.Events.Subscribe(d.deliveries.Subscriber())
		w.Events.Subscribe(w.Applications.Subscriber())
	})
	site, err := d.Partners.AddSite(t.Context(), system, partner.AddSite{
		Territory: d.Territory, Kind: "pick_up", Name: "Point relais", Address: "1 rue du Lac", Commune: "95127", Lat: 49.03, Lon: 2.07,
	})
	matchingtest.Must(t, err)
	d.site = site.ID
	opened, err := d.deliveries.OpenSlots(t.Context(), system, delivery.OpenSlots{
		Site: d.site, FromDay: "2026-09-01", ToDay: "2026-09-30", Weekdays: []int{0, 1, 2, 3, 4, 5, 6}, From: "14:00", To: "16:00", Minutes: 60, Capacity: 1,
	})
	matchingtest.Must(t, err)
	if opened.Made != 60 {
		t.Fatalf("%d windows opened", opened.Made)
	}
	return d
}

// planned brings one student a device as far as the planned delivery.
func (d *desk) planned(t *testing.T) delivery.View {
	t.Helper()
	dev, app := d.Device(t), d.Student(t)
	match, err := d.Matches.Override(t.Context(), system, matching.Override{Device: dev, Application: app, Reason: "test"})
	matchingtest.Must(t, err)
	_, err = d.Matches.Accept(t.Context(), system, call.Change{ID: match.ID})
	matchingtest.Must(t, err)
	d.Relay(t)
	v, err := d.deliveries.OfMatch(t.Context(), system, match.ID)
	matchingtest.Must(t, err)
	return v
}

func (d *desk) slots(t *testing.T, id string) []delivery.SlotView {
	t.Helper()
	choices, err := d.deliveries.Choices(t.Context(), system, call.One{ID: id})
	matchingtest.Must(t, err)
	return choices.Sites[0].Slots
}

// booked is planned with an appointment.
func (d *desk) booked(t *testing.T) delivery.View {
	t.Helper()
	v := d.planned(t)
	v, err := d.deliveries.Book(t.Context(), system, delivery.Book{Change: call.Change{ID: v.ID}, Slot: d.slots(t, v.ID)[0].ID})
	matchingtest.Must(t, err)
	return v
}

func (d *desk) code(t *testing.T, id string) string {
	t.Helper()
	code, err := d.deliveries.CodeOf(t.Context(), system, id)
	matchingtest.Must(t, err)
	return code
}

func (d *desk) handOver(t *testing.T, id string) {
	t.Helper()
	_, err := d.deliveries.HandOver(t.Context(), system, delivery.HandOver{Change: call.Change{ID: id}, Code: d.code(t, id)})
	matchingtest.Must(t, err)
}

// stands compares the delivery, its device, its match and its application, now
// and after all that was told has been carried.
func (d *desk) stands(t *testing.T, id string, want delivery.State, dev device.State, match matching.State, app application.State) {
	t.Helper()
	for _, when := range []string{"at once", "once carried"} {
		v, err := d.deliveries.Get(t.Context(), system, call.One{ID: id})
		matchingtest.Must(t, err)
		device, err := d.Devices.Find(t.Context(), v.Device)
		matchingtest.Must(t, err)
		m, err := d.Matches.Find(t.Context(), v.Match)
		matchingtest.Must(t, err)
		a, err := d.Applications.Find(t.Context(), v.Application)
		matchingtest.Must(t, err)
		if v.State != want || device.State != dev || m.State != match || a.State != app {
			t.Errorf("%s: delivery %s, device %s, match %s, application %s; want %s, %s, %s, %s", when, v.State, device.State, m.State, a.State, want, dev, match, app)
		}
		d.Relay(t)
	}
	d.Wait(time.Minute)
	d.clean(t)
}

func (d *desk) clean(t *testing.T) {
	t.Helper()
	d.Clean(t)
	lifecycletest.Clean(t, d.Now().Add(-2*matching.Grace), d.deliveries.Check)
}

func TestTheWayOfADevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d, ctx := settle(t, store), t.Context()
		v := d.booked(t)
		d.stands(t, v.ID, delivery.Booked, device.Allocated, matching.Accepted, application.Accepted)
		_, err := d.deliveries.Dispatch(ctx, system, delivery.Dispatch{Change: call.Change{ID: v.ID}, Carrier: "Relais à vélo"})
		matchingtest.Must(t, err)
		d.stands(t, v.ID, delivery.Dispatched, device.Dispatched, matching.Accepted, application.Accepted)
		d.handOver(t, v.ID)
		d.stands(t, v.ID, delivery.HandedOver, device.Delivered, matching.Fulfilled, application.Fulfilled)
		for range 2 {
			_, err = d.deliveries.Confirm(ctx, system, call.Change{ID: v.ID})
			matchingtest.Must(t, err)
		}
		d.stands(t, v.ID, delivery.Confirmed, device.Delivered, matching.Fulfilled, application.Fulfilled)
		_, err = d.deliveries.Return(ctx, system, delivery.After{Change: call.Change{ID: v.ID}, Reason: "battery"})
		matchingtest.Must(t, err)
		d.stands(t, v.ID, delivery.Returned, device.Audited, matching.Fulfilled, application.Fulfilled)
	})
}

// TestSixteenFamiliesOneWindow: the last place is given once.
func TestSixteenFamiliesOneWindow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d := settle(t, store)
		var ids []string
		for range 6 {
			ids = append(ids, d.planned(t).ID)
		}
		slot := d.slots(t, ids[0])[0].ID
		var families sync.WaitGroup
		won := make(chan string, 64)
		for i := range 24 {
			families.Go(func() {
				v, err := d.deliveries.Book(t.Context(), system, delivery.Book{Change: call.Change{ID: ids[i%len(ids)]}, Slot: slot})
				switch {
				case err == nil:
					won <- v.ID
				case !fault.Is(err, fault.Conflict):
					t.Error(err)
				}
			})
		}
		families.Wait()
		close(won)
		winners := map[string]bool{}
		for id := range won {
			winners[id] = true
		}
		if len(winners) != 1 {
			t.Errorf("%d families have the one place", len(winners))
		}
		d.clean(t)
	})
}

func TestTheBoardOfWhatComes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d, ctx := settle(t, store), t.Context()
		v := d.booked(t)
		_, err := d.deliveries.Dispatch(ctx, system, delivery.Dispatch{Change: call.Change{ID: v.ID}, Carrier: "Relais à vélo"})
		matchingtest.Must(t, err)
		booked := d.booked(t)
		d.planned(t)
		board, err := d.deliveries.Board(ctx, system, delivery.Board{State: "coming", Site: d.site})
		matchingtest.Must(t, err)
		if len(board.Items) != 2 || board.Items[0].FirstName == "" {
			t.Fatalf("what comes at the place: %+v", board.Items)
		}
		other, err := d.deliveries.Board(ctx, system, delivery.Board{State: "coming", Site: "sit_other"})
		matchingtest.Must(t, err)
		if len(other.Items) != 0 {
			t.Errorf("another place shows %d", len(other.Items))
		}
		got, err := d.deliveries.Get(ctx, system, call.One{ID: booked.ID})
		matchingtest.Must(t, err)
		if len(got.History) != 2 || got.History[1].To != delivery.Booked {
			t.Errorf("its history: %+v", got.History)
		}
	})
}

func TestWindowsThatRunIntoOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d := settle(t, store)
		open := delivery.OpenSlots{
			Site: d.site, FromDay: "2026-09-01", ToDay: "2026-09-30", Weekdays: []int{2}, From: "14:00", To: "16:00", Minutes: 60, Capacity: 1,
		}
		again, err := d.deliveries.OpenSlots(t.Context(), system, open)
		matchingtest.Must(t, err)
		if again.Made != 0 {
			t.Errorf("the same windows were opened again: %d", again.Made)
		}
		open.From, open.To = "15:30", "17:30"
		_, err = d.deliveries.OpenSlots(t.Context(), system, open)
		var known *fault.Error
		if !errors.As(err, &known) || len(known.Fields) != 1 || known.Fields[0].Code != "slots_overlap" {
			t.Errorf("windows that run into others: %v", err)
		}
		open.From, open.To = "16:00", "18:00"
		next, err := d.deliveries.OpenSlots(t.Context(), system, open)
		matchingtest.Must(t, err)
		if next.Made == 0 {
			t.Error("windows after others were not opened")
		}
	})
}

func TestAnotherWindowFreesTheFirst(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	first := v.Day + v.From
	v, err := d.deliveries.Book(ctx, system, delivery.Book{Change: call.Change{ID: v.ID}, Slot: d.slots(t, v.ID)[0].ID})
	matchingtest.Must(t, err)
	if v.Day+v.From == first {
		t.Fatal("a full window was offered")
	}
	v, err = d.deliveries.Unbook(ctx, system, call.Change{ID: v.ID})
	matchingtest.Must(t, err)
	if v.State != delivery.Planned || v.Day != "" {
		t.Errorf("after unbooking: %+v", v)
	}
	if free := d.slots(t, v.ID); free[0].Day+free[0].From != first || free[0].Free != 1 {
		t.Errorf("the first window is not free again: %+v", free[0])
	}
}

func TestWrongCodesLockAndANewCodeOpens(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	old := d.code(t, v.ID)
	try := func(code string) error {
		_, err := d.deliveries.HandOver(ctx, system, delivery.HandOver{Change: call.Change{ID: v.ID}, Code: code})
		return err
	}
	wrong := "000000"
	if old == wrong {
		wrong = "000001"
	}
	for range 5 {
		if err := try(wrong); !fault.Is(err, fault.Invalid) {
			t.Fatalf("a wrong code: %v", err)
		}
	}
	if err := try(old); !fault.Is(err, fault.Conflict) {
		t.Errorf("the sixth try was taken: %v", err)
	}
	_, err := d.deliveries.RenewCode(ctx, system, call.Change{ID: v.ID})
	matchingtest.Must(t, err)
	if fresh := d.code(t, v.ID); fresh == old {
		t.Skip("one in a million: the new code is the old one")
	}
	if err := try(old); !fault.Is(err, fault.Invalid) {
		t.Errorf("the old code still opens: %v", err)
	}
	d.handOver(t, v.ID)
	d.stands(t, v.ID, delivery.HandedOver, device.Delivered, matching.Fulfilled, application.Fulfilled)
}

// TestASwapAtTheHandOver gives another device in one scan; the delivery goes on
// whatever is carried between.
func TestASwapAtTheHandOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d, ctx := settle(t, store), t.Context()
		v := d.booked(t)
		planned := v.Device
		other, err := d.Devices.Find(ctx, d.Device(t))
		matchingtest.Must(t, err)
		_, err = d.deliveries.HandOver(ctx, system, delivery.HandOver{Change: call.Change{ID: v.ID}, Code: d.code(t, v.ID), Device: other.Label})
		matchingtest.Must(t, err)
		d.stands(t, v.ID, delivery.HandedOver, device.Delivered, matching.Fulfilled, application.Fulfilled)
		swapped, err := d.deliveries.Get(ctx, system, call.One{ID: v.ID})
		matchingtest.Must(t, err)
		if swapped.Device != other.ID || swapped.Match == v.Match {
			t.Errorf("after the swap: %+v", swapped)
		}
		again, err := d.deliveries.OfMatch(ctx, system, swapped.Match)
		if err != nil || again.ID != v.ID {
			t.Errorf("the new match leads to %s: %v", again.ID, err)
		}
		left, err := d.Devices.Find(ctx, planned)
		matchingtest.Must(t, err)
		if left.State != device.Audited {
			t.Errorf("the device left behind is %s: nobody looked at it again", left.State)
		}
	})
}

// TestASwapCutShort: the match was swapped, then the process died before the
// delivery knew. It goes on with the new device.
func TestASwapCutShort(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	other := d.Device(t)
	_, err := d.Matches.Swap(ctx, system, v.Match, other)
	matchingtest.Must(t, err)
	d.Relay(t)
	d.stands(t, v.ID, delivery.Booked, device.Allocated, matching.Accepted, application.Accepted)
	d.handOver(t, v.ID)
	d.stands(t, v.ID, delivery.HandedOver, device.Delivered, matching.Fulfilled, application.Fulfilled)
	swapped, err := d.deliveries.Get(ctx, system, call.One{ID: v.ID})
	if err != nil || swapped.Device != other {
		t.Errorf("handed over %s instead of %s: %v", swapped.Device, other, err)
	}
}

func TestADeviceOfAnotherTerritoryIsNotGiven(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	home := d.Territory
	far, err := d.Partners.AddTerritory(ctx, system, partner.AddTerritory{
		Country: "FR", Name: "Essonne", Zone: "Europe/Paris", Areas: []string{"91"}, Open: true, OfferDays: 7, Household: 2,
	})
	matchingtest.Must(t, err)
	d.Territory = far.ID
	foreign := d.Device(t)
	d.Territory = home
	_, err = d.deliveries.HandOver(ctx, system, delivery.HandOver{Change: call.Change{ID: v.ID}, Code: d.code(t, v.ID), Device: foreign})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("a device of another territory changed hands: %v", err)
	}
	d.stands(t, v.ID, delivery.Booked, device.Allocated, matching.Accepted, application.Accepted)
}

// TestNobodyCame: after one no-show the device waits, after a second it is free
// and the place is kept.
func TestNobodyCame(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	fail := func(reason string) {
		t.Helper()
		_, err := d.deliveries.Fail(ctx, system, delivery.Fail{Change: call.Change{ID: v.ID}, Reason: reason})
		matchingtest.Must(t, err)
	}
	fail("no_show")
	d.stands(t, v.ID, delivery.Planned, device.Allocated, matching.Accepted, application.Accepted)
	_, err := d.deliveries.Book(ctx, system, delivery.Book{Change: call.Change{ID: v.ID}, Slot: d.slots(t, v.ID)[0].ID})
	matchingtest.Must(t, err)
	fail("no_show")
	d.stands(t, v.ID, delivery.Ended, device.Available, matching.Released, application.Eligible)
}

// TestNoLongerNeeded: who gives the device up frees it and the window at once.
func TestNoLongerNeeded(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.planned(t)
	slot := d.slots(t, v.ID)[0]
	_, err := d.deliveries.Book(ctx, system, delivery.Book{Change: call.Change{ID: v.ID}, Slot: slot.ID})
	matchingtest.Must(t, err)
	_, err = d.deliveries.GiveUp(ctx, system, call.Change{ID: v.ID})
	matchingtest.Must(t, err)
	d.stands(t, v.ID, delivery.Ended, device.Available, matching.Released, application.Eligible)
	if again := d.slots(t, v.ID)[0]; again.ID != slot.ID {
		t.Errorf("the window %s stays taken: first free is %s", slot.ID, again.ID)
	}
}

// TestTheNearestPointComesFirst: a family sees first where it goes on foot.
func TestTheNearestPointComesFirst(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.planned(t)
	app, err := d.Applications.Find(ctx, v.Application)
	matchingtest.Must(t, err)
	near, err := d.Partners.AddSite(ctx, system, partner.AddSite{
		Create: call.Create{Key: "near"}, Territory: d.Territory, Kind: "pick_up", Name: "À côté", Address: "1 rue", Commune: app.Commune, Lat: app.Lat, Lon: app.Lon,
	})
	matchingtest.Must(t, err)
	_, err = d.Partners.AddSite(ctx, system, partner.AddSite{
		Create: call.Create{Key: "far"}, Territory: d.Territory, Kind: "pick_up", Name: "Au loin", Address: "1 rue", Commune: app.Commune, Lat: app.Lat + 1, Lon: app.Lon,
	})
	matchingtest.Must(t, err)
	choices, err := d.deliveries.Choices(ctx, system, call.One{ID: v.ID})
	matchingtest.Must(t, err)
	if choices.Sites[0].Site.ID != near.ID || choices.Sites[0].KM != 0 || choices.Sites[2].Site.Name != "Au loin" || choices.Sites[2].KM < 100 {
		t.Errorf("%+v", choices.Sites)
	}
}

// TestWhatComesBackFromTheRoadIsCheckedAgain: a dispatched device that the
// family refused goes over the bench.
func TestWhatComesBackFromTheRoadIsCheckedAgain(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	_, err := d.deliveries.Dispatch(ctx, system, delivery.Dispatch{Change: call.Change{ID: v.ID}})
	matchingtest.Must(t, err)
	_, err = d.deliveries.Fail(ctx, system, delivery.Fail{Change: call.Change{ID: v.ID}, Reason: "refused"})
	matchingtest.Must(t, err)
	d.stands(t, v.ID, delivery.Ended, device.Audited, matching.Released, application.Eligible)
}

func TestADeviceLostOnItsWay(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	_, err := d.deliveries.Dispatch(ctx, system, delivery.Dispatch{Change: call.Change{ID: v.ID}})
	matchingtest.Must(t, err)
	_, err = d.deliveries.Lost(ctx, system, delivery.After{Change: call.Change{ID: v.ID}, Reason: "colis perdu"})
	matchingtest.Must(t, err)
	d.stands(t, v.ID, delivery.Lost, device.Lost, matching.Released, application.Eligible)
}

// TestTimeDoesItsPart: a place kept in vain is given up, a hand-over nobody
// confirmed is closed, tomorrow's appointment is reminded of once.
func TestTimeDoesItsPart(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	kept, met := d.planned(t), d.booked(t)
	d.Wait(18 * time.Hour)
	for range 2 {
		matchingtest.Must(t, d.deliveries.Sweep(ctx))
	}
	d.Relay(t)
	history, err := d.Events.History(ctx, met.ID, call.List{Limit: 50})
	matchingtest.Must(t, err)
	reminded := 0
	for _, line := range history.Items {
		if line.Kind == "delivery.reminded" {
			reminded++
		}
	}
	if reminded != 1 {
		t.Errorf("reminded %d times", reminded)
	}
	d.handOver(t, met.ID)
	d.Wait(15 * 24 * time.Hour)
	matchingtest.Must(t, d.deliveries.Sweep(ctx))
	d.stands(t, met.ID, delivery.ClosedUnconfirmed, device.Delivered, matching.Fulfilled, application.Fulfilled)
	d.stands(t, kept.ID, delivery.Ended, device.Available, matching.Released, application.Eligible)
}

// TestEveryPairOfStates walks the life cycle.
func TestEveryPairOfStates(t *testing.T) {
	lifecycletest.Walk(t, delivery.Steps, `
planned → booked ended
booked → planned dispatched handed_over failed ended
dispatched → handed_over failed lost
handed_over → confirmed closed_unconfirmed returned lost
confirmed → returned lost
closed_unconfirmed → confirmed returned lost
failed → planned ended lost
`)
}

// TestOneEndWhoeverRaces lets a coordinator release the match while one greeter
// types the code, another gives a second device, and a third notes that nobody
// came: whatever is answered, all ends in one way and nothing is left over.
func TestOneEndWhoeverRaces(t *testing.T) {
	for range 12 {
		d, ctx := settle(t, storetest.Open(t)), t.Context()
		v := d.booked(t)
		code, change, other := d.code(t, v.ID), call.Change{ID: v.ID}, d.Device(t)
		var released, handed, swapped, missed error
		var all sync.WaitGroup
		all.Go(func() {
			_, released = d.Matches.Release(ctx, system, matching.Release{Change: call.Change{ID: v.Match}, Reason: "déménagé"})
		})
		all.Go(func() {
			_, handed = d.deliveries.HandOver(ctx, system, delivery.HandOver{Change: change, Code: code})
		})
		all.Go(func() {
			_, swapped = d.deliveries.HandOver(ctx, system, delivery.HandOver{Change: change, Code: code, Device: other})
		})
		all.Go(func() {
			_, missed = d.deliveries.Fail(ctx, system, delivery.Fail{Change: change, Reason: "no_show"})
		})
		all.Wait()
		d.Relay(t)
		d.recovered(t)
		ended, err := d.deliveries.Get(ctx, system, call.One{ID: v.ID})
		matchingtest.Must(t, err)
		told := fmt.Sprintf("released: %v, handed over: %v, swapped: %v, missed: %v", released, handed, swapped, missed)
		switch ended.State {
		case delivery.HandedOver:
			d.stands(t, v.ID, delivery.HandedOver, device.Delivered, matching.Fulfilled, application.Fulfilled)
		case delivery.Ended:
			if handed == nil || swapped == nil {
				t.Fatalf("somebody was told that it is handed over, and it ended: %s", told)
			}
			if released != nil {
				t.Fatalf("ended without a release: %s", told)
			}
		case delivery.Planned:
			if missed != nil || handed == nil || swapped == nil || released == nil {
				t.Fatalf("planned again: %s", told)
			}
			d.stands(t, v.ID, delivery.Planned, device.Allocated, matching.Accepted, application.Accepted)
		default:
			t.Fatalf("%s: %s", ended.State, told)
		}
		if t.Failed() {
			t.Fatal(told)
		}
		d.Wait(time.Minute)
		d.clean(t)
	}
}

// recovered runs recovery as the job would once all requests are long over.
func (d *desk) recovered(t *testing.T) {
	t.Helper()
	d.Wait(time.Minute)
	for range 2 {
		_, err := d.Matches.Recover(t.Context(), d.Now().Add(-matching.Grace))
		matchingtest.Must(t, err)
		_, err = d.deliveries.Recover(t.Context(), d.Now().Add(-matching.Grace))
		matchingtest.Must(t, err)
		d.Relay(t)
	}
}

// TestAPlaceLeftOver: a request that dies before any of its writes leaves a note
// of the slots that it touched; recovery frees the place that nobody names.
func TestAPlaceLeftOver(t *testing.T) {
	for name, act := range map[string]func(*desk, delivery.View, string) error{
		"book again": func(d *desk, v delivery.View, slot string) error {
			_, err := d.deliveries.Book(t.Context(), system, delivery.Book{Change: call.Change{ID: v.ID}, Slot: slot})
			return err
		},
		"unbook": func(d *desk, v delivery.View, _ string) error {
			_, err := d.deliveries.Unbook(t.Context(), system, call.Change{ID: v.ID})
			return err
		},
		"nobody came": func(d *desk, v delivery.View, _ string) error {
			_, err := d.deliveries.Fail(t.Context(), system, delivery.Fail{Change: call.Change{ID: v.ID}, Reason: "no_show"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for n := int64(0); ; n++ {
				engine := &storetest.Dying{Engine: storetest.Open(t).Engine()}
				engine.Left.Store(-1)
				d := settle(t, docstore.New(engine))
				v := d.booked(t)
				slot := d.slots(t, v.ID)[0].ID
				engine.Left.Store(n)
				err := act(d, v, slot)
				engine.Left.Store(-1)
				if err != nil && !errors.Is(err, storetest.ErrDied) {
					t.Fatal(err)
				}
				d.recovered(t)
				d.clean(t)
				if left, _ := d.deliveries.Recover(t.Context(), d.Now()); left != 0 {
					t.Errorf("before write %d: %d left over after recovery", n, left)
				}
				if err == nil {
					if n < 3 {
						t.Errorf("it died at %d writes only", n)
					}
					return
				}
			}
		})
	}
}

// TestGoneAfterTheHandOver: a device is lost once its family said so, and the
// desk's words about it stand sealed, nowhere else.
func TestGoneAfterTheHandOver(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	d.handOver(t, v.ID)
	gone := delivery.After{Change: call.Change{ID: v.ID}, Reason: "volé dans le bus, vu avec Inès"}
	if _, err := d.deliveries.Lost(ctx, system, gone); !fault.Is(err, fault.Conflict) {
		t.Fatalf("lost without a word of the family: %v", err)
	}
	_, err := d.deliveries.Report(ctx, system, delivery.Problem{Change: call.Change{ID: v.ID}, Problem: "stolen"})
	matchingtest.Must(t, err)
	lost, err := d.deliveries.Lost(ctx, system, gone)
	matchingtest.Must(t, err)
	if lost.Reason != gone.Reason {
		t.Errorf("the desk reads %q", lost.Reason)
	}
	d.stands(t, v.ID, delivery.Lost, device.Lost, matching.Fulfilled, application.Fulfilled)
	stored, err := d.deliveries.Find(ctx, v.ID)
	matchingtest.Must(t, err)
	text, err := json.Marshal(stored)
	matchingtest.Must(t, err)
	history, err := d.Events.History(ctx, v.ID, call.List{Limit: 50})
	matchingtest.Must(t, err)
	if strings.Contains(string(text)+fmt.Sprint(history), "Inès") {
		t.Error("the reason stands in clear")
	}
}

// TestTheBoardKeepsToAllThatIsAsked: day, place and state narrow together.
func TestTheBoardKeepsToAllThatIsAsked(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	met, coming := d.booked(t), d.booked(t)
	d.handOver(t, met.ID)
	d.planned(t)
	for _, c := range []struct {
		ask  delivery.Board
		want int
	}{
		{delivery.Board{}, 1},
		{delivery.Board{Day: met.Day}, 2},
		{delivery.Board{Day: met.Day, State: delivery.Booked}, 1},
		{delivery.Board{Site: d.site}, 2},
		{delivery.Board{Site: d.site, State: delivery.HandedOver}, 1},
		{delivery.Board{Site: d.site, Day: coming.Day, State: delivery.Booked}, 1},
		{delivery.Board{Site: "sit_other"}, 0},
	} {
		page, err := d.deliveries.Board(ctx, system, c.ask)
		if err != nil || len(page.Items) != c.want {
			t.Errorf("%+v lists %d deliveries, not %d: %v", c.ask, len(page.Items), c.want, err)
		}
	}
}

// TestReleasedOnItsWay: what has left the stock goes back to the bench, and the
// delivery does not stand on.
func TestReleasedOnItsWay(t *testing.T) {
	d, ctx := settle(t, storetest.Open(t)), t.Context()
	v := d.booked(t)
	_, err := d.deliveries.Dispatch(ctx, system, delivery.Dispatch{Change: call.Change{ID: v.ID}})
	matchingtest.Must(t, err)
	_, err = d.Matches.Release(ctx, system, matching.Release{Change: call.Change{ID: v.Match}, Reason: "déménagé"})
	matchingtest.Must(t, err)
	d.Relay(t)
	d.stands(t, v.ID, delivery.Ended, device.Audited, matching.Released, application.Eligible)
}

// TestBroughtToAnAddress: where the territory offers it a family asks, the desk
// plans the day, the place in a slot is freed, and the code hands it over.
func TestBroughtToAnAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		d, ctx := settle(t, store), t.Context()
		v := d.planned(t)
		ask := delivery.AskHome{Change: call.Change{ID: v.ID}, Address: "3 rue des Lilas, Cergy"}
		if _, err := d.deliveries.AskHome(ctx, system, ask); !fault.Is(err, fault.Conflict) {
			t.Errorf("asked where it is not offered: %v", err)
		}
		_, err := d.Partners.SetHome(ctx, system, partner.SetHome{Change: call.Change{ID: d.Territory}, Home: new(true)})
		matchingtest.Must(t, err)
		if _, err := d.deliveries.AskHome(ctx, d.Staff(t, people.Greeter), ask); err == nil {
			t.Error("somebody else gives the address")
		}
		_, err = d.deliveries.AskHome(ctx, system, ask)
		matchingtest.Must(t, err)
		plan := delivery.BookHome{Change: call.Change{ID: v.ID}, Day: "2020-01-01", From: "14:00", To: "17:00"}
		if _, err := d.deliveries.BookHome(ctx, system, plan); !fault.Is(err, fault.Invalid) {
			t.Errorf("a day that is past: %v", err)
		}
		plan.Day = d.Now().AddDate(0, 0, 3).Format(time.DateOnly)
		booked, err := d.deliveries.BookHome(ctx, system, plan)
		matchingtest.Must(t, err)
		if booked.Way != "home" || booked.Address != ask.Address || booked.Day != plan.Day {
			t.Errorf("%+v", booked)
		}
		_, err = d.deliveries.Dispatch(ctx, system, delivery.Dispatch{Change: call.Change{ID: v.ID}, Carrier: "bénévole"})
		matchingtest.Must(t, err)
		d.handOver(t, v.ID)
		d.stands(t, v.ID, delivery.HandedOver, device.Delivered, matching.Fulfilled, application.Fulfilled)
	})
}
