package device

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Audit is what the bench read of a device: hardware, drives, grades, locks.
type Audit struct {
	call.Change
	Specs      Specs        `json:"specs"`
	Grades     Grades       `json:"grades"`
	Drives     []FoundDrive `json:"drives,omitempty" validate:"max=16,dive"`
	NoDrive    string       `json:"no_drive,omitempty" form:"no_drive" validate:"plain,max=300"` // why there is none
	Locked     bool         `json:"locked,omitempty" form:"locked"`                              // BIOS, MDM or account lock
	Quarantine bool         `json:"quarantine,omitempty" form:"quarantine"`                      // swollen battery
	Shelf      string       `json:"shelf,omitempty" form:"shelf" validate:"plain,max=40"`
}

// FoundDrive is a drive as found in a device.
type FoundDrive struct {
	Serial string `json:"serial" validate:"required,plain,max=80"`
	Model  string `json:"model,omitempty" validate:"plain,max=120"`
	Medium Medium `json:"medium" validate:"required,oneof=hdd ssd nvme emmc"`
	SizeGB int    `json:"size_gb,omitempty" validate:"min=0,max=65536"`
	New    bool   `json:"new,omitempty"`
	Supply string `json:"supply,omitempty" validate:"required_if=New true,plain,max=120"` // invoice or stock entry of a new one
}

// Audit notes what the bench read: received, or come back, → audited; with a
// lock found it goes on to locked.
func (s *Devices) Audit(ctx context.Context, actor people.Actor, req Audit) (View, error) {
	if err := req.complete(); err != nil {
		return View{}, err
	}
	return s.handle(ctx, actor, req.ID, req.IfVersion, func(d *Device) error {
		if d.State != Audited {
			if err := d.take(s.step(Audited, actor, "")); err != nil {
				return err
			}
		}
		d.Specs, d.Grades, d.Quarantine = req.Specs, req.Grades, req.Quarantine
		d.Checks = Checks{}
		if req.Shelf != "" {
			d.Shelf = req.Shelf
		}
		if req.NoDrive != "" {
			d.NoDrive = &NoDrive{By: actor.Name(), At: docstore.At(s.clock()), Reason: req.NoDrive}
		}
		d.meet(req.Drives, s.supplied(actor))
		d.index()
		if req.Locked {
			return d.take(s.step(Locked, actor, "lock_found"))
		}
		return nil
	})
}

// complete names what an audit still lacks: grades, and a drive or the reason
// why there is none. A lock keeps the bench from reading on; the battery is
// graded where there is one.
func (a Audit) complete() error {
	if a.Locked {
		return nil
	}
	refused := fault.New(fault.Invalid, "invalid")
	need := func(ok bool, path, code string) {
		if !ok {
			refused.Fields = append(refused.Fields, fault.Field{Path: path, Code: code})
		}
	}
	need(a.Grades.Appearance != "", "grades.appearance", "required")
	need(a.Grades.Functionality != "", "grades.functionality", "required")
	need(a.Grades.Battery != "" || a.Specs.Category == "desktop", "grades.battery", "required")
	for i, drive := range a.Drives {
		need(!drive.New || drive.Supply != "", "drives."+strconv.Itoa(i)+".supply", "required")
	}
	need(len(a.Drives) > 0 || a.NoDrive != "", "no_drive", "drive_or_reason")
	if len(refused.Fields) == 0 {
		return nil
	}
	return refused
}

// meet adds drives found to those it held; one not found any more was taken
// out. What a drive proved once stays with it.
func (d *Device) meet(found []FoundDrive, supplied func(string) *Supply) {
	for i := range d.Drives {
		d.Drives[i].Fitted = slices.ContainsFunc(found, func(f FoundDrive) bool { return Normal(f.Serial) == Normal(d.Drives[i].Serial) })
	}
	for _, f := range found {
		if !slices.ContainsFunc(d.Drives, func(old Drive) bool { return Normal(old.Serial) == Normal(f.Serial) }) {
			drive := Drive{ID: id.New(id.Drive), Serial: f.Serial, Model: f.Model, Medium: f.Medium, SizeGB: f.SizeGB, Fitted: true}
			if f.New {
				drive.Supply = supplied(f.Supply)
			}
			d.Drives = append(d.Drives, drive)
		}
	}
}

