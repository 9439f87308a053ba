package donation_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/inventory"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle/lifecycletest"
	"github.com/digitalfranceschool/passerelle/internal/matching/matchingtest"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

var system = people.System() //nolint:gochecknoglobals // a constant

// yard is a town to which companies give.
type yard struct {
	*matchingtest.Town

	donations *donation.Donations
}

func settle(t *testing.T, store *docstore.Store) *yard {
	t.Helper()
	y := &yard{}
	y.Town = matchingtest.Settle(t, store, func(w *matchingtest.Town) {
		y.donations = donation.New(store, w.People, w.Partners, w.Devices, w.Places, w.Box, w.Now, "Association Passerelle")
	})
	return y
}

// declared is a lot of three by form, and its donor signed in.
func (y *yard) declared(t *testing.T) (call.Change, people.Actor) {
	t.Helper()
	ctx := t.Context()
	receipt, err := y.donations.Declare(ctx, people.Anyone("fr"), donation.Declare{
		SIREN: "732829320", Name: "Ateliers du Vexin", Address: "3 place des Arts", Postcode: "95000", Commune: "95127",
		ContactName: "Claire Morel", ContactEmail: "claire@vexin.example", Lang: "fr",
		Lines: []donation.Line{{Model: "Latitude 5400", Quantity: 3, Condition: "working"}},
	})
	matchingtest.Must(t, err)
	return call.Change{ID: receipt.ID}, y.SignIn(t, "claire@vexin.example")
}

// list is a company's file of so many rows.
func list(rows int, ram string) []byte {
	var b strings.Builder
	b.WriteString("Numéro de série;Fabricant;Modèle;Mémoire (Go);Disque (Go)\r\n")
	for i := range rows {
		fmt.Fprintf(&b, "PF3K%05d;Lenovo;ThinkPad T480;%s;256\r\n", i, ram)
	}
	return []byte(b.String())
}

func (y *yard) imported(t *testing.T, donor people.Actor, lot call.Change, file []byte) donation.ImportView {
	t.Helper()
	v, err := y.donations.Preview(t.Context(), donor, donation.Upload{Change: lot, File: file, Words: plainly})
	matchingtest.Must(t, err)
	for v.State != "done" {
		v, err = y.donations.Confirm(t.Context(), donor, call.Change{ID: v.ID})
		matchingtest.Must(t, err)
	}
	return v
}

func plainly(code inventory.Code, _ map[string]any) string { return string(code) }

func (y *yard) counts(t *testing.T, lot call.Change) donation.Counts {
	t.Helper()
	d, err := y.donations.Find(t.Context(), lot.ID)
	matchingtest.Must(t, err)
	return d.Counts
}

// collected takes a lot as far as our door.
func (y *yard) collected(t *testing.T, lot call.Change, donor people.Actor) {
	t.Helper()
	ctx := t.Context()
	_, err := y.donations.Agree(ctx, system, lot)
	matchingtest.Must(t, err)
	text, err := y.donations.ReadConvention(ctx, donor, call.One{ID: lot.ID})
	matchingtest.Must(t, err)
	_, err = y.donations.Accept(ctx, donor, donation.Accept{Change: lot, SHA256: text.SHA256, Name: "Claire Morel", Title: "Directrice", Owner: true})
	matchingtest.Must(t, err)
	_, err = y.donations.PlanCollection(ctx, system, donation.Plan{Change: lot, Day: "2026-09-10", From: "09:00", To: "11:00"})
	matchingtest.Must(t, err)
	_, err = y.donations.Collect(ctx, system, donation.Fetched{Change: lot, Boxes: 2})
	matchingtest.Must(t, err)
}

func TestALotIsReadyFromTodayOn(t *testing.T) {
	y := settle(t, storetest.Open(t))
	for day, ok := range map[string]bool{"2026-08-31": false, y.Now().Format(time.DateOnly): true} {
		_, err := y.donations.Declare(t.Context(), people.Anyone("fr"), donation.Declare{
			SIREN: "732829320", Name: "Boréal", Address: "1 rue", Postcode: "95000", Commune: "95127", ContactName: "Marc Lefort", ContactEmail: "marc@example.org", Ready: day,
		})
		var refused *fault.Error
		if named := errors.As(err, &refused) && len(refused.Fields) == 1 && refused.Fields[0].Path == "ready"; (err == nil) != ok || !ok && !named {
			t.Errorf("ready on %s: %v", day, err)
		}
	}
}

