package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/inventory/sample"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// applicationsMade is how many families apply in the demonstration.
const applicationsMade = 600

// territory is the invented Val d'Oise on its way through three months, made
// with the same functions that serve people.
type territory struct {
	*product

	clock   *movedClock
	v       *invented
	today   time.Time
	id      string
	sites   []partner.SiteView // the workshop first, then pick-up points
	school  string             // a prescriber
	partner string             // an institution
	system  people.Actor
	sirens  map[string]string // companies' numbers by name
	made    made
}

func newTerritory(p *product, clock *movedClock, seed int64) *territory {
	now := clock.Now()
	return &territory{
		product: p, clock: clock, v: newInvented(seed, p.places), today: now, system: people.System(), sirens: map[string]string{}, made: made{Seed: seed},
	}
}

// live goes through the months in order.
func (t *territory) live(ctx context.Context) (made, error) {
	for _, chapter := range []func(context.Context) error{
		t.settle, t.staff, t.donate, t.applyFirst, t.firstRound, t.applyLater, t.moreDonations, t.secondRound, t.accounts, t.relay,
	} {
		if err := chapter(ctx); err != nil {
			return t.made, err
		}
	}
	return t.made, nil
}

// ago moves the clock to a day before today, at ten in the morning.
func (t *territory) ago(days int) {
	day := t.today.AddDate(0, 0, -days)
	t.clock.set(time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, time.UTC))
}

// settle opens the territory, its sites and structures.
func (t *territory) settle(ctx context.Context) error {
	t.ago(100)
	home, err := t.partners.AddTerritory(ctx, t.system, partner.AddTerritory{
		Country: "FR", Name: "Val d’Oise", Zone: "Europe/Paris", Areas: []string{"95"}, Open: true, OfferDays: 7, Household: 2, Home: true,
	})
	if err != nil {
		return err
	}
	t.id = home.ID
	if _, err := t.partners.AddTerritory(ctx, t.system, partner.AddTerritory{
		Country: "FR", Name: "Oise", Zone: "Europe/Paris", Areas: []string{"60"}, OfferDays: 7, Household: 2,
	}); err != nil {
		return err
	}
	for _, s := range []struct{ kind, name, commune, address, hours, access string }{
		{"workshop", "Atelier de Cergy", "95127", "12 rue des Artisans", "", ""},
		{"pick_up", "École numérique de Cergy", "95127", "3 place des Arts", "tous les jours, 10 h – 18 h", "De plain-pied, RER A à 5 minutes"},
		{"pick_up", "Médiathèque d’Argenteuil", "95018", "25 avenue Gabriel-Péri", "mercredi et samedi", "Ascenseur, gare à 10 minutes"},
		{"pick_up", "Maison de quartier de Sarcelles", "95585", "8 allée des Lilas", "mercredi et samedi", "Rampe à l’entrée, tram T5"},
	} {
		c, ok := t.places.Commune(s.commune)
		if !ok {
			return fmt.Errorf("no commune %s", s.commune)
		}
		site, err := t.partners.AddSite(ctx, t.system, partner.AddSite{
			Territory: t.id, Kind: s.kind, Name: s.name, Address: s.address + ", " + c.Name, Commune: c.INSEE,
			Lat: c.Point.Lat, Lon: c.Point.Lon, Hours: s.hours, Access: s.access,
		})
		if err != nil {
			return err
		}
		t.sites = append(t.sites, site)
	}
	return t.institutions(ctx)
}

