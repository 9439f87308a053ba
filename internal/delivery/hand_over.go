package delivery

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// mostMisses is how many wrong codes a delivery takes before a coordinator must
// look.
const mostMisses = 5

// newCode draws the six digits that the family shows.
func (s *Deliveries) newCode(ctx context.Context, d *Delivery) error {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return fault.Wrap(fault.Internal, "internal", err)
	}
	code := fmt.Sprintf("%06d", n)
	d.CodeHash = s.box.Lookup("hand_over", d.ID+code)
	d.Code, err = s.box.Seal(ctx, d.Application, "hand_over", code)
	return err
}

// HandOver is the code typed by whoever hands over, and the device scanned
// where it is another than planned.
type HandOver struct {
	call.Change
	Code   string `json:"code" form:"code" validate:"required,max=12"`
	Device string `json:"device,omitempty" form:"device" validate:"max=40"` // id or label of the device given instead: a swap
}

// mayHandOver is a greeter or coordinator of the territory, or a prescriber
// whose structure hands over. An address that stays with a structure keeps
// greeters away too: where it is would tell.
func mayHandOver(actor people.Actor, d *Delivery) error {
	if err := actor.Must(people.Greeter, people.Coordinator, people.Administrator, people.PrescriberOf); err != nil {
		return err
	}
	if actor.ActsFor(people.PrescriberOf, d.Keeper) {
		return nil
	}
	if d.Kept {
		return people.MustSee(actor.Desk(), d.Territory)
	}
	return people.MustSee(actor.Scope(people.Greeter, people.Coordinator, people.Administrator), d.Territory)
}

// HandOver passes the device into the student's hands. The right code takes the
// delivery for this hand-over, so that nobody notes a no-show meanwhile; then the
// match is fulfilled: that write decides against whoever releases it at the same
// moment. Delivery and device follow it, after a crash by its event.
func (s *Deliveries) HandOver(ctx context.Context, actor people.Actor, req HandOver) (GreeterRow, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return GreeterRow{}, err
	}
	if err := mayHandOver(actor, d); err != nil {
		return GreeterRow{}, err
	}
	if !d.Handing && !d.passed() { // else somebody clicked twice: the code decides
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return GreeterRow{}, err
		}
	}
	if d, err = s.inTurn(ctx, d.ID, req.Code); err != nil {
		return GreeterRow{}, err
	}
	passed, err := s.pass(ctx, actor, d, req.Device)
	if err != nil {
		return GreeterRow{}, errors.Join(err, s.letGo(ctx, d))
	}
	return s.greeterRow(ctx, passed)
}

// pass gives the planned device, or the one scanned in its place.
func (s *Deliveries) pass(ctx context.Context, actor people.Actor, d *Delivery, scanned string) (*Delivery, error) {
	given, err := s.given(ctx, d, scanned)
	if err != nil {
		return nil, err
	}
	if given != d.Device {
		if d, err = s.swap(ctx, actor, d, given); err != nil {
			return nil, err
		}
	}
	if d.State != HandedOver {
		if err := Steps.Check(d.State, HandedOver); err != nil {
			return nil, err
		}
	}
	if err := s.matches.Fulfil(ctx, actor, d.Match); err != nil {
		return nil, err
	}
	return s.passed(ctx, actor, d.ID)
}

// letGo ends a hand-over that was refused. One whose match is fulfilled goes on
// by the match's event.
func (s *Deliveries) letGo(ctx context.Context, d *Delivery) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), letGoTime)
	defer cancel()
	if !d.Handing {
		return nil
	}
	d, err := s.docs.Get(ctx, d.ID)
	if err != nil || d.Unsettled == 0 {
		return err
	}
	return s.settle(ctx, people.System(), d)
}

// letGoTime bounds the end of a hand-over whose caller has gone away.
const letGoTime = 5 * time.Second

// passed notes that the device of a fulfilled match is in the student's hands.
func (s *Deliveries) passed(ctx context.Context, actor people.Actor, id string) (*Delivery, error) {
	d, err := s.docs.Update(ctx, id, func(d *Delivery) error {
		if d.State != Booked && d.State != Dispatched {
			return docstore.Unchanged
		}
		d.Handing = false
		d.Due = docstore.At(s.clock().Add(unconfirmedAfter))
		return d.take(s.step(HandedOver, actor, "code"))
	})
	if err != nil {
		return nil, err
	}
	return d, s.settle(ctx, actor, d)
}

// given is the device that changes hands: the planned one, or that of the label
// which was scanned in its place.
func (s *Deliveries) given(ctx context.Context, d *Delivery, scanned string) (string, error) {
	if scanned == "" || scanned == d.Device {
		return d.Device, nil
	}
	dev, err := s.scan(ctx, d.Territory, scanned)
	if fault.Is(err, fault.NotFound) || err == nil && dev.Territory != d.Territory {
		return "", fault.InvalidField("device", "label_unknown")
	}
	if err != nil {
		return "", err
	}
	return dev.ID, nil
}

