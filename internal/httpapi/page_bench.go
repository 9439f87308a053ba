package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

func (a *API) benchPages() []Route {
	return slices.Concat(
		page("bench", bench(), (*API).benchPage, (*API).receiveOnPage),
		page("bench-device", bench(), (*API).benchDevicePage, (*API).changeOnBench),
	)
}

// benchView is what waits at the bench: a lot being received, or the devices
// by what comes next.
type benchView struct {
	Lots    []donation.Row // fetched, to be received
	Lot     *donation.Row  // the one at hand
	Missing []device.Row   // of the lot at hand, not seen yet
	Sites   []partner.SiteView
	Seen    int // of the lot at hand, taken or refused
	Ticked  *donation.Ticked
	Unknown string // a code that is not on the list
	Groups  []benchGroup
	State   device.State // where one group is shown whole
	Next    string
}

type benchGroup struct {
	State   device.State
	Devices []device.Row
	More    bool
}

// benchStates are the states in which the bench has something to do, in the
// order of the work.
var benchStates = []device.State{ //nolint:gochecknoglobals // a constant table
	device.Received, device.Returned, device.Audited, device.Locked, device.Repair, device.Erased, device.Ready,
}

// benchShown is how many devices of each state the bench's first page shows.
const benchShown = 6

func (a *API) benchPage(c *gin.Context) {
	if code := strings.TrimSpace(c.Query("code")); code != "" {
		a.openScanned(c, code)
		return
	}
	v, err := a.benchView(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "bench/bench", v)
}

// openScanned leads to the device of a label or serial number.
func (a *API) openScanned(c *gin.Context, code string) {
	d, err := a.Devices.Scan(c.Request.Context(), actorOf(c), device.Scan{Code: code})
	if err == nil {
		goOn(c, address(langOf(c), "bench-device", d.ID))
		return
	}
	v, failed := a.benchView(c)
	if failed != nil {
		a.failPage(c, failed)
		return
	}
	known := a.known(c, err)
	form := frontend.Form{Values: map[string][]string{"code": {code}}, Errors: map[string]string{
		"code": a.words.Text(langOf(c), "fault."+known.Code, known.Args),
	}}
	a.render(c, status(known.Kind), "bench/bench", form, v)
}

func (a *API) benchView(c *gin.Context) (benchView, error) {
	ctx, actor := c.Request.Context(), actorOf(c)
	if lot := c.Query("donation"); lot != "" {
		return a.lotView(ctx, actor, lot)
	}
	var v benchView
	if state := device.State(c.Query("state")); slices.Contains(benchStates, state) {
		found, err := a.Devices.List(ctx, actor, device.List{List: call.List{Limit: 60, After: c.Query("after")}, State: state})
		v.State, v.Next, v.Groups = state, found.Next, []benchGroup{{State: state, Devices: found.Items}}
		return v, err
	}
	lots, err := a.Donations.List(ctx, actor, donation.List{List: call.List{Limit: 20}, State: donation.Collected})
	if err != nil {
		return v, err
	}
	v.Lots = lots.Items
	for _, state := range benchStates {
		found, err := a.Devices.List(ctx, actor, device.List{List: call.List{Limit: benchShown}, State: state})
		if err != nil {
			return v, err
		}
		if len(found.Items) > 0 {
			v.Groups = append(v.Groups, benchGroup{State: state, Devices: found.Items, More: found.Next != ""})
		}
	}
	return v, nil
}

func (a *API) lotView(ctx context.Context, actor people.Actor, id string) (benchView, error) {
	lot, err := a.Donations.AtBench(ctx, actor, call.One{ID: id})
	if err != nil {
		return benchView{}, err
	}
	missing, err := a.Devices.List(ctx, actor, device.List{List: call.List{Limit: 200}, Donation: id, State: device.Declared})
	if err != nil {
		return benchView{}, err
	}
	sites, err := a.sitesIn(ctx, actor, lot.Territory)
	return benchView{
		Lot: &lot, Missing: missing.Items, Seen: lot.Counts.Received + lot.Counts.Refused, Next: missing.Next, Sites: sites,
	}, err
}

