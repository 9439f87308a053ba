package partner

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// PrescriberView is a structure that attests, as the family's form lists it.
type PrescriberView struct {
	call.Tag
	Territory string `json:"territory"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Commune   string `json:"commune"`
	Partner   string `json:"partner,omitempty"` // institution that it belongs to
}

func (s *Prescriber) view() PrescriberView {
	return PrescriberView{Tag: call.Tag{ID: s.ID, Version: s.Version}, Territory: s.Territory, Name: s.Name, Kind: s.Kind, Commune: s.Commune, Partner: s.Partner}
}

// AddPrescriber adds a structure that attests needs.
type AddPrescriber struct {
	call.Create
	Territory string `json:"territory" validate:"required,max=40"`
	Name      string `json:"name" validate:"required,plain,max=120"`
	Kind      string `json:"kind" validate:"required,oneof=school social_service association"`
	Commune   string `json:"commune" validate:"required,len=5"`
}

// AddPrescriber makes a prescriber in a territory of the actor's.
func (p *Partners) AddPrescriber(ctx context.Context, actor people.Actor, req AddPrescriber) (PrescriberView, error) {
	if err := actor.Must(people.Coordinator, people.Administrator); err != nil {
		return PrescriberView{}, err
	}
	if err := people.MustSee(actor.Desk(), req.Territory); err != nil {
		return PrescriberView{}, err
	}
	now := docstore.At(p.clock())
	s := &Prescriber{
		Meta: docstore.Meta{ID: id.For(id.Prescriber, actor.Name(), req.Key)}, Territory: req.Territory,
		Name: req.Name, Kind: req.Kind, Commune: req.Commune, Order: int64(now), Created: now,
	}
	s.Record(docstore.Record{Kind: "prescriber.added", Actor: actor.Name(), At: now, Data: map[string]string{"territory": req.Territory}})
	stored, _, err := p.prescribers.Create(ctx, s)
	if err != nil {
		return PrescriberView{}, err
	}
	return stored.view(), nil
}

// FindPrescribers asks for the structures of a territory by name.
type FindPrescribers struct {
	call.List
	Territory string `json:"-" form:"territory" validate:"required,max=40"`
	Words     string `json:"-" form:"words" validate:"plain,max=80"`
}

// FindPrescribers lists structures; names of institutions are public.
func (p *Partners) FindPrescribers(ctx context.Context, _ people.Actor, req FindPrescribers) (call.Page[PrescriberView], error) {
	found, err := p.prescribers.Find(ctx,
		docstore.Query{Scope: people.System().Within(req.Territory), Index: "order", After: req.After, Limit: req.Limit},
		func(s *Prescriber) bool { return named(s.Name, req.Words) })
	page := call.Page[PrescriberView]{Items: []PrescriberView{}, Next: found.Next}
	for _, s := range found.Items {
		page.Items = append(page.Items, s.view())
	}
	return page, err
}

// Prescriber reads one structure; for other features.
func (p *Partners) Prescriber(ctx context.Context, prescriberID string) (*Prescriber, error) {
	return p.prescribers.Get(ctx, prescriberID)
}
