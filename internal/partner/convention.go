package partner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Convention is what the network and an institution agree to, stored as it was
// read. An administrator proposes it; it binds once the institution has agreed.
type Convention struct {
	Number   int             `json:"number"`
	Version  string          `json:"version"` // of the model text
	Text     string          `json:"text"`
	SHA256   string          `json:"sha256"`
	From     string          `json:"from"`  // first day, YYYY-MM-DD
	Until    string          `json:"until"` // last day
	Quotas   []Quota         `json:"quotas,omitempty"`
	Proposed docstore.Millis `json:"proposed"`
	By       string          `json:"by"`
	Agreed   docstore.Millis `json:"agreed,omitempty"`
	AgreedBy string          `json:"agreed_by,omitempty"` // the account, which has the name
	Title    string          `json:"title,omitempty"`     // in which capacity
}

// Quota is how many devices of a round are an institution's in a territory.
type Quota struct {
	Territory string `json:"territory" validate:"required,max=40"`
	Devices   int    `json:"devices" validate:"min=1,max=100000"`
}

// binds tells a convention that is agreed and runs on a day.
func (c Convention) binds(day string) bool {
	return c.Agreed != 0 && c.From <= day && day <= c.Until
}

// InForce is the convention that binds at a moment, the newest where two do.
func (s *Partner) InForce(at time.Time) (Convention, bool) {
	day := at.Format(time.DateOnly)
	for _, c := range slices.Backward(s.Conventions) {
		if c.binds(day) {
			return c, true
		}
	}
	return Convention{}, false
}

// QuotaIn is how many devices a round may give on the institution's convention
// in a territory; zero where none is agreed.
func (s *Partner) QuotaIn(territory string, at time.Time) int {
	c, _ := s.InForce(at)
	for _, q := range c.Quotas {
		if q.Territory == territory {
			return q.Devices
		}
	}
	return 0
}

// ConventionView is a convention as its two parties read it.
type ConventionView struct {
	Number  int        `json:"number"`
	State   string     `json:"state"` // proposed, agreed (begins later), in_force, over
	Version string     `json:"text_version"`
	Text    string     `json:"text"`
	SHA256  string     `json:"sha256"`
	From    string     `json:"from"`
	Until   string     `json:"until"`
	Quotas  []Quota    `json:"quotas"`
	Agreed  *time.Time `json:"agreed,omitempty"`
	Title   string     `json:"title,omitempty"`
}

func (s *Partner) read(c Convention, now time.Time) ConventionView {
	v := ConventionView{
		Number: c.Number, State: "proposed", Version: c.Version, Text: c.Text, SHA256: c.SHA256,
		From: c.From, Until: c.Until, Quotas: append([]Quota{}, c.Quotas...), Title: c.Title,
	}
	if c.Agreed == 0 {
		return v
	}
	at := c.Agreed.Time()
	v.Agreed = &at
	current, ok := s.InForce(now)
	switch {
	case ok && current.Number == c.Number:
		v.State = "in_force"
	case c.From > now.Format(time.DateOnly):
		v.State = "agreed"
	default:
		v.State = "over"
	}
	return v
}

// ProposeConvention is what an administrator puts to an institution.
type ProposeConvention struct {
	call.Change
	From   string  `json:"from" validate:"required,datetime=2006-01-02"`
	Until  string  `json:"until" validate:"required,datetime=2006-01-02"`
	Quotas []Quota `json:"quotas,omitempty" validate:"max=200,dive"`
	Terms  string  `json:"terms,omitempty" validate:"plain,max=4000"` // beyond the model text
}

// ProposeConvention drafts the text. A proposal that nobody agreed to yet gives
// way to it; what was agreed stays.
func (p *Partners) ProposeConvention(ctx context.Context, actor people.Actor, req ProposeConvention) (InstitutionView, error) {
	if err := actor.Must(people.Administrator); err != nil {
		return InstitutionView{}, err
	}
	switch {
	case req.Until < req.From:
		return InstitutionView{}, fault.InvalidField("until", "before_from")
	case req.Until < p.clock().Format(time.DateOnly):
		return InstitutionView{}, fault.InvalidField("until", "past")
	}
	names, err := p.names(ctx, req.Quotas)
	if err != nil {
		return InstitutionView{}, err
	}
	s, err := p.partners.Update(ctx, req.ID, func(s *Partner) error {
		if err := docstore.IfVersion(s.Version, req.IfVersion); err != nil {
			return err
		}
		for i, q := range req.Quotas {
			if !slices.Contains(s.Territories, q.Territory) {
				return fault.InvalidField("quotas."+strconv.Itoa(i)+".territory", "territory_unknown")
			}
		}
		s.Conventions = slices.DeleteFunc(s.Conventions, func(c Convention) bool { return c.Agreed == 0 })
		c := Convention{
			Number: s.nextNumber(), Version: modelVersion, From: req.From, Until: req.Until, Quotas: req.Quotas,
			Proposed: docstore.At(p.clock()), By: actor.Name(),
		}
		c.Text = draft(s, c, names, req.Terms)
		c.SHA256 = digest(c.Text)
		s.Conventions = append(s.Conventions, c)
		s.tell("convention_proposed", actor, p.clock(), c.Number)
		return nil
	})
	if err != nil {
		return InstitutionView{}, err
	}
	return p.institution(ctx, actor, s)
}