// receiveOnPage ticks a device off and shows the lot again, ready for the next
// scan. A code that is not on the list is asked about, never guessed.
func (a *API) receiveOnPage(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	ctx, actor, lot := c.Request.Context(), actorOf(c), c.Query("donation")
	var req donation.Receive
	if err = a.bindForm(c, form, &req); err == nil {
		req.ID = lot
		var ticked donation.Ticked
		if ticked, err = a.Donations.Receive(ctx, actor, req); err == nil {
			// The place stays chosen for the next scan.
			a.showLot(c, http.StatusOK, frontend.Form{Values: map[string][]string{"site": {form.Value("site")}}}, lot, func(v *benchView) { v.Ticked = &ticked })
			return
		}
	}
	known := a.known(c, err)
	a.mark(c, &form, known)
	a.showLot(c, status(known.Kind), form, lot, func(v *benchView) {
		if slices.ContainsFunc(known.Fields, func(f fault.Field) bool { return f.Code == "serial_unknown" || f.Path == "model" }) {
			v.Unknown = form.Value("code")
		}
	})
}

// sitesIn lists where devices of a territory may stand.
func (a *API) sitesIn(ctx context.Context, actor people.Actor, territory string) ([]partner.SiteView, error) {
	all, err := a.Partners.Sites(ctx, actor, partner.Sites{List: call.List{Limit: 200}})
	return slices.DeleteFunc(all.Items, func(site partner.SiteView) bool { return site.Territory != territory }), err
}

func (a *API) showLot(c *gin.Context, status int, form frontend.Form, lot string, with func(*benchView)) {
	v, err := a.lotView(c.Request.Context(), actorOf(c), lot)
	if err != nil {
		a.failPage(c, err)
		return
	}
	with(&v)
	a.render(c, status, "bench/bench", form, v)
}

// benchDeviceView is a device with the form of its next step.
type benchDeviceView struct {
	device.View
	Moves  []device.State // plain steps, each with a reason
	Audit  bool           // the next step is to examine it
	Drives []int          // rows of the audit's form
	Sites  []partner.SiteView
	Stands string // the site's name
}

func (a *API) benchDeviceView(ctx context.Context, actor people.Actor, id string) (benchDeviceView, error) {
	d, err := a.Devices.Get(ctx, actor, call.One{ID: id})
	v := benchDeviceView{View: d, Drives: rowNumbers(max(2, len(d.Drives)))}
	if err != nil {
		return v, err
	}
	if v.Sites, err = a.sitesIn(ctx, actor, d.Territory); err != nil {
		return v, err
	}
	for _, site := range v.Sites {
		if site.ID == d.Site {
			v.Stands = site.Name
		}
	}
	v.Audit = slices.Contains([]device.State{device.Received, device.Returned, device.Locked, device.Repair}, d.State)
	for _, to := range d.May {
		aside := to == device.Audited && !v.Audit || slices.Contains([]device.State{device.Locked, device.Repair, device.Harvested, device.Recycled, device.Refused, device.Lost}, to)
		if d.Match == "" && aside {
			v.Moves = append(v.Moves, to)
		}
	}
	return v, err
}

func (a *API) benchDevicePage(c *gin.Context) {
	v, err := a.benchDeviceView(c.Request.Context(), actorOf(c), c.Param("id"))
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.render(c, http.StatusOK, "bench/device", frontend.Form{Values: auditValues(v.View)}, v)
}

// auditValues fills the audit's form with what the list or an earlier audit
// said.
func auditValues(d device.View) map[string][]string {
	values := map[string][]string{}
	set := func(name, value string) {
		if value != "" && value != "0" {
			values[name] = []string{value}
		}
	}
	set("specs.manufacturer", d.Specs.Manufacturer)
	set("specs.model", d.Specs.Model)
	set("specs.processor", d.Specs.Processor)
	set("specs.ram_gb", strconv.Itoa(d.Specs.RAMGB))
	set("specs.screen", strconv.Itoa(d.Specs.Screen))
	set("specs.layout", d.Specs.Layout)
	set("specs.category", d.Specs.Category)
	set("grades.appearance", d.Grades.Appearance)
	set("grades.functionality", d.Grades.Functionality)
	set("grades.battery", d.Grades.Battery)
	set("shelf", d.Shelf)
	set("site", d.Site)
	set("no_drive", d.NoDrive)
	set("specs.webcam", strconv.FormatBool(d.Specs.Webcam))
	set("specs.wifi", strconv.FormatBool(d.Specs.Wifi))
	for i, drive := range d.Drives {
		at := "drives." + strconv.Itoa(i) + "."
		set(at+"serial", drive.Serial)
		set(at+"medium", string(drive.Medium))
		set(at+"size_gb", strconv.Itoa(drive.SizeGB))
		set(at+"supply", drive.Supply)
	}
	return values
}

