package matching_test

import (
	"errors"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// constrain makes a constraint that must hold.
func constrain(t *testing.T, w *matchingtest.Town, actor people.Actor, req matching.Constrain) matching.ConstraintView {
	t.Helper()
	req.Reason = "accord avec le lycée"
	c, err := w.Matches.Constrain(t.Context(), actor, req)
	matchingtest.Must(t, err)
	return c
}

// field is what an error names: "device device_locked", or its code.
func field(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && len(f.Fields) > 0 {
		return f.Fields[0].Path + " " + f.Fields[0].Code
	}
	return code(err)
}

// attested has a structure attest an application.
func attested(t *testing.T, w *matchingtest.Town, app string) string {
	t.Helper()
	structure, err := w.Partners.AddPrescriber(t.Context(), system, partner.AddPrescriber{Territory: w.Territory, Name: "Mission locale", Kind: "association", Commune: "95127"})
	matchingtest.Must(t, err)
	change := call.Change{ID: app}
	_, err = w.Applications.AskAttestation(t.Context(), system, application.AskAttestation{Change: change, Prescriber: structure.ID})
	matchingtest.Must(t, err)
	_, err = w.Applications.Attest(t.Context(), system, application.Attest{Change: change, Checked: []string{"equipment"}})
	matchingtest.Must(t, err)
	return structure.ID
}

func TestALockedPairIsProposedAndItsCostShown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := matchingtest.Settle(t, store)
		dev := w.Device(t)
		first := w.Student(t)
		w.Wait(200 * 24 * time.Hour)
		second := w.Student(t)
		desk := w.Staff(t, people.Coordinator)
		lock := constrain(t, w, desk, matching.Constrain{Kind: "lock", Device: dev, Application: second})
		round := w.Round(t)
		rows := w.Proposals(t)
		if len(rows) != 1 || rows[0].Application != second || rows[0].LockedBy != desk.Person {
			t.Fatalf("proposed: %+v", rows)
		}
		if len(round.Constraints) != 1 || round.Constraints[0].Constraint != lock.ID || round.Constraints[0].Cost == nil || !round.Certified {
			t.Fatalf("round: %+v", round.Constraints)
		}
		if cost := round.Constraints[0].Cost; cost.Served != 0 || cost.Score <= 0 {
			t.Errorf("a longer wait would count more: %+v", cost)
		}
		again, err := w.Matches.Replay(t.Context(), system, call.One{ID: round.ID})
		matchingtest.Must(t, err)
		if again.Score != round.Score {
			t.Errorf("again %d, was %d", again.Score, round.Score)
		}
		if lock.Reason != "accord avec le lycée" {
			t.Errorf("reason %q", lock.Reason)
		}
		_, err = w.Matches.LiftConstraint(t.Context(), desk, call.Change{ID: lock.ID})
		matchingtest.Must(t, err)
		_, err = w.Matches.Reject(t.Context(), system, matching.Reject{Change: call.Change{ID: rows[0].ID}, Reason: "non"})
		matchingtest.Must(t, err)
		w.Round(t)
		if rows := w.Proposals(t); len(rows) != 1 || rows[0].Application != first || rows[0].LockedBy != "" {
			t.Errorf("after it was lifted: %+v", rows)
		}
		w.Clean(t)
	})
}

func TestAForbiddenPairIsNotProposedOfferedOrApproved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 1, 2)
		w.Round(t)
		row := w.Proposals(t)[0]
		forbid := constrain(t, w, system, matching.Constrain{Kind: "forbid", Device: row.Device, Application: row.Application})
		if rows := w.Proposals(t); len(rows) != 0 {
			t.Errorf("still proposed: %+v", rows)
		}
		override := matching.Override{Device: row.Device, Application: row.Application, Reason: "oui"}
		if _, err := w.Matches.Override(t.Context(), system, override); code(err) != "pair_forbidden" {
			t.Errorf("override: %v", err)
		}
		w.Round(t)
		if rows := w.Proposals(t); len(rows) != 1 || rows[0].Application == row.Application {
			t.Errorf("proposed: %+v", rows)
		}
		_, err := w.Matches.LiftConstraint(t.Context(), system, call.Change{ID: forbid.ID})
		matchingtest.Must(t, err)
		_, err = w.Matches.Override(t.Context(), system, override)
		matchingtest.Must(t, err)
		w.Clean(t)
	})
}