// names reads what the quotas' territories are called; none stands twice.
func (p *Partners) names(ctx context.Context, quotas []Quota) (map[string]string, error) {
	names := map[string]string{}
	for i, q := range quotas {
		path := "quotas." + strconv.Itoa(i) + ".territory"
		if names[q.Territory] != "" {
			return nil, fault.InvalidField(path, "twice")
		}
		territory, err := p.Territory(ctx, q.Territory)
		if fault.Is(err, fault.NotFound) {
			return nil, fault.InvalidField(path, "territory_unknown")
		}
		if err != nil {
			return nil, err
		}
		names[q.Territory] = territory.Name
	}
	return names, nil
}

// nextNumber goes on from the last convention that was agreed.
func (s *Partner) nextNumber() int {
	if len(s.Conventions) == 0 {
		return 1
	}
	return s.Conventions[len(s.Conventions)-1].Number + 1
}

// AgreeConvention is an institution's yes to the text that was read.
type AgreeConvention struct {
	call.Change
	SHA256 string `json:"sha256" form:"sha256" validate:"required,len=64"`
	Title  string `json:"title" form:"title" validate:"required,plain,max=120"`
}

// AgreeConvention binds the two: the institution's own people alone, and the
// text they read alone.
func (p *Partners) AgreeConvention(ctx context.Context, actor people.Actor, req AgreeConvention) (InstitutionView, error) {
	if err := actor.Must(people.PartnerOf); err != nil {
		return InstitutionView{}, err
	}
	s, err := p.partners.Update(ctx, req.ID, func(s *Partner) error {
		if !actor.ActsFor(people.PartnerOf, s.ID) {
			return fault.New(fault.NotFound, "not_found")
		}
		if err := docstore.IfVersion(s.Version, req.IfVersion); err != nil {
			return err
		}
		if len(s.Conventions) == 0 {
			return fault.New(fault.Conflict, "nothing_proposed")
		}
		c := &s.Conventions[len(s.Conventions)-1]
		switch {
		case c.Agreed != 0:
			return fault.New(fault.Conflict, "signed_already")
		case c.SHA256 != req.SHA256:
			return fault.New(fault.Stale, "convention_changed")
		case c.Until < p.clock().Format(time.DateOnly):
			return fault.New(fault.Conflict, "convention_over")
		}
		c.Agreed, c.AgreedBy, c.Title = docstore.At(p.clock()), actor.Name(), req.Title
		s.tell("convention_agreed", actor, p.clock(), c.Number)
		return nil
	})
	if err != nil {
		return InstitutionView{}, err
	}
	return p.institution(ctx, actor, s)
}

func (s *Partner) tell(verb string, actor people.Actor, at time.Time, number int) {
	s.Record(docstore.Record{
		Kind: "partner." + verb, Actor: actor.Name(), At: docstore.At(at), Data: map[string]string{"partner": s.ID, "number": strconv.Itoa(number)},
	})
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// modelVersion names the model text; what was agreed keeps its own.
const modelVersion = "2026-11"

// draft writes the text that binds, in French: what else the two agreed stands
// at its end. A lawyer must have read the model before use.
func draft(s *Partner, c Convention, names map[string]string, terms string) string {
	var quotas strings.Builder
	for _, q := range c.Quotas {
		fmt.Fprintf(&quotas, "- %s : %d ordinateurs par campagne d’attribution\n", names[q.Territory], q.Devices)
	}
	if quotas.Len() == 0 {
		quotas.WriteString("- aucun quota\n")
	}
	if terms == "" {
		terms = "Aucune."
	}
	return fmt.Sprintf(modelText, c.Number, s.Name, day(c.From), day(c.Until), quotas.String(), terms)
}

// day writes 2026-11-25 as French papers do.
func day(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return t.Format("02/01/2006")
}

const modelText = `CONVENTION DE PARTENARIAT N° %d

Entre l’association porteuse de Passerelle, « le réseau »,
et %s, « le partenaire ».

1. Le réseau collecte, efface et reconditionne des ordinateurs donnés par des entreprises, et les attribue à des jeunes et à des familles selon des priorités publiées. Le partenaire y oriente les jeunes qu’il connaît, par ses structures prescriptrices.
2. La convention court du %s au %s.
3. Ordinateurs donnés au titre de la convention :
%s4. Une priorité plus forte n’est jamais sautée : le quota borne ce qui est donné au titre de la convention, il ne désigne personne. Une personne du réseau décide de chaque attribution.
5. Le partenaire lit des nombres, par groupes de cinq au moins. Il ne reçoit ni nom, ni coordonnées, ni situation d’un élève.
6. Personne n’est écarté ni préféré pour son sexe, sa nationalité, ses papiers, son origine ou ses notes.
7. Chacun peut mettre fin à la convention par écrit, trois mois à l’avance.

Conditions particulières :
%s
`
