package matching

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Override is this device to that application, whatever a round proposed.
type Override struct {
	call.Create
	Device      string `json:"device" form:"device" validate:"required,max=40"`
	Application string `json:"application" form:"application" validate:"required,max=40"`
	Reason      string `json:"reason" form:"reason" validate:"required,plain,max=500"`
	Until       string `json:"until,omitempty" form:"until" validate:"omitempty,datetime=2006-01-02"`
}

// Override offers a device to an application by a coordinator's own choice.
// Open proposals of either are superseded. Where the territory asks for two
// approvers it waits as a proposal for a second person.
func (m *Matches) Override(ctx context.Context, actor people.Actor, req Override) (View, error) {
	dev, app, err := m.pair(ctx, actor, req.Device, req.Application)
	if err != nil {
		return View{}, err
	}
	own := id.For(id.Match, actor.Name(), req.Key)
	if made, err := m.docs.Get(ctx, own); !fault.Is(err, fault.NotFound) {
		if err != nil {
			return View{}, err
		}
		return m.finished(ctx, actor, made)
	}
	if err := m.mayHold(ctx, app); err != nil {
		return View{}, err
	}
	match, err := m.pairing(ctx, app, dev)
	if err != nil {
		return View{}, err
	}
	if match.Around, err = m.lastRound(ctx, app.Territory); err != nil {
		return View{}, err
	}
	match.ID = own
	match.lend(req.Until)
	if err := m.choose(ctx, actor, match, req.Reason); err != nil {
		return View{}, err
	}
	stored, _, err := m.docs.Create(ctx, match)
	if err != nil {
		return View{}, err
	}
	return m.finished(ctx, actor, stored)
}

// choose writes the decision of an override, and takes it to approval where one
// person's word is enough.
func (m *Matches) choose(ctx context.Context, actor people.Actor, match *Match, reason string) error {
	words, err := m.sealWords(ctx, match.Application, match.ID, decisionWords, reason)
	if err != nil {
		return err
	}
	territory, err := m.partners.Territory(ctx, match.Territory)
	if err != nil {
		return err
	}
	now := m.clock()
	if err := match.take(step{Proposed, actor, now, actionOverride}, ""); err != nil {
		return err
	}
	if territory.TwoApprovers {
		match.Decision = Decision{By: actor.Name(), Action: actionOverride, Words: words, At: docstore.At(now)}
		return nil
	}
	return match.decide(Approving, actor, now, actionOverride, words, Approval)
}

// mayHold refuses an application that the claim would refuse for its shares.
func (m *Matches) mayHold(ctx context.Context, app *application.Application) error {
	if app.Match != "" {
		return nil // the claim has a better word for it
	}
	shares, err := m.applications.Left(ctx, app)
	for _, s := range shares {
		if s.Left <= 0 {
			return fault.New(fault.Conflict, s.Code)
		}
	}
	return err
}

// pair reads both sides of an override where the actor may see them and
// decide, and refuses at once what the claims would refuse.
func (m *Matches) pair(ctx context.Context, actor people.Actor, deviceID, applicationID string) (*device.Device, *application.Application, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return nil, nil, err
	}
	dev, err := m.devices.Find(ctx, deviceID)
	if err != nil {
		return nil, nil, err
	}
	app, err := m.applications.Find(ctx, applicationID)
	if err != nil {
		return nil, nil, err
	}
	for _, territory := range []string{dev.Territory, app.Territory} {
		if err := people.MustSee(actor.Desk(), territory); err != nil {
			return nil, nil, err
		}
	}
	return dev, app, app.MayDecide(actor)
}
