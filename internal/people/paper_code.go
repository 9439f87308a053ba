package people

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

const paperLife = 14 * 24 * time.Hour

// Paper is a code on paper for somebody without mail.
type Paper struct {
	Reference string    `json:"reference"`
	Code      string    `json:"code"`
	Expires   time.Time `json:"expires"`
	FirstName string    `json:"first_name"` // whose space it opens
	LastName  string    `json:"last_name"`
}

// PaperCode makes a code that is printed and handed over. The reference is the
// application's; that the actor may see the application is the caller's rule.
// It opens family accounts alone: paper never leads to a desk.
func (p *People) PaperCode(ctx context.Context, actor Actor, person, reference string) (Paper, error) {
	if err := actor.Must(Coordinator, Administrator, PrescriberOf); err != nil {
		return Paper{}, err
	}
	stored, err := p.persons.Get(ctx, person)
	if err != nil {
		return Paper{}, err
	}
	if stored.Disabled || !stored.familyOnly() {
		return Paper{}, fault.New(fault.Forbidden, "forbidden")
	}
	printed := docstore.Record{Kind: "sign_in.printed", Actor: actor.Name()}
	key := p.box.Lookup("paper", plainReference(reference))
	code, err := p.challenge(ctx, key, person, "", paperLife, printed)
	return Paper{Reference: reference, Code: code, Expires: p.clock().Add(paperLife)}, err
}

func (p *Person) familyOnly() bool {
	for _, g := range p.Grants {
		if !g.Role.Family() {
			return false
		}
	}
	return true
}