func (t *territory) institutions(ctx context.Context) error {
	for _, s := range []struct{ name, kind, commune string }{
		{"École numérique de Cergy", "school", "95127"}, {"Lycée Jean-Perrin", "school", "95563"},
		{"Service social d’Argenteuil", "social_service", "95018"}, {"Mission locale de Sarcelles", "association", "95585"},
	} {
		p, err := t.partners.AddPrescriber(ctx, t.system, partner.AddPrescriber{Territory: t.id, Name: s.name, Kind: s.kind, Commune: s.commune})
		if err != nil {
			return err
		}
		if t.school == "" {
			t.school = p.ID
		}
	}
	for _, s := range []struct{ name, kind string }{{"Section ANMONM du Val d’Oise", "association"}, {"Conseil départemental", "departement"}} {
		p, err := t.partners.AddPartner(ctx, t.system, partner.AddPartner{Name: s.name, Kind: s.kind, Territories: []string{t.id}})
		if err != nil {
			return err
		}
		if t.partner == "" {
			t.partner = p.ID
		}
		if err := t.convention(ctx, p.ID); err != nil {
			return err
		}
	}
	_, err := t.partners.JoinPartner(ctx, t.system, partner.JoinPartner{Change: call.Change{ID: t.school}, Partner: t.partner})
	return err
}

// convention proposes one to an institution, which agrees to it.
func (t *territory) convention(ctx context.Context, institution string) error {
	v, err := t.partners.ProposeConvention(ctx, t.system, partner.ProposeConvention{
		Change: call.Change{ID: institution}, Quotas: []partner.Quota{{Territory: t.id, Devices: 20}},
		From: t.today.AddDate(0, 0, -100).Format(time.DateOnly), Until: t.today.AddDate(2, 0, 0).Format(time.DateOnly),
	})
	if err != nil {
		return err
	}
	_, err = t.partners.AgreeConvention(ctx, t.system, partner.AgreeConvention{Change: call.Change{ID: institution}, SHA256: v.Conventions[0].SHA256, Title: "Présidence"})
	return err
}

