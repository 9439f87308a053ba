package partner

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// PartnerView is an institution as anyone may read it.
type PartnerView struct {
	call.Tag
	Name        string   `json:"name"`
	Kind        string   `json:"kind"`
	Territories []string `json:"territories"`
}

func (s *Partner) view() PartnerView {
	return PartnerView{Tag: call.Tag{ID: s.ID, Version: s.Version}, Name: s.Name, Kind: s.Kind, Territories: s.Territories}
}

// AddPartner adds an institution.
type AddPartner struct {
	call.Create
	Name        string   `json:"name" validate:"required,plain,max=120"`
	Kind        string   `json:"kind" validate:"required,oneof=association departement prefecture school_network"`
	Territories []string `json:"territories" validate:"required,min=1,max=200,dive,max=40"`
}

// AddPartner makes an institution; administrators alone.
func (p *Partners) AddPartner(ctx context.Context, actor people.Actor, req AddPartner) (PartnerView, error) {
	if err := actor.Must(people.Administrator); err != nil {
		return PartnerView{}, err
	}
	for _, territory := range req.Territories {
		if _, err := p.Territory(ctx, territory); fault.Is(err, fault.NotFound) {
			return PartnerView{}, fault.InvalidField("territories", "territory_unknown")
		} else if err != nil {
			return PartnerView{}, err
		}
	}
	now := docstore.At(p.clock())
	s := &Partner{
		Meta: docstore.Meta{ID: id.For(id.Partner, actor.Name(), req.Key)}, Name: req.Name, Kind: req.Kind,
		Territories: req.Territories, Order: int64(now), Created: now,
	}
	s.Record(docstore.Record{Kind: "partner.added", Actor: actor.Name(), At: now})
	stored, _, err := p.partners.Create(ctx, s)
	if err != nil {
		return PartnerView{}, err
	}
	return stored.view(), nil
}

// ListPartners lists the institutions; their names are public.
func (p *Partners) ListPartners(ctx context.Context, _ people.Actor, req call.List) (call.Page[PartnerView], error) {
	found, err := p.partners.Find(ctx, docstore.Query{Index: "order", After: req.After, Limit: req.Limit}, nil)
	page := call.Page[PartnerView]{Items: []PartnerView{}, Next: found.Next}
	for _, s := range found.Items {
		page.Items = append(page.Items, s.view())
	}
	return page, err
}

// Partner reads one institution; for other features.
func (p *Partners) Partner(ctx context.Context, partnerID string) (*Partner, error) {
	return p.partners.Get(ctx, partnerID)
}

// InstitutionView is an institution as its own people and the desk read it:
// what was agreed, and the structures through which its students come.
type InstitutionView struct {
	PartnerView
	Conventions []ConventionView `json:"conventions"` // the newest first
	Structures  []PrescriberView `json:"structures"`
}

// mostStructures is how many structures an institution may have: its page
// lists and sums them.
const mostStructures = 200

// Institution reads one institution for its own people, the administrators, and
// the coordinators of its territories; of its structures those that the actor's
// territories hold.
func (p *Partners) Institution(ctx context.Context, actor people.Actor, req call.One) (InstitutionView, error) {
	s, err := p.partners.Get(ctx, req.ID)
	if err != nil {
		return InstitutionView{}, err
	}
	if err := s.mustShow(actor); err != nil {
		return InstitutionView{}, err
	}
	return p.institution(ctx, actor, s)
}

func (p *Partners) institution(ctx context.Context, actor people.Actor, s *Partner) (InstitutionView, error) {
	v := InstitutionView{PartnerView: s.view(), Conventions: []ConventionView{}, Structures: []PrescriberView{}}
	for _, c := range slices.Backward(s.Conventions) {
		v.Conventions = append(v.Conventions, s.read(c, p.clock()))
	}
	found, err := p.prescribers.Find(ctx, docstore.Query{
		Scope: actor.Scope(people.PartnerOf, people.Coordinator, people.Administrator),
		Index: "partner", Equal: []docstore.In{docstore.Is(s.ID)}, Limit: mostStructures,
	}, nil)
	for _, structure := range found.Items {
		v.Structures = append(v.Structures, structure.view())
	}
	return v, err
}

// mustShow refuses who has nothing to do with the institution.
func (s *Partner) mustShow(actor people.Actor) error {
	desk := actor.Desk()
	if actor.ActsFor(people.PartnerOf, s.ID) || slices.ContainsFunc(s.Territories, desk.Sees) {
		return nil
	}
	return fault.New(fault.NotFound, "not_found")
}

// JoinPartner says which institution a structure belongs to; none where empty.
type JoinPartner struct {
	call.Change
	Partner string `json:"partner" validate:"max=40"`
}

// JoinPartner counts a structure's students for an institution of its territory.
func (p *Partners) JoinPartner(ctx context.Context, actor people.Actor, req JoinPartner) (PrescriberView, error) {
	if err := actor.Must(people.Administrator); err != nil {
		return PrescriberView{}, err
	}
	var into *Partner
	if req.Partner != "" {
		found, err := p.partners.Get(ctx, req.Partner)
		if fault.Is(err, fault.NotFound) {
			return PrescriberView{}, fault.InvalidField("partner", "partner_unknown")
		}
		if err != nil {
			return PrescriberView{}, err
		}
		into = found
	}
	structure, err := p.prescribers.Update(ctx, req.ID, func(s *Prescriber) error {
		if err := docstore.IfVersion(s.Version, req.IfVersion); err != nil {
			return err
		}
		if into != nil && !slices.Contains(into.Territories, s.Territory) {
			return fault.InvalidField("partner", "partner_elsewhere")
		}
		s.Partner = req.Partner
		s.Record(docstore.Record{Kind: "prescriber.joined", Actor: actor.Name(), At: docstore.At(p.clock()), Cause: req.Partner, Data: map[string]string{"territory": s.Territory}})
		return nil
	})
	if err != nil {
		return PrescriberView{}, err
	}
	return structure.view(), nil
}
