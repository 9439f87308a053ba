package httpapi_test

import (
	"cmp"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// world is a document of every kind in the home territory, and sessions of
// those to whom they belong.
type world struct {
	*house

	ids      map[string]string // "application", "offer" ...: what a body or address calls {application}
	student  string
	donor    string
	teacher  string // of the structure that the application names
	delegate string // of the institution
	atDesk   string
	ruler    string
	stranger map[people.Role]string // the same roles in another territory
}

var lina = application.Submit{ //nolint:gochecknoglobals // a constant
	Postcode: "95000", Commune: "95127", For: "self", FirstName: "Lina", LastName: "Benali", BirthDate: "2004-05-06", Level: "higher", Course: "web",
	Equipment: "none", Learners: 1, Means: "rsa", Email: "lina@example.org", Agree: true,
}

func settle(t *testing.T) *world {
	t.Helper()
	h, ctx, system := open(t), t.Context(), people.System()
	w := &world{house: h, ids: map[string]string{"territory": h.home}, stranger: h.sessions[h.away]}
	w.atDesk, w.ruler = h.sessions[h.home][people.Coordinator], h.sessions[h.home][people.Administrator]

	school, err := h.parts.Partners.AddPrescriber(ctx, system, partner.AddPrescriber{Territory: h.home, Name: "Lycée Kastler", Kind: "school", Commune: "95127"})
	must(t, err)
	w.ids["prescriber"] = school.ID
	teacher, err := h.parts.People.AddStaff(ctx, system, people.AddStaff{
		Email: "roux@example.org", FirstName: "Jean", LastName: "Roux", Role: people.PrescriberOf, Organisation: school.ID, Territories: []string{h.home},
	})
	must(t, err)
	w.ids["person"] = teacher.ID
	w.teacher = w.signIn(t, teacher.ID)
	institution, err := h.parts.Partners.AddPartner(ctx, system, partner.AddPartner{Name: "Section", Kind: "association", Territories: []string{h.home}})
	must(t, err)
	w.ids["partner"] = institution.ID
	proposed, err := h.parts.Partners.ProposeConvention(ctx, system, partner.ProposeConvention{Change: call.Change{ID: institution.ID}, From: "2026-01-01", Until: "2099-01-01"})
	must(t, err)
	w.ids["digest"] = proposed.Conventions[0].SHA256
	delegate, err := partner.Team{People: h.parts.People, Partners: h.parts.Partners}.Add(ctx, system, people.AddStaff{
		Email: "idrissi@example.org", FirstName: "Driss", LastName: "Idrissi", Role: people.PartnerOf, Organisation: institution.ID, Territories: []string{h.home},
	})
	must(t, err)
	helper, err := h.parts.People.AddStaff(ctx, system, people.AddStaff{Email: "helper@example.org", FirstName: "Zoé", LastName: "Petit", Role: people.Greeter, Territories: []string{h.home}})
	must(t, err)
	w.ids["helper"] = helper.ID
	w.delegate = w.signIn(t, delegate.ID)
	site, err := h.parts.Partners.AddSite(ctx, system, partner.AddSite{Territory: h.home, Kind: "pick_up", Name: "Point relais", Address: "1 rue du Lac", Commune: "95127", Lat: 49.03, Lon: 2.07})
	must(t, err)
	w.ids["site"] = site.ID

	form := lina
	form.Prescriber = school.ID
	w.ids["application"] = w.applies(t, form)
	app, err := h.parts.Applications.Find(ctx, w.ids["application"])
	must(t, err)
	w.student = w.signIn(t, app.Owners[0])
	sister := named("Soeur")
	sister.Household = app.Reference
	w.ids["sister"] = w.applies(t, sister)

	w.ids["refused"] = w.applies(t, named("Refus"))
	_, err = h.parts.Applications.Verify(ctx, system, application.Verify{Change: call.Change{ID: w.ids["refused"]}, Reason: "not_proven"})
	must(t, err)

	w.ids["questioned"] = w.applies(t, named("Question"))
	_, err = h.parts.Applications.Hold(ctx, system, application.PutHold{
		Change: call.Change{ID: w.ids["questioned"]}, Type: "needs_information", Waiting: "family", Days: 7, Question: "Dans quelle école ?",
	})
	must(t, err)

	w.ids["donation"] = w.declares(t)
	d, err := h.parts.Donations.Find(ctx, w.ids["donation"])
	must(t, err)
	w.ids["company"] = d.Company
	w.donor = w.signIn(t, d.Owners[0])
	firm, _, err := h.parts.People.EnsureCompany(ctx, "FR", d.SIREN, d.Name)
	must(t, err)
	colleague, err := h.parts.People.EnsureDonor(ctx, firm, people.Contact{FirstName: "Ana", LastName: "Roy", Email: "ana@example.org"}, false)
	must(t, err)
	w.ids["colleague"] = colleague.ID
	list, err := h.parts.Donations.Preview(ctx, system, donation.Upload{Change: call.Change{ID: d.ID}, File: []byte("serial,model\nPF9,T480\n")})
	must(t, err)
	w.ids["list"] = list.ID
	w.ids["device"] = w.announces(t, "PF1")
	w.ids["stock"] = w.stocks(t, "PF2")

	w.ids["offer"] = w.offers(t, "Offre")
	accepted := w.offers(t, "Livraison")
	_, err = h.parts.Matches.Accept(ctx, system, call.Change{ID: accepted})
	must(t, err)
	planned, err := h.parts.Deliveries.Plan(ctx, accepted)
	must(t, err)
	w.ids["delivery"] = planned.ID
	opened, err := h.parts.Deliveries.OpenSlots(ctx, system, delivery.OpenSlots{
		Site: site.ID, FromDay: tomorrow(), ToDay: tomorrow(), Weekdays: []int{0, 1, 2, 3, 4, 5, 6}, From: "14:00", To: "16:00", Minutes: 60, Capacity: 9,
	})
	must(t, err)
	if opened.Made == 0 {
		t.Fatal("no window")
	}
	choices, err := h.parts.Deliveries.Choices(ctx, system, call.One{ID: planned.ID})
	must(t, err)
	w.ids["slot"] = choices.Sites[0].Slots[0].ID
	protected := named("Abri")
	protected.Prescriber, protected.Confidential = school.ID, true
	kept := w.offersTo(t, protected)
	_, err = h.parts.Matches.Accept(ctx, system, call.Change{ID: kept})
	must(t, err)
	planned, err = h.parts.Deliveries.Plan(ctx, kept)
	must(t, err)
	w.ids["kept"] = planned.ID
	w.ids["eligible"] = w.applies(t, named("Attente"))
	_, err = h.parts.Applications.Verify(ctx, system, application.Verify{Change: call.Change{ID: w.ids["eligible"]}, Eligible: true})
	must(t, err)
	constraint, err := h.parts.Matches.Constrain(ctx, system, matching.Constrain{Kind: "forbid", Device: w.ids["stock"], Application: w.ids["sister"], Reason: "accord"})
	must(t, err)
	w.ids["constraint"] = constraint.ID
	round, err := h.parts.Matches.StartRound(ctx, system, matching.StartRound{Territory: h.home})
	must(t, err)
	for round.Ended == nil { // a report wants it done
		time.Sleep(2 * time.Millisecond)
		round, err = h.parts.Matches.Round(ctx, system, call.One{ID: round.ID})
		must(t, err)
	}
	w.ids["round"] = round.ID
	for round.Ended == nil { // what is sent twice below is answered by the same round
		time.Sleep(2 * time.Millisecond)
		round, err = h.parts.Matches.Round(ctx, system, call.One{ID: round.ID})
		must(t, err)
	}
	tried, err := h.parts.Matches.TryRound(ctx, system, matching.TryRound{Round: round.ID, Changes: matching.Changes{Drop: []string{constraint.ID}}})
	must(t, err)
	w.ids["tried"] = tried.ID
	for tried.Ended == nil {
		time.Sleep(2 * time.Millisecond)
		tried, err = h.parts.Matches.WhatIf(ctx, system, call.One{ID: tried.ID})
		must(t, err)
	}
	return w
}

func named(last string) application.Submit {
	form := lina
	form.LastName = last
	return form
}

func (w *world) signIn(t *testing.T, person string) string {
	t.Helper()
	link, err := w.parts.People.DemoLink(t.Context(), person)
	must(t, err)
	s, err := w.parts.People.SignInByLink(t.Context(), people.Anyone("fr"), people.ByLink{Link: link})
	must(t, err)
	return s.Token
}

func (w *world) applies(t *testing.T, form application.Submit) string {
	t.Helper()
	receipt, err := w.parts.Applications.Submit(t.Context(), people.Anyone("fr"), form)
	must(t, err)
	return receipt.ID
}

func (w *world) declares(t *testing.T) string {
	t.Helper()
	d, err := w.parts.Donations.Declare(t.Context(), people.Anyone("fr"), donation.Declare{
		SIREN: "732829320", Name: "Boréal", Address: "1 rue", Postcode: "95000", Commune: "95127", ContactName: "Marc Lefort", ContactEmail: "marc@example.org",
		Lines: []donation.Line{{Model: "T480", Quantity: 3, Condition: "working"}},
	})
	must(t, err)
	return d.ID
}

func (w *world) announces(t *testing.T, serial string) string {
	t.Helper()
	dev, _, err := w.parts.Devices.Announce(t.Context(), people.System(),
		device.Origin{Country: "FR", Territory: w.home, Donation: w.ids["donation"], Company: w.ids["company"], Area: "95", Lat: 49.03, Lon: 2.07},
		device.Announced{Serial: serial, Specs: device.Specs{Model: "T480", RAMGB: 8, DiskGB: 256, DiskType: "ssd"}})
	must(t, err)
	_, err = w.parts.Devices.Receive(t.Context(), people.System(), dev.ID, device.Receipt{})
	must(t, err)
	return dev.ID
}

// stocks brings a device as far as the stock.
func (w *world) stocks(t *testing.T, serial string) string {
	t.Helper()
	ctx, system := t.Context(), people.System()
	change := call.Change{ID: w.announces(t, serial)}
	w.erases(t, change.ID, serial)
	_, err := w.parts.Devices.Prepare(ctx, system, device.Prepare{Change: change, System: "Linux Mint 22", SupportedUntil: "2031-01-01", Unlocked: true, ChargerSafe: true, BatterySafe: true})
	must(t, err)
	_, err = w.parts.Devices.Release(ctx, system, device.Note{Change: change})
	must(t, err)
	return change.ID
}

// erases brings a received device as far as the proof that it holds nothing.
func (w *world) erases(t *testing.T, id, serial string) {
	t.Helper()
	ctx, system, change := t.Context(), people.System(), call.Change{ID: id}
	_, err := w.parts.Devices.Audit(ctx, system, device.Audit{
		Change: change, Drives: []device.FoundDrive{{Serial: "WD" + serial, Medium: device.SSD, SizeGB: 256}},
		Specs:  device.Specs{Model: "T480", Category: "laptop", RAMGB: 8, DiskGB: 256, DiskType: "ssd", Webcam: true, Wifi: true},
		Grades: device.Grades{Appearance: "B", Functionality: "A", Battery: "B"},
	})
	must(t, err)
	_, err = w.parts.Devices.Erase(ctx, system, device.Erase{Change: change, Drive: "WD" + serial, Tool: "hdparm", Method: "ata_sanitize", Verified: true, Status: "erased"})
	must(t, err)
}

// offers makes an offer to somebody new.
func (w *world) offers(t *testing.T, last string) string {
	t.Helper()
	return w.offersTo(t, named(last))
}

func (w *world) offersTo(t *testing.T, form application.Submit) string {
	t.Helper()
	app := w.applies(t, form)
	_, err := w.parts.Applications.Verify(t.Context(), people.System(), application.Verify{Change: call.Change{ID: app}, Eligible: true})
	must(t, err)
	m, err := w.parts.Matches.Override(t.Context(), people.System(), matching.Override{Device: w.stocks(t, "PF"+form.LastName), Application: app, Reason: "test"})
	must(t, err)
	return m.ID
}

var hole = regexp.MustCompile(`\{[a-z]+\}`)

// fill puts the ids into a body or an address.
func (w *world) fill(text string) string {
	return hole.ReplaceAllStringFunc(text, func(name string) string { return cmp.Or(w.ids[strings.Trim(name, "{}")], name) })
}

const (
	applicationBody = `{"postcode":"95000","commune":"95127","for":"self","first_name":"Ada","last_name":"Sy","birth_date":"2004-05-06","level":"higher","course":"web",` +
		`"equipment":"none","learners":1,"means":"rsa","email":"ada@example.org","agree":true}`
	lines = `[{"model":"T480","quantity":3,"condition":"working"}]`
)

const gridRules = `{"equipment":{"none":0,"crowded":1,"crowded_from":3,"below_minimum":1,"shared":2,"own":4},` +
	`"means":[{"value":0,"means":["rsa"],"scholarships":{"lycee":["5","6"]}}],"changed":1,"step":{"months":6,"not_at":4},"deadlines":[{"days":30,"points":30}],` +
	`"sharing":{"each":5,"most":20},"obstacles":{"each":10,"most":30},"waiting":{"each":2,"most":20},"pair":{"point":7000,"fit":200000,"distance":100000,"reach_km":60}}`

// valid is a body that each route of the API takes, with the ids of the world,
// and the document that its address names.
var valid = map[string]struct{ about, body string }{ //nolint:gochecknoglobals // a constant table
	"submitApplication":   {"", applicationBody},
	"publishGrid":         {"", `{"based":1,"from":"2099-01-01","reason":"Avis du comité","rules":` + gridRules + `}`},
	"previewGrid":         {"", `{"rules":` + gridRules + `}`},
	"agreeToReferral":     {"application", applicationBody},
	"verifyApplication":   {"application", `{"eligible":true}`},
	"reviewApplication":   {"application", `{"reason":"relu"}`},
	"holdApplication":     {"application", `{"type":"other","waiting":"family","days":7,"note":"à voir"}`},
	"clearHold":           {"application", `{"type":"other"}`},
	"declareTie":          {"application", ""},
	"replaceApplication":  {"application", ""},
	"askAttestation":      {"application", `{"prescriber":"{prescriber}"}`},
	"askGuardian":         {"application", `{"guardian_first_name":"Nadia","guardian_last_name":"Benali","guardian_email":"nadia@example.org"}`},
	"notePaperConsent":    {"application", `{"guardian_first_name":"Nadia","guardian_last_name":"Benali","signed":"2020-01-02","text":"2026-11"}`},
	"printCode":           {"application", ""},
	"withdrawApplication": {"application", `{"reason":"other"}`},
	"answerQuestion":      {"questioned", `{"answer":"À Cergy."}`},
	"askReview":           {"refused", `{"review_reason":"Il manque un papier."}`},
	"correctContact":      {"application", `{"email":"lina2@example.org"}`},
	"renewStatusLink":     {"application", ""},
	"attest":              {"application", `{"checked":["identity"]}`},
	"refer":               {"", `{"prescriber":"{prescriber}","students":[{"first_name":"Ada","last_name":"Sy","birth_date":"2004-05-06","email":"ada@example.org","commune":"95127","level":"higher","course":"web"}]}`},
	"removeColleague":     {"company", `{"colleague":"{colleague}"}`},
	"addColleague":        {"company", `{"email":"col@example.org","first_name":"Ana","last_name":"Roy","powers":["see"]}`},
	"disablePerson":       {"person", ""},
	"enablePerson":        {"person", ""},
	"addStaff":            {"", `{"email":"new@example.org","first_name":"Ana","last_name":"Roy","role":"technician","territories":["{territory}"]}`},
	"startRound":          {"", `{"territory":"{territory}"}`},
	"stopRound":           {"round", ""},
	"constrain":           {"", `{"kind":"lock","device":"{stock}","application":"{eligible}","reason":"incompatible"}`},
	"liftConstraint":      {"constraint", ""},
	"tryRound":            {"", `{"round":"{round}","drop":["{constraint}"]}`},
	"dropWhatIf":          {"tried", ""},
	"adoptWhatIf":         {"tried", ""},
	"approveMatch":        {"offer", `{}`},
	"rejectMatch":         {"offer", `{"reason":"non"}`},
	"releaseMatch":        {"offer", `{"reason":"erreur"}`},
	"overrideMatch":       {"", `{"device":"{stock}","application":"{eligible}","reason":"urgence"}`},
	"decideMatches":       {"", `{"action":"approve","ids":["{offer}"]}`},
	"acceptOffer":         {"offer", ""},
	"declineOffer":        {"offer", `{"reason":"later"}`},
	"editTerritory":       {"territory", `{"name":"Val d'Oise","zone":"Europe/Paris","areas":["95"],"contact":"95@example.org","offer_days":7,"household":2}`},
	"setTerritoryOpen":    {"territory", `{"open":true}`},
	"setHome":             {"territory", `{"home":true}`},
	"setAtOnce":           {"territory", `{"at_once":true}`},
	"setApprovers":        {"territory", `{"two":false}`},
	"addSite":             {"", `{"territory":"{territory}","kind":"pick_up","name":"Gare","address":"1 place","commune":"95127","lat":49.03,"lon":2.07}`},
	"addPrescriber":       {"", `{"territory":"{territory}","name":"Collège","kind":"school","commune":"95127"}`},
	"addPartner":          {"", `{"name":"Section","kind":"association","territories":["{territory}"]}`},
	"proposeConvention":   {"partner", `{"from":"2026-01-01","until":"2099-01-01","quotas":[{"territory":"{territory}","devices":20}],"terms":"Aucune"}`},
	"agreeConvention":     {"partner", `{"sha256":"{digest}","title":"Présidente"}`},
	"joinPartner":         {"prescriber", `{"partner":"{partner}"}`},
	"removeRole":          {"helper", `{"role":"greeter"}`},
	"addTerritory":        {"", `{"country":"FR","name":"Aisne","zone":"Europe/Paris","areas":["02"],"open":true,"offer_days":7,"household":2}`},
	"declareDonation":     {"", `{"siren":"732829320","name":"Boréal","address":"1 rue","postcode":"95000","commune":"95127","contact_name":"Marc Lefort","contact_email":"marc@example.org","lines":` + lines + `}`},
	"changeLines":         {"donation", `{"lines":` + lines + `}`},
	"agreeDonation":       {"donation", ""},
	"declineDonation":     {"donation", `{"reason":"trop vieux"}`},
	"cancelDonation":      {"donation", `{"reason":"vendu"}`},
	"acceptConvention":    {"donation", `{"sha256":"` + strings.Repeat("a", 64) + `","name":"Marc Lefort","title":"DG","owner":true}`},
	"planCollection":      {"donation", `{"day":"2099-01-02","from":"09:00","to":"12:00"}`},
	"collectDonation":     {"donation", `{"boxes":2}`},
	"receiveDevice":       {"donation", `{"code":"PF1"}`},
	"reconcileDonation":   {"donation", ""},
	"closeDonation":       {"donation", ""},
	"confirmList":         {"list", ""},
	"auditDevice":         {"device", `{"specs":{"manufacturer":"Lenovo","model":"T480","category":"laptop","ram_gb":8,"disk_gb":256,"disk_type":"ssd"},"grades":{"appearance":"B","functionality":"A","battery":"B"},"drives":[{"serial":"WD1","medium":"ssd","size_gb":256}]}`},
	"eraseDrive":          {"device", `{"drive":"WD1","tool":"hdparm","method":"ata_sanitize","verified":true,"status":"erased"}`},
	"noDrive":             {"device", `{"reason":"vide"}`},
	"prepareDevice":       {"device", `{"system":"Linux Mint 22","supported_until":"2031-01-01","unlocked":true,"charger_safe":true,"battery_safe":true}`},
	"releaseDevice":       {"device", `{"reason":"bon"}`},
	"placeDevice":         {"device", `{"site":"{site}","shelf":"B2"}`},
	"moveDevice":          {"device", `{"to":"repair","reason":"charnière"}`},
	"bookDelivery":        {"delivery", `{"slot":"{slot}"}`},
	"askHome":             {"delivery", `{"address":"3 rue des Lilas"}`},
	"bookHome":            {"delivery", `{"day":"2099-01-02","from":"09:00","to":"12:00","address":"3 rue des Lilas"}`},
	"bookStructure":       {"kept", `{"day":"2099-01-02","from":"09:00","to":"12:00"}`},
	"unbookDelivery":      {"delivery", ""},
	"dispatchDelivery":    {"delivery", `{"carrier":"vélo"}`},
	"handOver":            {"kept", `{"code":"000000"}`},
	"failDelivery":        {"kept", `{"reason":"other"}`},
	"confirmDelivery":     {"delivery", ""},
	"reportProblem":       {"delivery", `{"problem":"battery"}`},
	"returnDevice":        {"delivery", `{"reason":"cassé"}`},
	"answerHousehold":     {"sister", `{"agree":true}`},
	"giveUpDelivery":      {"delivery", ""},
	"renewCode":           {"delivery", ""},
	"loseDevice":          {"delivery", `{"reason":"perdu"}`},
	"openSlots":           {"", `{"site":"{site}","from_day":"2099-01-01","to_day":"2099-01-03","weekdays":[1,2,3,4,5,6,0],"from":"09:00","to":"10:00","minutes":60,"capacity":1}`},
}