// TestAReserveIsOneDeviceInTwenty is refused with fewer in stock, and for a
// second of twenty.
func TestAReserveIsOneDeviceInTwenty(t *testing.T) {
	w := town(t, storetest.Open(t), 19, 2)
	weak := w.Student(t)
	structure := attested(t, w, weak)
	dev := w.Device(t)
	other := w.Device(t)
	reserve := matching.Constrain{Kind: "reserve", Device: dev, For: structure, Reason: "convention"}
	constrain(t, w, system, reserve)
	second := reserve
	second.Device = other
	if _, err := w.Matches.Constrain(t.Context(), system, second); field(err) != "device reserves_full" {
		t.Errorf("a second of 21: %v", err)
	}
	second.Device, second.For = dev, structure
	if _, err := w.Matches.Constrain(t.Context(), system, second); field(err) != "device device_reserved" {
		t.Errorf("twice: %v", err)
	}
	round := w.Round(t)
	if len(round.Constraints) != 1 || round.Constraints[0].Idle != "" {
		t.Errorf("round: %+v", round.Constraints)
	}
	for _, row := range w.Proposals(t) {
		if row.Device == dev && row.Application != weak {
			t.Errorf("somebody else is to have it: %+v", row)
		}
	}
}

func TestConstraintsThatContradictAreRefusedWithTheField(t *testing.T) {
	w := town(t, storetest.Open(t), 0, 0)
	one, two := w.Device(t), w.Device(t)
	ada, ben, eve := w.Student(t), w.Student(t), w.Student(t)
	award := w.DeviceFor(t, device.Earmark{Kind: "award"})
	constrain(t, w, system, matching.Constrain{Kind: "lock", Device: one, Application: ada})
	constrain(t, w, system, matching.Constrain{Kind: "forbid", Device: two, Application: ben})
	structure := attested(t, w, eve)
	for _, try := range []struct {
		kind, device, application, until, want string
	}{
		{"lock", one, ben, "", "device device_locked"},
		{"lock", two, ada, "", "application application_locked"},
		{"lock", one, ada, "", "application constraint_exists"},
		{"lock", two, ben, "", "application pair_forbidden"},
		{"forbid", one, ada, "", "application pair_locked"},
		{"forbid", two, ben, "", "application constraint_exists"},
		{"lock", award, ben, "", "device earmarked"},
		{"lock", two, eve, "2026-08-31", "until past_day"},
		{"reserve", one, "", "", "device device_locked"},
		{"reserve", two, "", "", "device reserves_full"},
	} {
		req := matching.Constrain{Kind: try.kind, Device: try.device, Application: try.application, Until: try.until, Reason: "essai"}
		if try.kind == "reserve" {
			req.For = structure
		}
		if _, err := w.Matches.Constrain(t.Context(), system, req); field(err) != try.want {
			t.Errorf("%s: %v, want %s", try.kind, err, try.want)
		}
	}
	req := matching.Constrain{Kind: "reserve", Device: two, For: "pre_unknown", Reason: "essai"}
	if _, err := w.Matches.Constrain(t.Context(), system, req); field(err) != "for prescriber_unknown" {
		t.Errorf("unknown structure: %v", err)
	}
}

func TestWhoIsTiedConstrainsNothing(t *testing.T) {
	w := town(t, storetest.Open(t), 0, 0)
	dev, app := w.Device(t), w.Student(t)
	tied := w.Staff(t, people.Coordinator)
	c := constrain(t, w, tied, matching.Constrain{Kind: "forbid", Device: w.Device(t), Application: app})
	_, err := w.Applications.DeclareTie(t.Context(), tied, call.Change{ID: app})
	matchingtest.Must(t, err)
	_, err = w.Matches.Constrain(t.Context(), tied, matching.Constrain{Kind: "lock", Device: dev, Application: app, Reason: "oui"})
	if code(err) != "tie_declared" {
		t.Errorf("lock: %v", err)
	}
	if _, err := w.Matches.LiftConstraint(t.Context(), tied, call.Change{ID: c.ID}); code(err) != "tie_declared" {
		t.Errorf("lift: %v", err)
	}
	structure := attested(t, w, app)
	_, err = w.People.AddStaff(t.Context(), system, people.AddStaff{
		Email: "both@example.org", FirstName: "Ada", LastName: "Roy", Role: people.PrescriberOf, Organisation: structure, Territories: []string{w.Territory},
	})
	matchingtest.Must(t, err)
	_, err = w.People.AddStaff(t.Context(), system, people.AddStaff{
		Email: "both@example.org", FirstName: "Ada", LastName: "Roy", Role: people.Coordinator, Territories: []string{w.Territory},
	})
	matchingtest.Must(t, err)
	_, err = w.Matches.Constrain(t.Context(), w.SignIn(t, "both@example.org"), matching.Constrain{Kind: "reserve", Device: dev, For: structure, Reason: "oui"})
	if code(err) != "own_attestation" {
		t.Errorf("a reserve for one's own structure: %v", err)
	}
}