func TestTheWayOfALot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		y, ctx := settle(t, store), t.Context()
		lot, donor := y.declared(t)
		y.imported(t, donor, lot, list(5, "8"))
		y.collected(t, lot, donor)
		receive := func(code string, more donation.Receive) donation.Ticked {
			t.Helper()
			more.Change, more.Code = lot, code
			ticked, err := y.donations.Receive(ctx, system, more)
			matchingtest.Must(t, err)
			return ticked
		}
		first := receive("pf3k00000", donation.Receive{}) // a scanner in lower case
		if again := receive(first.Label, donation.Receive{}); again.Outcome != "again" || again.Counts.Received != 1 {
			t.Errorf("the label of a device that is here: %+v", again)
		}
		receive("PF3K00001", donation.Receive{})
		receive("PF3K00002", donation.Receive{Refuse: "écran cassé"})
		_, err := y.donations.Receive(ctx, system, donation.Receive{Change: lot, Code: "INCONNU1"})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a device that is on no list: %v", err)
		}
		receive("INCONNU1", donation.Receive{Extra: true, Model: "EliteBook 840"})
		v, err := y.donations.Reconcile(ctx, system, lot)
		matchingtest.Must(t, err)
		want := donation.Counts{Lines: 3, Declared: 5, Received: 3, Missing: 2, Extra: 1, Refused: 1}
		if v.Counts != want {
			t.Errorf("reconciled %+v, want %+v", v.Counts, want)
		}
		if _, err = y.donations.Close(ctx, system, lot); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSameListTwiceMakesNothingTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, store *docstore.Store) {
		y := settle(t, store)
		lot, donor := y.declared(t)
		rows := 600 // several documents of an import
		if v := y.imported(t, donor, lot, list(rows, "8")); v.Made != rows || v.Layout != "plain" {
			t.Fatalf("first: %+v", v)
		}
		if v := y.imported(t, donor, lot, list(rows, "8")); v.Made != rows || v.Done != v.Chunks {
			t.Errorf("the same file shows what it did: %+v", v)
		}
		if v := y.imported(t, donor, lot, list(rows, "16")); v.Made != 0 || v.Updated != rows {
			t.Errorf("corrected: %+v", v)
		}
		if v := y.imported(t, donor, lot, list(rows+10, "16")); v.Made != 10 || v.Same != rows {
			t.Errorf("longer: %+v", v)
		}
		if c := y.counts(t, lot); c.Declared != rows+10 {
			t.Errorf("counted %+v", c)
		}
	})
}

// TestWhatIsNoComputerIsLeftOut: a screen is told and not made a laptop; the
// first of two rows with one serial number counts, and stays as it was read.
func TestWhatIsNoComputerIsLeftOut(t *testing.T) {
	y, ctx := settle(t, storetest.Open(t)), t.Context()
	lot, donor := y.declared(t)
	file := "Numéro de série;Modèle;Type;Mémoire (Go)\r\nPF3K00001;ThinkPad T480;Portable;8\r\nCN0X1234;P2419H;Écran;\r\nPF3K00001;Copie;Portable;4\r\n"
	v := y.imported(t, donor, lot, []byte(file))
	if v.Usable != 1 || v.Made != 1 {
		t.Errorf("%d usable, %d made", v.Usable, v.Made)
	}
	if !slices.ContainsFunc(v.Problems, func(p donation.ImportProblem) bool {
		return p.Row == 3 && p.Code == "not_computer" && p.Message == "not_computer"
	}) {
		t.Errorf("the screen is not told: %+v", v.Problems)
	}
	found, err := y.Devices.BySerial(ctx, lot.ID, "PF3K00001")
	matchingtest.Must(t, err)
	if found.Specs.Model != "ThinkPad T480" {
		t.Errorf("overwritten by the second row: %+v", found.Specs)
	}
}