// staff gives the team its accounts and opens the pick-up points' windows.
func (t *territory) staff(ctx context.Context) error {
	for _, s := range []struct {
		role         people.Role
		first, last  string
		organisation string
	}{
		{people.Administrator, "Hélène", "Marchand", ""}, {people.Coordinator, "Inès", "Faure", ""},
		{people.Technician, "Paul", "Girard", t.sites[0].ID}, {people.Greeter, "Samia", "Benali", t.sites[1].ID},
		{people.PrescriberOf, "Claire", "Dumont", t.school}, {people.PartnerOf, "Driss", "El Idrissi", t.partner},
	} {
		email := string(s.role) + "@demo.example"
		p, err := t.people.AddStaff(ctx, t.system, people.AddStaff{
			Email: email, FirstName: s.first, LastName: s.last, Role: s.role, Territories: []string{t.id}, Organisation: s.organisation,
		})
		if err != nil {
			return err
		}
		if err := t.account(ctx, string(s.role), email, p.ID); err != nil {
			return err
		}
	}
	everyDay, twice := []int{0, 1, 2, 3, 4, 5, 6}, []int{3, 6} // as the points' hours say
	for i, site := range t.sites[1:] {
		days := everyDay
		if i > 0 {
			days = twice
		}
		if _, err := t.deliveries.OpenSlots(ctx, t.system, delivery.OpenSlots{
			Site: site.ID, FromDay: t.today.AddDate(0, 0, -70).Format(time.DateOnly), ToDay: t.today.AddDate(0, 0, 28).Format(time.DateOnly),
			Weekdays: days, From: "10:00", To: "18:00", Minutes: 120, Capacity: 6,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (t *territory) account(ctx context.Context, role, email, id string) error {
	token, err := t.people.DemoLink(ctx, id)
	t.made.Accounts = append(t.made.Accounts, person{Role: role, Email: email, ID: id, Token: token})
	return err
}

// declare declares a donation with one line, or none where a list follows.
func (t *territory) declare(ctx context.Context, name, email, commune string, lines ...donation.Line) (donation.Receipt, error) {
	c, _ := t.places.Commune(commune)
	if t.sirens[name] == "" {
		t.sirens[name] = t.v.siren()
	}
	return t.donations.Declare(ctx, people.Anyone("fr"), donation.Declare{
		SIREN: t.sirens[name], Name: name, Address: "1 parvis de l’Hôtel", Postcode: c.Postcodes[0], Commune: commune,
		ContactName: "Marc Lefort", ContactEmail: email, Lines: lines, Lang: "fr",
	})
}

// donate is the first gift: from a Snipe-IT list to devices in stock.
func (t *territory) donate(ctx context.Context) error {
	t.ago(90)
	d, err := t.declare(ctx, "Atelier Boréal", "donor@demo.example", "95127")
	if err != nil {
		return err
	}
	if err := t.list(ctx, d.ID, sample.SnipeIT); err != nil {
		return err
	}
	return t.throughTheDoor(ctx, d.ID, 85, 6)
}

func (t *territory) list(ctx context.Context, id string, file []byte) error {
	req := donation.Upload{File: file}
	req.ID = id
	im, err := t.donations.Preview(ctx, t.system, req)
	for err == nil && im.State != "done" {
		im, err = t.donations.Confirm(ctx, t.system, call.Change{ID: im.ID})
	}
	return err
}

// throughTheDoor agrees, signs, collects and receives a lot; some devices are
// missing at the count.
func (t *territory) throughTheDoor(ctx context.Context, id string, days, missing int) error {
	if _, err := t.donations.Agree(ctx, t.system, call.Change{ID: id}); err != nil {
		return err
	}
	if err := t.sign(ctx, id); err != nil {
		return err
	}
	t.ago(days)
	_, err := t.donations.PlanCollection(ctx, t.system, donation.Plan{
		Change: call.Change{ID: id}, Day: t.clock.Now().Format(time.DateOnly), From: "09:00", To: "12:00", Carrier: "Camionnette de l’association",
	})
	if err != nil {
		return err
	}
	if _, err := t.donations.Collect(ctx, t.system, donation.Fetched{Change: call.Change{ID: id}, Boxes: 9}); err != nil {
		return err
	}
	var codes []string
	if err := t.devices.OfDonation(ctx, id, func(d *device.Device) error {
		codes = append(codes, d.ID)
		return nil
	}); err != nil {
		return err
	}
	for i, deviceID := range codes {
		if i < missing {
			continue
		}
		d, err := t.devices.Find(ctx, deviceID)
		if err != nil {
			return err
		}
		t.clock.add(30 * time.Second)
		if _, err := t.donations.Receive(ctx, t.system, donation.Receive{Change: call.Change{ID: id}, Code: d.Serial, Site: t.sites[0].ID}); err != nil {
			return err
		}
		if err := t.atTheBench(ctx, d, i); err != nil {
			return err
		}
	}
	_, err = t.donations.Reconcile(ctx, t.system, call.Change{ID: id})
	return err
}

func (t *territory) sign(ctx context.Context, id string) error {
	text, err := t.donations.ReadConvention(ctx, t.system, call.One{ID: id})
	if err != nil {
		return err
	}
	_, err = t.donations.Accept(ctx, t.system, donation.Accept{
		Change: call.Change{ID: id}, SHA256: text.SHA256, Name: "Marc Lefort", Title: "Directeur des services généraux", Owner: true,
	})
	return err
}

// atTheBench takes a device through audit, erasure and checks; a few stay on
// the way, as they do.
func (t *territory) atTheBench(ctx context.Context, d *device.Device, n int) error {
	if n%17 == 0 {
		return nil // still in its box
	}
	change := call.Change{ID: d.ID}
	medium := device.SSD
	if n%5 == 0 {
		medium = device.NVMe
	}
	specs := d.Specs
	specs.RAMGB, specs.DiskGB = max(specs.RAMGB, []int{8, 8, 16, 8, 4}[n%5]), max(specs.DiskGB, []int{256, 256, 512, 256, 128}[n%5])
	specs.DiskType, specs.Layout, specs.Webcam, specs.Wifi = string(medium), "azerty", true, true
	if _, err := t.devices.Audit(ctx, t.system, device.Audit{
		Change: change, Specs: specs, Grades: device.Grades{Appearance: []string{"A", "B", "B", "C"}[n%4], Functionality: "A", Battery: []string{"A", "B", "C"}[n%3]},
		Drives: []device.FoundDrive{{Serial: fmt.Sprintf("S4NX%07d", n*7919%9999999), Model: "MZ-VLB256", Medium: medium, SizeGB: specs.DiskGB}},
		Locked: n%23 == 0, Shelf: fmt.Sprintf("A%d", 1+n%12),
	}); err != nil || n%23 == 0 {
		return err
	}
	if n%19 == 0 {
		_, err := t.devices.Move(ctx, t.system, device.Move{Change: change, To: device.Repair, Reason: "charnière cassée"})
		return err
	}
	method := map[device.Medium]string{device.SSD: "ata_sanitize", device.NVMe: "nvme_sanitize"}[medium]
	if _, err := t.devices.Erase(ctx, t.system, device.Erase{
		Change: change, Drive: fmt.Sprintf("S4NX%07d", n*7919%9999999), Tool: "nwipe", Method: method, Verified: true, Status: "erased",
	}); err != nil {
		return err
	}
	if _, err := t.devices.Prepare(ctx, t.system, device.Prepare{
		Change: change, System: "Linux Mint 22", SupportedUntil: t.today.AddDate(3, 0, 0).Format(time.DateOnly),
		Unlocked: true, ChargerSafe: true, BatterySafe: true,
	}); err != nil {
		return err
	}
	_, err := t.devices.Release(ctx, t.system, device.Note{Change: change})
	return err
}

// appliedFirst is how many families apply before the first round.
const appliedFirst = 279

// applyFirst and applyLater let families apply over three months, before the
// first round and since; most are verified days later.
func (t *territory) applyFirst(ctx context.Context) error { return t.apply(ctx, 0, appliedFirst) }

func (t *territory) applyLater(ctx context.Context) error {
	return t.apply(ctx, appliedFirst, applicationsMade)
}

func (t *territory) apply(ctx context.Context, from, to int) error {
	for n := from; n < to; n++ {
		t.ago(88 - n*86/applicationsMade)
		t.clock.add(time.Duration(t.v.r.IntN(600)) * time.Minute)
		form := t.v.application(n, t.clock.Now())
		if n%6 == 0 {
			form.Prescriber = t.school
		}
		app, err := t.applications.Submit(ctx, people.Anyone("fr"), form)
		if err != nil {
			return fmt.Errorf("application %d: %w", n, err)
		}
		if err := t.check(ctx, app, n); err != nil {
			return err
		}
	}
	return t.relay(ctx)
}

// check is what a coordinator makes of an application.
func (t *territory) check(ctx context.Context, app application.Receipt, n int) error {
	change := call.Change{ID: app.ID}
	if n%12 == 0 {
		if _, err := t.applications.Attest(ctx, t.system, application.Attest{
			Change: change, Checked: []string{"identity", "equipment", "means"}, GraveObstacle: n%36 == 0,
		}); err != nil {
			return err
		}
	}
	if n > applicationsMade-45 || len(app.Waiting) > 0 {
		return nil // not read yet, or a guardian must agree
	}
	t.clock.add(2 * 24 * time.Hour)
	if n%29 == 0 {
		_, err := t.applications.Verify(ctx, t.system, application.Verify{Change: change, Reason: "has_device"})
		return err
	}
	if _, err := t.applications.Verify(ctx, t.system, application.Verify{Change: change, Eligible: true}); err != nil {
		return err
	}
	if n%41 == 0 {
		_, err := t.applications.Hold(ctx, t.system, application.PutHold{Change: change, Type: "unreachable", Waiting: "prescriber", Days: 14})
		return err
	}
	return nil
}

// round runs one and waits for it.
func (t *territory) round(ctx context.Context) (matching.RoundView, error) {
	round, err := t.matches.StartRound(ctx, t.system, matching.StartRound{Territory: t.id, Seed: t.made.Seed})
	for err == nil && round.Ended == nil {
		time.Sleep(5 * time.Millisecond)
		round, err = t.matches.Round(ctx, t.system, call.One{ID: round.ID})
	}
	if err == nil && round.State == "failed" {
		err = fmt.Errorf("round: %s", round.Failure)
	}
	return round, err
}

// proposals lists what a round proposes.
func (t *territory) proposals(ctx context.Context) ([]matching.Row, error) {
	var all []matching.Row
	after := ""
	for {
		page, err := t.matches.List(ctx, t.system, matching.List{State: matching.Proposed, List: call.List{After: after, Limit: 200}})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all, nil
		}
	}
}

// firstRound serves the first students, all the way to their yes; some decline,
// one does not come.
func (t *territory) firstRound(ctx context.Context) error {
	t.ago(45)
	if _, err := t.round(ctx); err != nil {
		return err
	}
	rows, err := t.proposals(ctx)
	if err != nil {
		return err
	}
	for i, row := range rows {
		t.ago(44 - i*30/max(len(rows), 1))
		if i%21 == 20 {
			if _, err := t.matches.Reject(ctx, t.system, matching.Reject{Change: call.Change{ID: row.ID}, Reason: "L’élève a déménagé hors du territoire."}); err != nil {
				return err
			}
			continue
		}
		if err := t.serve(ctx, row, i); err != nil {
			return err
		}
	}
	return t.relay(ctx)
}

// serve goes from approval to the hand-over.
func (t *territory) serve(ctx context.Context, row matching.Row, n int) error {
	match := call.Change{ID: row.ID}
	if _, err := t.matches.Approve(ctx, t.system, matching.Approve{Change: match}); err != nil {
		return err
	}
	t.clock.add(20 * time.Hour)
	if n%11 == 10 {
		_, err := t.matches.Decline(ctx, t.system, matching.Decline{Change: match, Reason: "has_one"})
		return err
	}
	if _, err := t.matches.Accept(ctx, t.system, match); err != nil {
		return err
	}
	d, err := t.deliveries.Plan(ctx, row.ID)
	if err != nil || d == nil {
		return errors.Join(err, errors.New("nothing planned"))
	}
	return t.deliver(ctx, d, n)
}

func (t *territory) deliver(ctx context.Context, d *delivery.Delivery, n int) error {
	choices, err := t.deliveries.Choices(ctx, t.system, call.One{ID: d.ID})
	if err != nil {
		return err
	}
	site := choices.Sites[n%len(choices.Sites)]
	if len(site.Slots) == 0 {
		return nil
	}
	change := call.Change{ID: d.ID}
	if _, err := t.deliveries.Book(ctx, t.system, delivery.Book{Change: change, Slot: site.Slots[n%len(site.Slots)].ID}); err != nil {
		return err
	}
	t.clock.add(3 * 24 * time.Hour)
	if n%26 == 25 {
		_, err := t.deliveries.Fail(ctx, t.system, delivery.Fail{Change: change, Reason: "no_show"})
		return err
	}
	code, err := t.deliveries.CodeOf(ctx, t.system, d.ID)
	if err != nil {
		return err
	}
	if _, err := t.deliveries.HandOver(ctx, t.system, delivery.HandOver{Change: change, Code: code}); err != nil {
		return err
	}
	if n%9 == 8 {
		return nil // not confirmed yet
	}
	t.clock.add(5 * time.Hour)
	_, err = t.deliveries.Confirm(ctx, t.system, change)
	return err
}

// moreDonations are gifts at every stage, one of them from a GLPI list.
func (t *territory) moreDonations(ctx context.Context) error {
	t.ago(30)
	d, err := t.declare(ctx, "Mairie de Pontoise", "mairie@demo.example", "95500")
	if err != nil {
		return err
	}
	if err := t.list(ctx, d.ID, sample.GLPI); err != nil {
		return err
	}
	if err := t.throughTheDoor(ctx, d.ID, 21, 4); err != nil {
		return err
	}
	for i, s := range []struct {
		name, email string
		lines       []donation.Line
	}{
		{"Cabinet Rivage", "donor2@demo.example", []donation.Line{{Manufacturer: "Dell", Model: "Latitude 5400", Quantity: 14, Condition: "working", RAMGB: 8, DiskGB: 256, DiskType: "ssd"}}},
		{"Clinique des Coteaux", "donor3@demo.example", []donation.Line{{Manufacturer: "HP", Model: "ProBook 450 G6", Quantity: 30, Condition: "working"}, {Manufacturer: "HP", Model: "EliteBook 840 G5", Quantity: 8, Condition: "to_check"}}},
		{"Transports Vexin", "donor4@demo.example", []donation.Line{{Manufacturer: "Lenovo", Model: "ThinkPad T470", Quantity: 22, Condition: "to_check"}}},
		{"Atelier Boréal", "donor@demo.example", []donation.Line{{Manufacturer: "HP", Model: "EliteBook 840 G6", Quantity: 12, Condition: "working"}}},
	} {
		t.ago(9 - 2*i)
		d, err := t.declare(ctx, s.name, s.email, "95127", s.lines...)
		if err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		if _, err := t.donations.Agree(ctx, t.system, call.Change{ID: d.ID}); err != nil {
			return err
		}
	}
	return t.relay(ctx)
}

// secondRound is yesterday's: a few offers are out, a few appointments are made
// for today, the rest waits for the coordinator.
func (t *territory) secondRound(ctx context.Context) error {
	t.ago(2)
	if _, err := t.round(ctx); err != nil {
		return err
	}
	rows, err := t.proposals(ctx)
	if err != nil {
		return err
	}
	for i, row := range rows[:min(len(rows), 16)] {
		match := call.Change{ID: row.ID}
		t.ago(2)
		if _, err := t.matches.Approve(ctx, t.system, matching.Approve{Change: match}); err != nil {
			return err
		}
		if i%2 == 0 {
			continue // offered: the family has not answered yet
		}
		if _, err := t.matches.Accept(ctx, t.system, match); err != nil {
			return err
		}
		if err := t.appoint(ctx, row.ID); err != nil {
			return err
		}
	}
	t.clock.set(t.today)
	return t.relay(ctx)
}

// appoint books the first window of today.
func (t *territory) appoint(ctx context.Context, match string) error {
	d, err := t.deliveries.Plan(ctx, match)
	if err != nil || d == nil {
		return err
	}
	choices, err := t.deliveries.Choices(ctx, t.system, call.One{ID: d.ID})
	if err != nil {
		return err
	}
	day := t.today.Format(time.DateOnly)
	here := slices.IndexFunc(choices.Sites, func(c delivery.SiteChoice) bool { return c.Site.ID == t.sites[1].ID })
	for _, slot := range choices.Sites[here].Slots {
		if slot.Day < day || slot.Free == 0 {
			continue
		}
		_, err := t.deliveries.Book(ctx, t.system, delivery.Book{Change: call.Change{ID: d.ID}, Slot: slot.ID})
		if fault.Is(err, fault.Conflict) {
			continue
		}
		return err
	}
	return nil
}

// accounts names whom a visitor may sign in as: staff stand already; a donor,
// and families at each stage of their way.
func (t *territory) accounts(ctx context.Context) error {
	t.clock.set(t.today)
	donor, err := t.people.Find(ctx, "donor@demo.example")
	if err != nil {
		return err
	}
	if err := t.account(ctx, "donor", "donor@demo.example", donor); err != nil {
		return err
	}
	wanted := map[application.State]string{application.Offered: "student", application.Accepted: "student", application.Eligible: "guardian"}
	return t.applications.Each(ctx, func(app *application.Application) error {
		role, ok := wanted[app.State]
		if !ok || len(app.Owners) == 0 || role == "student" && app.Guardian != nil || role == "guardian" && app.Guardian == nil {
			return nil
		}
		delete(wanted, app.State)
		owner := app.Owners[0]
		who, err := t.people.Reach(ctx, owner)
		if err != nil {
			return err
		}
		return t.account(ctx, role, who.Email, owner)
	})
}