// supplied makes the record of a new drive, as an actor states it now.
func (s *Devices) supplied(actor people.Actor) func(reference string) *Supply {
	return func(reference string) *Supply {
		return &Supply{Reference: reference, By: actor.Name(), At: docstore.At(s.clock())}
	}
}

// Erase records how one drive was erased.
type Erase struct {
	call.Change
	Drive    string `json:"drive" form:"drive" validate:"required,max=80"` // its serial number
	Tool     string `json:"tool" form:"tool" validate:"required,plain,max=60"`
	Method   string `json:"method" form:"method" validate:"required,oneof=overwrite ata_sanitize nvme_sanitize crypto_erase degauss destroy"`
	Verified bool   `json:"verified" form:"verified"`
	Status   string `json:"status" form:"status" validate:"required,oneof=erased erased_with_warnings failed aborted"`
}

// Erase records a drive's erasure; when every drive it holds is certified the
// device is erased.
func (s *Devices) Erase(ctx context.Context, actor people.Actor, req Erase) (View, error) {
	return s.handle(ctx, actor, req.ID, req.IfVersion, func(d *Device) error {
		if d.State != Audited {
			return Steps.Check(d.State, Erased)
		}
		i := slices.IndexFunc(d.Drives, func(held Drive) bool { return Normal(held.Serial) == Normal(req.Drive) })
		if i < 0 {
			return fault.InvalidField("drive", "drive_unknown")
		}
		if old := d.Drives[i].Erasure; old != nil && old.proves(d.Drives[i].Medium) && req.Status != "erased" {
			return fault.New(fault.Conflict, "erasure_disagrees")
		}
		d.Drives[i].Erasure = &Erasure{
			Tool: req.Tool, Method: req.Method, NIST: judge(d.Drives[i].Medium, req.Method, req.Status), Verified: req.Verified,
			Status: req.Status, Ended: docstore.At(s.clock()), By: actor.Name(),
		}
		if !d.certified() {
			d.tell("drive_recorded", s.step(d.State, actor, req.Status))
			return nil
		}
		return d.take(s.step(Erased, actor, ""))
	})
}

// judge rates a method against the medium after NIST SP 800-88 Rev. 2:
// overwriting clears a magnetic disk; flash keeps copies that overwriting does
// not reach, so it is neither cleared for release nor purged by it.
func judge(m Medium, method, status string) string {
	if status != "erased" && status != "erased_with_warnings" {
		return "none"
	}
	switch method {
	case "destroy":
		return "destroy"
	case "ata_sanitize", "nvme_sanitize", "crypto_erase":
		return "purge"
	case "degauss":
		if m == HDD {
			return "purge"
		}
		return "none"
	default:
		if m == HDD {
			return "clear"
		}
		return "none"
	}
}

// proves tells whether the record is proof enough for the device to leave.
func (e *Erasure) proves(Medium) bool { return e != nil && e.NIST != "none" && e.Status == "erased" }

// certified tells whether each drive it ever held here is new or proved
// erased, or there never was one and somebody said so.
func (d *Device) certified() bool {
	if len(d.Drives) == 0 {
		return d.NoDrive != nil
	}
	for _, drive := range d.Drives {
		if drive.Supply == nil && !drive.Erasure.proves(drive.Medium) {
			return false
		}
	}
	return true
}

// NoDriveFound goes on without a drive: audited → erased.
type NoDriveFound struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=300"`
}

// NoDriveFound records who says that a device came without any drive.
func (s *Devices) NoDriveFound(ctx context.Context, actor people.Actor, req NoDriveFound) (View, error) {
	return s.handle(ctx, actor, req.ID, req.IfVersion, func(d *Device) error {
		if len(d.Drives) > 0 {
			return fault.New(fault.Conflict, "drives_known")
		}
		d.NoDrive = &NoDrive{By: actor.Name(), At: docstore.At(s.clock()), Reason: req.Reason}
		return d.take(s.step(Erased, actor, "no_drive"))
	})
}

// Prepare is the last check before stock.
type Prepare struct {
	call.Change
	System         string `json:"system" form:"system" validate:"required,plain,max=80"`
	SupportedUntil string `json:"supported_until" form:"supported_until" validate:"required,datetime=2006-01-02"`
	Unlocked       bool   `json:"unlocked" form:"unlocked"`
	ChargerSafe    bool   `json:"charger_safe" form:"charger_safe"`
	BatterySafe    bool   `json:"battery_safe" form:"battery_safe"`
	NewDrive       string `json:"new_drive,omitempty" form:"new_drive" validate:"plain,max=80"` // serial of a stocked drive fitted now
	NewDriveGB     int    `json:"new_drive_gb,omitempty" form:"new_drive_gb" validate:"min=0,max=65536"`
	Supply         string `json:"supply,omitempty" form:"supply" validate:"required_with=NewDrive,plain,max=120"` // its invoice or stock entry
}

