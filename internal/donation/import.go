package donation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/inventory"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// MaxFile is the largest list taken, in bytes.
const MaxFile = 20 << 20

// chunkRows is how many rows stand in one document of an import.
const chunkRows = 500

// Import is a list that was read and waits to be confirmed, or was.
type Import struct {
	docstore.Meta `json:",inline"`

	Donation string            `json:"donation"`
	File     string            `json:"file,omitempty"`    // of which it was read
	Mapping  inventory.Mapping `json:"mapping,omitempty"` // the columns as named; none where guessed
	State    string            `json:"state"`             // read, running, done
	Layout   string            `json:"layout"`
	Rows     int               `json:"rows"`
	Usable   int               `json:"usable"` // rows that can become devices
	Problems []ImportProblem   `json:"problems"`
	Total    int               `json:"total"` // problems found; Problems holds the first
	Chunks   int               `json:"chunks"`
	Done     int               `json:"done"` // chunks worked off
	Made     int               `json:"made"`
	Updated  int               `json:"updated"`
	Same     int               `json:"same"`
	Created  docstore.Millis   `json:"created"`
}

// ImportProblem is one row that needs a look.
type ImportProblem struct {
	Row     int    `json:"row"`
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// chunk holds some rows of an import; its id is "import:number".
type chunk struct {
	docstore.Meta `json:",inline"`

	Devices []inventory.Device `json:"devices"`
}

func importSpec() docstore.Spec {
	return docstore.Spec{Name: "imports", Indexes: []docstore.Index{{Name: "donation", Equal: []string{"donation"}, Order: "created", Desc: true}}}
}

// shownProblems bounds what one document and one page hold.
const shownProblems = 500

// Upload is a company's list for a donation.
type Upload struct {
	call.Change
	File    []byte                                                `json:"-"`
	Mapping inventory.Mapping                                     `json:"-"`
	Words   func(code inventory.Code, args map[string]any) string `json:"-"`
}

// ImportView is a list as the preview shows it.
type ImportView struct {
	call.Tag
	Donation string             `json:"donation"`
	Mapping  inventory.Mapping  `json:"-"`
	State    string             `json:"state"`
	Layout   string             `json:"layout"`
	Rows     int                `json:"rows"`
	Usable   int                `json:"usable"`
	Total    int                `json:"total_problems"`
	Problems []ImportProblem    `json:"problems"`
	First    []inventory.Device `json:"first"` // the beginning, row by row
	Done     int                `json:"done"`
	Chunks   int                `json:"chunks"`
	Made     int                `json:"made"`
	Updated  int                `json:"updated"`
	Same     int                `json:"same"`
}

// mayList refuses who may not bring lists for the donation.
func (s *Donations) mayList(ctx context.Context, actor people.Actor, id string) (*Donation, error) {
	d, err := s.docs.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := d.sees(actor); err != nil {
		return nil, err
	}
	if !actor.May(people.Give, d.Company) && !actor.Desk().Sees(d.Territory) {
		return nil, fault.New(fault.Forbidden, "power_give")
	}
	switch d.State {
	case Declared, Agreed, Accepted, CollectionPlanned, Collected:
		return d, nil
	default:
		return nil, fault.New(fault.Conflict, "wrong_state").With("from", string(d.State))
	}
}

// Preview reads a list and stores what it says, touching no device. The same
// file for the same donation is the same import.
func (s *Donations) Preview(ctx context.Context, actor people.Actor, req Upload) (ImportView, error) {
	if _, err := s.mayList(ctx, actor, req.ID); err != nil {
		return ImportView{}, err
	}
	if len(req.File) > MaxFile {
		return ImportView{}, fault.New(fault.TooLarge, "file_too_large")
	}
	report, err := inventory.Read(ctx, bytes.NewReader(req.File), int64(len(req.File)), inventory.Options{Mapping: req.Mapping, Words: req.Words})
	var refused *inventory.Refused
	if errors.As(err, &refused) {
		return ImportView{}, fault.InvalidField("file", "file_"+string(refused.Code))
	}
	if err != nil {
		return ImportView{}, err
	}
	return s.keep(ctx, req, report)
}

// Headers shows the beginning of a list, for its columns to be named.
func (s *Donations) Headers(ctx context.Context, actor people.Actor, req Upload) (inventory.Preview, error) {
	if _, err := s.mayList(ctx, actor, req.ID); err != nil {
		return inventory.Preview{}, err
	}
	preview, err := inventory.Headers(ctx, bytes.NewReader(req.File), int64(len(req.File)), 5)
	var refused *inventory.Refused
	if errors.As(err, &refused) {
		return preview, fault.InvalidField("file", "file_"+string(refused.Code))
	}
	return preview, err
}

func (s *Donations) keep(ctx context.Context, req Upload, report inventory.Report) (ImportView, error) {
	sum := sha256.Sum256(req.File)
	file := id.Derived(id.File, req.ID, hex.EncodeToString(sum[:]))
	now := docstore.At(s.clock())
	im := &Import{
		Meta:     docstore.Meta{ID: id.Derived(id.Import, req.ID, hex.EncodeToString(sum[:])+fmt.Sprint(req.Mapping))},
		Donation: req.ID, File: file, Mapping: req.Mapping, State: "read", Layout: string(report.Layout), Rows: report.Rows, Total: len(report.Problems), Created: now,
	}
	for _, p := range report.Problems[:min(len(report.Problems), shownProblems)] {
		im.Problems = append(im.Problems, ImportProblem{Row: p.Row, Field: string(p.Field), Code: string(p.Code), Message: p.Message})
	}
	usable := make([]inventory.Device, 0, len(report.Devices))
	seen := map[string]bool{}
	for _, d := range report.Devices {
		serial := device.Normal(d.Serial)
		if serial == "" || d.Model == "" || seen[serial] { // each said by the reader
			continue
		}
		if noComputer(d.Category) {
			im.refuse(d.Row, req.Words)
			continue
		}
		seen[serial] = true
		usable = append(usable, d)
	}
	im.Usable = len(usable)
	var chunks []*chunk
	for start := 0; start < len(usable); start += chunkRows {
		chunks = append(chunks, &chunk{
			Meta:    docstore.Meta{ID: fmt.Sprintf("%s:%d", im.ID, len(chunks))},
			Devices: usable[start:min(start+chunkRows, len(usable))],
		})
	}
	im.Chunks = len(chunks)
	if len(chunks) > 0 {
		if _, err := s.chunks.InsertMany(ctx, chunks); err != nil {
			return ImportView{}, err
		}
	}
	stored, _, err := s.imports.Create(ctx, im)
	if err != nil {
		return ImportView{}, err
	}
	return s.importView(ctx, stored)
}

// firstRows is how much of a list a preview shows.
const firstRows = 20

func (s *Donations) importView(ctx context.Context, im *Import) (ImportView, error) {
	v := ImportView{
		Tag: call.Tag{ID: im.ID, Version: im.Version}, Donation: im.Donation, Mapping: im.Mapping, State: im.State, Layout: im.Layout, Rows: im.Rows,
		Usable: im.Usable, Total: im.Total, Problems: im.Problems, Done: im.Done, Chunks: im.Chunks,
		Made: im.Made, Updated: im.Updated, Same: im.Same, First: []inventory.Device{},
	}
	if v.Problems == nil {
		v.Problems = []ImportProblem{}
	}
	if im.Chunks == 0 {
		return v, nil
	}
	c, err := s.chunks.Get(ctx, im.ID+":0")
	if err != nil {
		return v, err
	}
	v.First = c.Devices[:min(len(c.Devices), firstRows)]
	return v, nil
}

// Import reads how far an import is.
func (s *Donations) Import(ctx context.Context, actor people.Actor, req call.One) (ImportView, error) {
	im, err := s.imports.Get(ctx, req.ID)
	if err != nil {
		return ImportView{}, err
	}
	d, err := s.docs.Get(ctx, im.Donation)
	if err != nil {
		return ImportView{}, err
	}
	if err := d.sees(actor); err != nil {
		return ImportView{}, err
	}
	return s.importView(ctx, im)
}

// Taken gives the import that took a list which was kept, if any did.
func (s *Donations) Taken(ctx context.Context, actor people.Actor, req Kept) (ImportView, bool, error) {
	if _, err := s.mayList(ctx, actor, req.ID); err != nil {
		return ImportView{}, false, err
	}
	recent, err := s.imports.Find(ctx, docstore.Query{Index: "donation", Equal: []docstore.In{docstore.Is(req.ID)}, Limit: remembered}, nil)
	if err != nil {
		return ImportView{}, false, err
	}
	for _, im := range recent.Items {
		if im.File == req.FileID && im.State == "done" {
			v, err := s.importView(ctx, im)
			return v, err == nil, err
		}
	}
	return ImportView{}, false, nil
}

// remembered is how many lists of a donation are looked at for one sent again.
const remembered = 50

// workTime bounds one call of Confirm; the page calls again until all is done,
// and shows how far it is. Leaving the page leaves the rest undone, to be
// resumed or not.
const workTime = 3 * time.Second

// Confirm makes or updates the devices of a list by serial number. It works for
// some seconds and tells how far it came; called again it goes on, and once
// done it changes nothing.
func (s *Donations) Confirm(ctx context.Context, actor people.Actor, req call.Change) (ImportView, error) {
	im, err := s.imports.Get(ctx, req.ID)
	if err != nil {
		return ImportView{}, err
	}
	d, err := s.mayList(ctx, actor, im.Donation)
	if err != nil {
		return ImportView{}, err
	}
	if err := docstore.IfVersion(im.Version, req.IfVersion); err != nil {
		return ImportView{}, err
	}
	until := s.clock().Add(workTime)
	for im.Done < im.Chunks {
		if im, err = s.work(ctx, actor, d, im); err != nil {
			return ImportView{}, err
		}
		if s.clock().After(until) {
			break
		}
	}
	return s.importView(ctx, im)
}

// work does one chunk, then notes it. A chunk done twice after a crash makes
// nothing twice: devices are found by serial number.
func (s *Donations) work(ctx context.Context, actor people.Actor, d *Donation, im *Import) (*Import, error) {
	c, err := s.chunks.Get(ctx, fmt.Sprintf("%s:%d", im.ID, im.Done))
	if err != nil {
		return nil, err
	}
	if err := s.mark(ctx, d.ID); err != nil {
		return nil, err
	}
	counts := map[device.Outcome]int{}
	origin := s.origin(d)
	for _, row := range c.Devices {
		_, outcome, err := s.devices.Announce(ctx, actor, origin, announced(row))
		if err != nil {
			return nil, err
		}
		counts[outcome]++
	}
	number := im.Done
	if number == im.Chunks-1 {
		// Counted before the list is noted as done: a crash between has it counted again.
		_, err := s.settle(ctx, actor, d.ID, func(d *Donation) { d.tell("imported", s.step(d.State, actor, im.ID)) })
		if err != nil {
			return nil, err
		}
	}
	return s.imports.Update(ctx, im.ID, func(im *Import) error {
		if im.Done != number {
			return docstore.Unchanged
		}
		im.Done++
		im.Made += counts[device.Made]
		im.Updated += counts[device.Updated]
		im.Same += counts[device.Same] + counts[device.Kept]
		im.State = "running"
		if im.Done == im.Chunks {
			im.State = "done"
		}
		return nil
	})
}

func announced(row inventory.Device) device.Announced {
	return device.Announced{
		Serial: row.Serial, AssetTag: row.AssetTag,
		Specs: device.Specs{
			Manufacturer: row.Manufacturer, Model: row.Model, Category: category(row.Category), Processor: row.Processor,
			RAMGB: row.RAMGB, DiskGB: row.DiskGB, DiskType: row.DiskType, Purchased: row.Purchased,
			Layout: "azerty", Webcam: true, Wifi: true,
		},
	}
}

// notComputer is the remark on a row that is no computer.
const notComputer inventory.Code = "not_computer"

// refuse notes a row that is left out because it is no computer.
func (im *Import) refuse(row int, words func(inventory.Code, map[string]any) string) {
	im.Total++
	if len(im.Problems) == shownProblems {
		return
	}
	p := ImportProblem{Row: row, Field: string(inventory.Category), Code: string(notComputer)}
	if words != nil {
		p.Message = words(notComputer, nil)
	}
	im.Problems = append(im.Problems, p)
}

// noComputer tells what companies list beside computers, in French and English.
func noComputer(text string) bool {
	switch device.Normal(text) {
	case "ECRAN", "ÉCRAN", "MONITEUR", "MONITOR", "DISPLAY", "SCREEN", "IMPRIMANTE", "PRINTER", "SCANNER",
		"CLAVIER", "KEYBOARD", "SOURIS", "MOUSE", "STATION", "STATIONDACCUEIL", "DOCK", "DOCKINGSTATION",
		"TELEPHONE", "TÉLÉPHONE", "SMARTPHONE", "PHONE", "MOBILEPHONE", "SERVEUR", "SERVER", "SWITCH", "ROUTEUR", "ROUTER",
		"VIDEOPROJECTEUR", "VIDÉOPROJECTEUR", "PROJECTOR", "ACCESSOIRE", "ACCESSORY", "LICENCE", "LICENSE":
		return true
	default:
		return false
	}
}

// category keeps what rounds tell apart; most lists hold laptops.
func category(text string) string {
	switch device.Normal(text) {
	case "DESKTOP", "TOUR", "ORDINATEURDEBUREAU", "PCFIXE", "WORKSTATION":
		return "desktop"
	case "TABLET", "TABLETTE":
		return "tablet"
	default:
		return "laptop"
	}
}