// changeOnBench takes the forms of a device's page, told apart by "do".
func (a *API) changeOnBench(c *gin.Context) {
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	if err = a.benchStep(c, form); err == nil {
		goOn(c, address(langOf(c), "bench-device", c.Param("id"), "said", "said.bench"))
		return
	}
	v, failed := a.benchDeviceView(c.Request.Context(), actorOf(c), c.Param("id"))
	if failed != nil {
		a.failPage(c, failed)
		return
	}
	a.refuseForm(c, "bench/device", form, v, err)
}

func (a *API) benchStep(c *gin.Context, form frontend.Form) error {
	ctx, actor := c.Request.Context(), actorOf(c)
	switch form.Value("do") {
	case "audit":
		req, wrong := readAudit(form)
		if err := a.bindForm(c, form, &req, wrong...); err != nil {
			return err
		}
		_, err := a.Devices.Audit(ctx, actor, req)
		return err
	case "erase":
		return benchAct(a, c, form, a.Devices.Erase)
	case "no_drive":
		return benchAct(a, c, form, a.Devices.NoDriveFound)
	case "prepare":
		return benchAct(a, c, form, a.Devices.Prepare)
	case "release":
		return benchAct(a, c, form, a.Devices.Release)
	case "place":
		return benchAct(a, c, form, a.Devices.Place)
	case "move":
		return benchAct(a, c, form, a.Devices.Move)
	default:
		return fault.InvalidField("do", "oneof")
	}
}

func benchAct[Req any](a *API, c *gin.Context, form frontend.Form, fn func(context.Context, people.Actor, Req) (device.View, error)) error {
	var req Req
	if err := a.bindForm(c, form, &req); err != nil {
		return err
	}
	_, err := fn(c.Request.Context(), actorOf(c), req)
	return err
}

// readAudit reads the audit's form, whose fields are named as the API spells
// them ("specs.ram_gb", "drives.0.serial").
func readAudit(form frontend.Form) (req device.Audit, wrong []fault.Field) {
	number := func(name string) int {
		text := strings.TrimSpace(form.Value(name))
		n, err := strconv.Atoi(text)
		if err != nil && text != "" {
			wrong = append(wrong, fault.Field{Path: name, Code: "number"})
		}
		return n
	}
	text := func(name string) string { return strings.TrimSpace(form.Value(name)) }
	for i := range maxDrives {
		at := "drives." + strconv.Itoa(i) + "."
		if text(at+"serial") == "" && text(at+"size_gb") == "" {
			continue
		}
		req.Drives = append(req.Drives, device.FoundDrive{
			Serial: text(at + "serial"), Medium: device.Medium(text(at + "medium")), SizeGB: number(at + "size_gb"),
			New: text(at+"supply") != "", Supply: text(at + "supply"),
		})
	}
	req.Specs = device.Specs{
		Manufacturer: text("specs.manufacturer"), Model: text("specs.model"), Category: text("specs.category"), Processor: text("specs.processor"),
		RAMGB: number("specs.ram_gb"), Screen: number("specs.screen"), Layout: text("specs.layout"),
		Webcam: form.Value("specs.webcam") != "", Wifi: form.Value("specs.wifi") != "", DiskType: "none",
	}
	if len(req.Drives) > 0 {
		req.Specs.DiskGB, req.Specs.DiskType = req.Drives[0].SizeGB, string(req.Drives[0].Medium)
	}
	req.Grades = device.Grades{
		Appearance: text("grades.appearance"), Functionality: text("grades.functionality"), Battery: text("grades.battery"),
	}
	return req, wrong
}

// maxDrives is how many drives an audit's form may name.
const maxDrives = 16