// TestAConstraintEndsAndSaysWhenItHasNoEffect also pages through the list.
func TestAConstraintEndsAndSaysWhenItHasNoEffect(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		w := town(t, store, 0, 0)
		dev, app, other := w.Device(t), w.Student(t), w.Student(t)
		req := matching.Constrain{Kind: "forbid", Device: dev, Application: app, Reason: "essai", Until: "2026-09-10"}
		req.SetKey("one")
		made, err := w.Matches.Constrain(t.Context(), system, req)
		matchingtest.Must(t, err)
		again, err := w.Matches.Constrain(t.Context(), system, req)
		matchingtest.Must(t, err)
		if again.ID != made.ID || made.Until == nil || made.State != "standing" {
			t.Errorf("made %+v, again %+v", made, again)
		}
		w.Wait(time.Minute)
		constrain(t, w, system, matching.Constrain{Kind: "lock", Device: dev, Application: other})
		list := func(req matching.Constraints) []matching.ConstraintView {
			t.Helper()
			var all []matching.ConstraintView
			for req.Limit = 1; ; {
				page, err := w.Matches.Constraints(t.Context(), system, req)
				matchingtest.Must(t, err)
				all = append(all, page.Items...)
				if req.After = page.Next; page.Next == "" {
					return all
				}
			}
		}
		if all := list(matching.Constraints{}); len(all) != 2 || all[0].ID != made.ID || all[0].Idle != "" {
			t.Errorf("standing: %+v", all)
		}
		w.Round(t)
		_, err = w.Matches.Approve(t.Context(), system, matching.Approve{Change: call.Change{ID: w.Proposals(t)[0].ID}})
		matchingtest.Must(t, err)
		if all := list(matching.Constraints{}); all[0].Idle != "device_away" || all[1].Idle != "device_away" {
			t.Errorf("its device is reserved: %+v", all)
		}
		if round := w.Round(t); len(round.Constraints) != 2 || round.Constraints[0].Idle != "device_away" || round.Constraints[0].Cost != nil {
			t.Errorf("round: %+v", round.Constraints)
		}
		w.Wait(30 * 24 * time.Hour)
		if all := list(matching.Constraints{}); len(all) != 1 {
			t.Errorf("%d stand after its day", len(all))
		}
		if all := list(matching.Constraints{All: true}); len(all) != 2 || all[1].State != "ended" || all[0].State != "standing" {
			t.Errorf("all: %+v", all)
		}
		stranger := w.Staff(t, people.Technician)
		if _, err := w.Matches.Constraints(t.Context(), stranger, matching.Constraints{}); code(err) != "forbidden" {
			t.Errorf("a technician reads them: %v", err)
		}
	})
}

// TestWhatIsLockedWaitsForTheRound also where arrivals are proposed at once;
// once lifted, it is theirs.
func TestWhatIsLockedWaitsForTheRound(t *testing.T) {
	w := flowing(t, storetest.Open(t), 0, 0)
	dev := w.Device(t)
	locked := w.Student(t)
	lock := constrain(t, w, system, matching.Constrain{Kind: "lock", Device: dev, Application: locked})
	w.Relay(t)
	w.Student(t)
	w.Relay(t)
	if to := proposedTo(t, w); len(to) != 0 {
		t.Errorf("proposed between rounds: %v", to)
	}
	w.Device(t)
	w.Relay(t)
	if to := proposedTo(t, w); len(to) != 1 || to[dev] != "" {
		t.Errorf("another device, the other student: %v", to)
	}
	_, err := w.Matches.LiftConstraint(t.Context(), system, call.Change{ID: lock.ID})
	matchingtest.Must(t, err)
	w.Relay(t)
	if to := proposedTo(t, w); to[dev] != locked {
		t.Errorf("lifted: %v", to)
	}
}
