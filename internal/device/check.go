package device

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Check walks every device: its history follows the life cycle up to its
// state, and nothing left the bench without proof for each drive.
func (s *Devices) Check(ctx context.Context, a *lifecycle.Audit) error {
	return s.docs.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(d *Device) error {
		d.audit(a)
		return nil
	})
}

func (d *Device) audit(a *lifecycle.Audit) {
	Steps.Audit(a, d.ID, d.History, d.State, Declared, Received)
	switch d.State {
	case Available, Reserved, Allocated, Dispatched, Delivered:
		if !d.certified() {
			a.Say("erasure", d.ID, "left the bench without proof for each drive")
		}
	default:
	}
	if held := d.State == Reserved || d.State == Allocated || d.State == Dispatched; held != (d.Match != "") && d.State != Delivered {
		a.Say("claim", d.ID, string(d.State)+" with match "+d.Match)
	}
}