// TestAnImportCutShort: the process died after the devices of a part and before
// the part was noted. The list goes on, and nothing is made or counted twice.
func TestAnImportCutShort(t *testing.T) {
	y, ctx := settle(t, storetest.Open(t)), t.Context()
	lot, donor := y.declared(t)
	v, err := y.donations.Preview(ctx, donor, donation.Upload{Change: lot, File: list(20, "8"), Words: plainly})
	matchingtest.Must(t, err)
	d, err := y.donations.Find(ctx, lot.ID)
	matchingtest.Must(t, err)
	for i := range 7 {
		_, _, err := y.Devices.Announce(ctx, donor, device.Origin{Country: "FR", Territory: d.Territory, Donation: d.ID, Company: d.Company},
			device.Announced{Serial: fmt.Sprintf("PF3K%05d", i), Specs: device.Specs{Model: "ThinkPad T480"}})
		matchingtest.Must(t, err)
	}
	v, err = y.donations.Confirm(ctx, donor, call.Change{ID: v.ID})
	if err != nil || v.State != "done" || v.Made != 13 {
		t.Errorf("%+v: %v", v, err)
	}
	if c := y.counts(t, lot); c.Declared != 20 {
		t.Errorf("counted %+v", c)
	}
}

func TestTheConventionIsTheTextThatWasRead(t *testing.T) {
	y, ctx := settle(t, storetest.Open(t)), t.Context()
	lot, donor := y.declared(t)
	text, err := y.donations.ReadConvention(ctx, donor, call.One{ID: lot.ID})
	matchingtest.Must(t, err)
	if !strings.Contains(text.Text, "et Association Passerelle, « le bénéficiaire »") {
		t.Errorf("the recipient is not named:\n%s", text.Text)
	}
	accept := donation.Accept{Change: lot, SHA256: text.SHA256, Name: "Claire Morel", Title: "Directrice", Owner: true}
	if _, err = y.donations.Accept(ctx, donor, accept); !fault.Is(err, fault.Conflict) {
		t.Errorf("accepted before we agreed: %v", err)
	}
	y.imported(t, donor, lot, list(2, "8")) // the lot has changed since the text was read
	_, err = y.donations.Agree(ctx, system, lot)
	matchingtest.Must(t, err)
	if _, err = y.donations.Accept(ctx, donor, accept); !fault.Is(err, fault.Stale) {
		t.Errorf("accepted a text that has changed: %v", err)
	}
	text, err = y.donations.ReadConvention(ctx, donor, call.One{ID: lot.ID})
	matchingtest.Must(t, err)
	accept.SHA256 = text.SHA256
	if _, err = y.donations.Accept(ctx, y.Staff(t, people.Coordinator), accept); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the desk signs for the donor: %v", err)
	}
	_, err = y.donations.Accept(ctx, donor, accept)
	matchingtest.Must(t, err)
	kept, err := y.donations.ReadConvention(ctx, donor, call.One{ID: lot.ID})
	if err != nil || kept.Text != text.Text || kept.SHA256 != text.SHA256 || kept.Accepted == nil {
		t.Errorf("kept: %+v: %v", kept, err)
	}
}

// TestASecondContactSeesOnlyWhatTheyDeclared: knowing a SIREN opens nothing.
func TestASecondContactSeesOnlyWhatTheyDeclared(t *testing.T) {
	y, ctx := settle(t, storetest.Open(t)), t.Context()
	lot, first := y.declared(t)
	receipt, err := y.donations.Declare(ctx, people.Anyone("fr"), donation.Declare{
		SIREN: "732829320", Name: "Ateliers du Vexin", Address: "3 place des Arts", Postcode: "95000", Commune: "95127",
		ContactName: "Autre Personne", ContactEmail: "autre@ailleurs.example",
	})
	matchingtest.Must(t, err)
	second := y.SignIn(t, "autre@ailleurs.example")
	if _, err := y.donations.Get(ctx, second, call.One{ID: lot.ID}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a stranger with the SIREN reads the first lot: %v", err)
	}
	if _, err := y.donations.Get(ctx, first, call.One{ID: receipt.ID}); err != nil {
		t.Errorf("the company does not see what was declared in its name: %v", err)
	}
	if _, err := y.donations.Cancel(ctx, second, donation.Reason{Change: lot, Reason: "non"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a stranger cancels the first lot: %v", err)
	}
}

// TestEveryPairOfStates walks the life cycle.
func TestEveryPairOfStates(t *testing.T) {
	lifecycletest.Walk(t, donation.Steps, `
declared → agreed declined cancelled
agreed → accepted declined cancelled
accepted → collection_planned declined cancelled
collection_planned → collected declined cancelled
collected → reconciled
reconciled → closed
`)
}