// supported is how long the system must still get updates.
const supported = 24

// Prepare makes a device ready: erased → ready when every condition holds;
// what is missing is named field by field.
func (s *Devices) Prepare(ctx context.Context, actor people.Actor, req Prepare) (View, error) {
	return s.handle(ctx, actor, req.ID, req.IfVersion, func(d *Device) error {
		if err := Steps.Check(d.State, Ready); err != nil {
			return err
		}
		if req.NewDrive != "" {
			d.Drives = append(d.Drives, Drive{
				ID: id.New(id.Drive), Serial: req.NewDrive, Medium: SSD, SizeGB: req.NewDriveGB, Fitted: true, Supply: s.supplied(actor)(req.Supply),
			})
			d.Specs.DiskGB, d.Specs.DiskType = req.NewDriveGB, "ssd"
		}
		d.Checks = Checks{
			Unlocked: req.Unlocked, System: req.System, SupportedUntil: req.SupportedUntil,
			ChargerSafe: req.ChargerSafe, BatterySafe: req.BatterySafe,
		}
		if fields := d.missing(s.clock()); len(fields) > 0 {
			refused := fault.New(fault.Invalid, "not_ready")
			refused.Fields = fields
			return refused
		}
		d.Specs.Charger = true
		return d.take(s.step(Ready, actor, ""))
	})
}

// missing names what still keeps a device from being ready.
func (d *Device) missing(now time.Time) []fault.Field {
	var fields []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			fields = append(fields, fault.Field{Path: path, Code: code})
		}
	}
	until, err := time.Parse(time.DateOnly, d.Checks.SupportedUntil)
	need(err == nil && !until.Before(now.AddDate(0, supported, 0)), "supported_until", "support_short")
	need(d.Checks.Unlocked, "unlocked", "lock_unchecked")
	need(d.Checks.ChargerSafe, "charger_safe", "charger_unsafe")
	need(d.Checks.BatterySafe && !d.Quarantine, "battery_safe", "battery_unsafe")
	need(d.certified(), "drives", "drive_uncertified")
	need(slices.ContainsFunc(d.Drives, func(drive Drive) bool { return drive.Fitted }), "drives", "drive_missing")
	return fields
}

// Note is a step of the bench with an optional reason.
type Note struct {
	call.Change
	Reason string `json:"reason,omitempty" form:"reason" validate:"plain,max=300"`
}

// Release puts a ready device into stock, where rounds see it.
func (s *Devices) Release(ctx context.Context, actor people.Actor, req Note) (View, error) {
	return s.handle(ctx, actor, req.ID, req.IfVersion, func(d *Device) error {
		if !d.certified() {
			return fault.New(fault.Conflict, "drive_uncertified")
		}
		if s.options.TwoTechnicians && d.erasedBy(actor.Name()) {
			return fault.New(fault.Forbidden, "second_technician")
		}
		return d.take(s.step(Available, actor, req.Reason))
	})
}

func (d *Device) erasedBy(name string) bool {
	return slices.ContainsFunc(d.Drives, func(drive Drive) bool { return drive.Erasure != nil && drive.Erasure.By == name })
}

// Move is a plain step of the bench: to repair, harvest, recycling, refusal,
// lock, loss, or back to the audit.
type Move struct {
	call.Change
	To     State  `json:"to" form:"to" validate:"required,oneof=audited locked repair harvested recycled refused lost"`
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=300"`
}

// Move takes such a step. A device that is gone before each of its drives was
// erased is an incident: what it holds may be read, and its donor must know.
func (s *Devices) Move(ctx context.Context, actor people.Actor, req Move) (View, error) {
	return s.handle(ctx, actor, req.ID, req.IfVersion, func(d *Device) error {
		if d.Match != "" {
			return fault.New(fault.Conflict, "device_claimed")
		}
		if err := d.take(s.step(req.To, actor, req.Reason)); err != nil {
			return err
		}
		if d.State == Lost && !d.certified() {
			d.tell("incident", s.step(Lost, actor, ""))
		}
		return nil
	})
}