// scan finds a device by its id, as a code on it says, or by its label.
func (s *Deliveries) scan(ctx context.Context, territory, scanned string) (*device.Device, error) {
	if id.Is(id.Device, scanned) {
		return s.devices.Find(ctx, scanned)
	}
	return s.devices.Labelled(ctx, people.System().Within(territory), scanned)
}

// inTurn takes the delivery for this hand-over. While another request is at it,
// with the same code, it waits: a second click is answered as the first one was.
func (s *Deliveries) inTurn(ctx context.Context, id, typed string) (*Delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	for {
		d, err := s.tryCode(ctx, id, typed)
		if fault.CodeOf(err) != underWay {
			return d, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(turnTime / 100):
		}
	}
}

// turnTime is how long a hand-over waits for another one on its delivery.
const turnTime = 5 * time.Second

// underWay refuses a hand-over while another one is at work.
const underWay = "under_way"

// tryCode counts wrong codes; the right one takes the delivery for one hand-over,
// until too many were wrong.
func (s *Deliveries) tryCode(ctx context.Context, id, typed string) (*Delivery, error) {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, typed)
	given := s.box.Lookup("hand_over", id+digits)
	right := false
	d, err := s.docs.Update(ctx, id, func(d *Delivery) error {
		if d.Misses >= mostMisses {
			return fault.New(fault.Conflict, "code_locked")
		}
		right = subtle.ConstantTimeCompare([]byte(given), []byte(d.CodeHash)) == 1
		if right {
			return d.hand(docstore.At(s.clock()))
		}
		d.Misses++
		return nil
	})
	if err == nil && !right {
		return nil, fault.InvalidField("code", "code_wrong")
	}
	return d, err
}

// hand takes a delivery for one hand-over; who comes second waits.
func (d *Delivery) hand(at docstore.Millis) error {
	if d.State != Booked && d.State != Dispatched {
		return docstore.Unchanged
	}
	if d.Handing {
		return fault.New(fault.Conflict, underWay)
	}
	d.Handing = true
	d.Unsettled = cmp.Or(d.Unsettled, at)
	return nil
}

// swap gives another device: the match is superseded by one for it, in one
// scan, and the delivery of the new match goes on from here.
func (s *Deliveries) swap(ctx context.Context, actor people.Actor, d *Delivery, deviceID string) (*Delivery, error) {
	if d.State != Booked && d.State != Dispatched {
		return nil, Steps.Check(d.State, HandedOver)
	}
	fresh, err := s.matches.Swap(ctx, actor, d.Match, deviceID)
	if err != nil {
		return nil, err
	}
	return s.goOn(ctx, actor, fresh)
}

// unconfirmedAfter is when a hand-over that nobody confirmed is closed.
const unconfirmedAfter = 14 * 24 * time.Hour

// Confirm is the student's: it works.
func (s *Deliveries) Confirm(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := s.owned(ctx, actor, d); err != nil {
		return View{}, err
	}
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if d.State == Confirmed {
			return docstore.Unchanged
		}
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		d.Due = 0
		return d.take(s.step(Confirmed, actor, ""))
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// Problem is what does not work.
type Problem struct {
	call.Change
	Problem string `json:"problem" form:"problem" validate:"required,oneof=wont_start battery locked broken lost stolen other"`
}

// Report notes a problem after the hand-over; the desk sees it.
func (s *Deliveries) Report(ctx context.Context, actor people.Actor, req Problem) (View, error) {
	d, err := s.docs.Get(ctx, req.ID)
	if err != nil {
		return View{}, err
	}
	if err := s.owned(ctx, actor, d); err != nil {
		return View{}, err
	}
	d, err = s.docs.Update(ctx, d.ID, func(d *Delivery) error {
		if err := docstore.IfVersion(d.Version, req.IfVersion); err != nil {
			return err
		}
		if !d.passed() {
			return fault.New(fault.Conflict, "wrong_state").With("from", string(d.State))
		}
		d.Problem = req.Problem
		d.tell("problem", s.step(d.State, actor, req.Problem))
		return nil
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// RenewCode draws a new code: the old one was lost, or mistyped too often. The
// family reads the new one in their space.
func (s *Deliveries) RenewCode(ctx context.Context, actor people.Actor, req call.Change) (View, error) {
	d, err := s.decide(ctx, actor, req.ID, req.IfVersion, func(d *Delivery) error {
		if !d.coming() {
			return fault.New(fault.Conflict, "wrong_state").With("from", string(d.State))
		}
		d.Misses = 0
		d.tell("code_renewed", s.step(d.State, actor, ""))
		return s.newCode(ctx, d)
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, actor, d)
}

// CodeOf opens the code of a delivery for the product's own work: the
// demonstration hands over as people would.
func (s *Deliveries) CodeOf(ctx context.Context, actor people.Actor, deliveryID string) (string, error) {
	if !actor.IsSystem() {
		return "", fault.New(fault.Forbidden, "forbidden")
	}
	d, err := s.docs.Get(ctx, deliveryID)
	if err != nil {
		return "", err
	}
	return s.box.Open(ctx, d.Application, "hand_over", d.Code)
}
