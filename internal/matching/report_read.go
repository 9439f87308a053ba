package matching

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// swings keeps the sensitivity of a round, whose id it has: it is a round eight
// times over.
type swings struct {
	docstore.Meta `json:",inline"`

	Swings []Swing `json:"swings"`
}

// Beside is an override after a round: a device that went around its choice.
type Beside struct {
	Match       string `json:"match"`
	State       State  `json:"state"`
	Application string `json:"application"`
	Reference   string `json:"reference"`
	Device      string `json:"device"`
	Label       string `json:"label"`
	Tier        int    `json:"tier"`
	By          string `json:"by"`
	InRound     bool   `json:"in_round"` // application and kind of device took part in the round
	Before      int    `json:"before"`   // then: how many left without come before
}

// Report is the whole report of a round, for the desk.
func (m *Matches) Report(ctx context.Context, actor people.Actor, req call.One) (Report, error) {
	round, err := m.seen(ctx, actor, req.ID)
	if err != nil {
		return Report{}, err
	}
	return m.report(ctx, round)
}

// OutsideReport is the report of a round for the institutions of its territory,
// without what is about fewer than five.
func (m *Matches) OutsideReport(ctx context.Context, actor people.Actor, req call.One) (Report, error) {
	round, err := m.rounds.Get(ctx, req.ID)
	if err != nil {
		return Report{}, err
	}
	if err := m.mayReadOutside(ctx, actor, round.Territory); err != nil {
		return Report{}, err
	}
	report, err := m.report(ctx, round)
	return report.outside(), err
}

// mayReadOutside lets the desk and the institutions of a territory through.
func (m *Matches) mayReadOutside(ctx context.Context, actor people.Actor, territory string) error {
	if actor.Desk().Sees(territory) {
		return nil
	}
	for _, institution := range actor.Organisations(people.PartnerOf) {
		p, err := m.partners.Partner(ctx, institution)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && slices.Contains(p.Territories, territory) {
			return nil
		}
	}
	return people.MustSee(actor.Desk(), territory)
}

func (m *Matches) report(ctx context.Context, round *Round) (Report, error) {
	if round.State != roundDone {
		return Report{}, fault.New(fault.Conflict, "wrong_state").With("from", round.State)
	}
	c, err := m.recall(ctx, round)
	if err != nil {
		return Report{}, err
	}
	r := c.report(m.departement)
	r.Round, r.Territory = round.ID, round.Territory
	if r.Sensitivity, err = m.swung(ctx, round, c); err != nil {
		return r, err
	}
	return r, m.goneAround(ctx, round, c, &r)
}

// departement names the département of a commune.
func (m *Matches) departement(commune string) string {
	at, known := m.places.Commune(commune)
	if !known {
		return "unknown"
	}
	d, known := m.places.Departement(at.Departement)
	if !known {
		return at.Departement
	}
	return d.Name + " (" + d.Code + ")"
}

// swung gives the sensitivity of a round; the first who asks has it counted.
func (m *Matches) swung(ctx context.Context, round *Round, c *choice) ([]Swing, error) {
	known, err := m.swings.Get(ctx, round.ID)
	if err == nil {
		return known.Swings, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	counted, err := c.sensitivity(ctx)
	if err != nil {
		return nil, err
	}
	kept, _, err := m.swings.Create(ctx, &swings{Meta: docstore.Meta{ID: round.ID}, Swings: counted})
	if err != nil {
		return nil, err
	}
	return kept.Swings, nil
}

// overridesAtMost is how many overrides a report lists.
const overridesAtMost = 200

// goneAround adds the overrides of a round, and who they came before.
func (m *Matches) goneAround(ctx context.Context, round *Round, c *choice, r *Report) error {
	page, err := m.docs.Find(ctx, docstore.Query{
		Scope: everywhere(), Index: "around", Equal: []docstore.In{docstore.Is(round.ID)}, Limit: overridesAtMost,
	}, nil)
	if err != nil {
		return err
	}
	var pairs []pair
	known := map[int]pair{}
	for n, d := range page.Items {
		r.Overrides = append(r.Overrides, Beside{
			Match: d.ID, State: d.State, Application: d.Application, Reference: d.Reference, Device: d.Device, Label: d.Label,
			Tier: d.Tier, By: d.Decision.By,
		})
		p, took, err := m.pairIn(ctx, round, c, d.Application, d.Device)
		if err != nil {
			return err
		}
		if took && (d.State.Live() || d.State == Fulfilled) {
			pairs, known[n] = append(pairs, p), p
		}
	}
	r.Overridden, r.Envy = len(r.Overrides), c.envy(pairs)
	held := c.held(pairs)
	for n, p := range known {
		r.Overrides[n].InRound, r.Overrides[n].Before = true, c.outrun(held, p.Asker, p.Class)
	}
	return nil
}

// pairIn finds an application and a device in the problem of a round; false
// where one of them had no part in it.
func (m *Matches) pairIn(ctx context.Context, round *Round, c *choice, applicationID, deviceID string) (pair, bool, error) {
	i, err := m.askerIn(ctx, round.ID, applicationID)
	if err != nil {
		return pair{}, false, absent(err)
	}
	dev, err := m.devices.Find(ctx, deviceID)
	if err != nil {
		return pair{}, false, absent(err)
	}
	k, err := m.classIn(ctx, c.problem, dev.ID, classOf(dev))
	return pair{i, k}, err == nil, absent(err)
}

// absent forgives that something had no part in a round, or is there no more.
func absent(err error) error {
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// lastRound is the last round of a territory that proposed; empty where there
// was none.
func (m *Matches) lastRound(ctx context.Context, territory string) (string, error) {
	page, err := m.rounds.Find(ctx, docstore.Query{Scope: people.System().Within(territory), Index: "started", Limit: 1},
		func(r *Round) bool { return r.State == roundDone })
	if err != nil || len(page.Items) == 0 {
		return "", err
	}
	return page.Items[0].ID, nil
}
