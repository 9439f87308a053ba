package device

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Breach is a rule that a stored device breaks.
type Breach struct {
	Rule string `json:"rule"`
	ID   string `json:"id"`
	Fact string `json:"fact"`
}

// Check walks every device: its history follows the life cycle up to its
// state, and nothing left the bench without proof for each drive.
func (s *Devices) Check(ctx context.Context) ([]Breach, error) {
	var found []Breach
	err := s.docs.Each(ctx, docstore.Query{Scope: people.System().Desk()}, func(d *Device) error {
		found = append(found, d.breaches()...)
		return nil
	})
	return found, err
}

func (d *Device) breaches() []Breach {
	var found []Breach
	say := func(rule, fact string) { found = append(found, Breach{Rule: rule, ID: d.ID, Fact: fact}) }
	var last State
	for i, c := range d.History {
		if c.From != last || i > 0 && !Steps.Allows(c.From, c.To) {
			say("history", string(last)+" → "+string(c.From)+" → "+string(c.To))
		}
		last = c.To
	}
	if last != d.State {
		say("history", "ends in "+string(last)+", is "+string(d.State))
	}
	switch d.State {
	case Available, Reserved, Allocated, Dispatched, Delivered:
		if !d.certified() {
			say("erasure", "left the bench without proof for each drive")
		}
	default:
	}
	if held := d.State == Reserved || d.State == Allocated || d.State == Dispatched; held != (d.Match != "") && d.State != Delivered {
		say("claim", string(d.State)+" with match "+d.Match)
	}
	return found
}
