package people

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/id"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// Person is an account. Name and contact are sealed under its own key.
type Person struct {
	docstore.Meta `json:",inline"`

	FirstName seal.Text       `json:"first_name"`
	LastName  seal.Text       `json:"last_name"`
	Email     seal.Text       `json:"email,omitempty"`
	Phone     seal.Text       `json:"phone,omitempty"`
	Lang      string          `json:"lang"`
	Grants    []Grant         `json:"grants"`
	Disabled  bool            `json:"disabled"`
	Epoch     int64           `json:"epoch"`           // sessions of an older epoch have ended
	Terms     []string        `json:"terms,omitempty"` // organisations and staffTerm, to list colleagues and staff
	Created   docstore.Millis `json:"created"`
}

// address keeps an e-mail address or phone number to one account: its id is
// the keyed hash of the address.
type address struct {
	docstore.Meta `json:",inline"`

	Person string `json:"person"`
}

// Options tune what differs between the product and its demonstration.
type Options struct {
	DemoLinks bool // sign-in links that work again and again; loopback only
}

// People holds accounts, companies, sign-in and sessions.
type People struct {
	persons   *docstore.Collection[Person]
	addresses *docstore.Collection[address]
	companies *docstore.Collection[Company]
	codes     *docstore.Collection[Code]
	links     *docstore.Collection[Link]
	sessions  *docstore.Collection[session]
	windows   *docstore.Collection[window]
	box       *seal.Box
	clock     func() time.Time
	options   Options
	known     *cache
	refused   refusals
}

// New declares the collections of accounts and sign-in.
func New(store *docstore.Store, box *seal.Box, clock func() time.Time, o Options) *People {
	return &People{
		persons:   docstore.Declare[Person](store, docstore.Spec{Name: "people", Terms: true}),
		addresses: docstore.Declare[address](store, docstore.Spec{Name: "addresses"}),
		companies: docstore.Declare[Company](store, docstore.Spec{Name: "companies"}),
		codes:     docstore.Declare[Code](store, docstore.Spec{Name: "sign_ins", Indexes: []docstore.Index{{Name: "expires", Order: "expires"}}}),
		links: docstore.Declare[Link](store, docstore.Spec{Name: "links", Indexes: []docstore.Index{
			{Name: "expires", Order: "expires"}, {Name: "subject", Equal: []string{"subject", "purpose"}, Order: "expires", Desc: true},
		}}),
		sessions: docstore.Declare[session](store, docstore.Spec{Name: "sessions", Indexes: []docstore.Index{{Name: "expires", Order: "expires"}}}),
		windows:  docstore.Declare[window](store, docstore.Spec{Name: "windows", Indexes: []docstore.Index{{Name: "expires", Order: "expires"}}}),
		box:      box, clock: clock, options: o, known: newCache(clock),
	}
}

// Contact is a person as somebody states it, in clear.
type Contact struct {
	FirstName string
	LastName  string
	Email     string
	Phone     string
	Lang      string
}

// Ensure finds the account of an address or makes it, and adds a role that it
// lacks. E-mail decides first, then phone. Two at once make one account.
func (p *People) Ensure(ctx context.Context, c Contact, grant Grant) (*Person, error) {
	return p.ensure(ctx, c, grant, "")
}

// ensure is Ensure with the name of who grants.
func (p *People) ensure(ctx context.Context, c Contact, grant Grant, by string) (*Person, error) {
	owner, err := p.reserve(ctx, c)
	if err != nil {
		return nil, err
	}
	person, err := p.persons.Get(ctx, owner)
	if fault.Is(err, fault.NotFound) {
		person, err = p.add(ctx, owner, c)
	}
	if err != nil {
		return nil, err
	}
	return p.grant(ctx, person, grant, by)
}

// reserve names the account of the contact's addresses, keeping those that are
// free for it.
func (p *People) reserve(ctx context.Context, c Contact) (string, error) {
	keys := []string{p.box.Lookup("email", c.Email), p.box.Lookup("phone", c.Phone)}
	owner := ""
	for _, key := range keys {
		if key == "" {
			continue
		}
		wanted := owner
		if wanted == "" {
			wanted = id.New(id.Person)
		}
		kept, _, err := p.addresses.Create(ctx, &address{Meta: docstore.Meta{ID: key}, Person: wanted})
		if err != nil {
			return "", err
		}
		if owner == "" {
			owner = kept.Person
		}
	}
	if owner == "" {
		return id.New(id.Person), nil
	}
	return owner, nil
}

func (p *People) add(ctx context.Context, owner string, c Contact) (*Person, error) {
	now := docstore.At(p.clock())
	person := &Person{Meta: docstore.Meta{ID: owner}, Lang: orFrench(c.Lang), Created: now}
	if err := p.write(ctx, person, c); err != nil {
		return nil, err
	}
	person.Record(docstore.Record{Kind: "person.added", At: now, Data: map[string]string{"person": owner}})
	stored, _, err := p.persons.Create(ctx, person)
	return stored, err
}

// write seals a contact into an account.
func (p *People) write(ctx context.Context, person *Person, c Contact) (err error) {
	for _, f := range []struct {
		name  string
		plain string
		into  *seal.Text
	}{
		{"first_name", c.FirstName, &person.FirstName}, {"last_name", c.LastName, &person.LastName},
		{"email", strings.TrimSpace(c.Email), &person.Email}, {"phone", c.Phone, &person.Phone},
	} {
		if *f.into, err = p.box.Seal(ctx, person.ID, f.name, f.plain); err != nil {
			return err
		}
	}
	return nil
}

func orFrench(lang string) string {
	if lang == "" {
		return "fr"
	}
	return lang
}

// grant adds a role where the account lacks it.
func (p *People) grant(ctx context.Context, person *Person, g Grant, by string) (*Person, error) {
	if g.Role == "" || person.has(g) {
		return person, nil
	}
	changed, err := p.persons.Update(ctx, person.ID, func(stored *Person) error {
		if stored.has(g) {
			return docstore.Unchanged
		}
		stored.hold(g)
		stored.index()
		stored.Record(docstore.Record{Kind: "person.granted", Actor: by, At: docstore.At(p.clock()), Cause: string(g.Role)})
		return nil
	})
	p.known.forget(person.ID)
	return changed, err
}

// staffTerm finds the accounts that work here among all.
const staffTerm = "staff"

// index settles the terms that an account is found by.
func (p *Person) index() {
	p.Terms = nil
	for _, g := range p.Grants {
		if g.Organisation != "" && !slices.Contains(p.Terms, g.Organisation) {
			p.Terms = append(p.Terms, g.Organisation)
		}
	}
	if p.works() {
		p.Terms = append(p.Terms, staffTerm)
	}
}

// hold adds a grant to what the account holds: one for each role and
// organisation, which grows.
func (p *Person) hold(g Grant) {
	i := slices.IndexFunc(p.Grants, func(held Grant) bool { return held.Role == g.Role && held.Organisation == g.Organisation })
	if i < 0 {
		p.Grants = append(p.Grants, g)
		return
	}
	p.Grants[i].Territories = union(p.Grants[i].Territories, g.Territories)
	p.Grants[i].Powers = union(p.Grants[i].Powers, g.Powers)
}

func union(held, more []string) []string {
	for _, m := range more {
		if !slices.Contains(held, m) {
			held = append(held, m)
		}
	}
	return held
}

func (p *Person) has(g Grant) bool {
	for _, held := range p.Grants {
		if held.Role == g.Role && held.Organisation == g.Organisation &&
			covers(held.Territories, g.Territories) && covers(held.Powers, g.Powers) {
			return true
		}
	}
	return false
}

func covers(held, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(held, w) })
}

// Reach opens an account's contact, for notices alone.
func (p *People) Reach(ctx context.Context, person string) (Contact, error) {
	stored, err := p.persons.Get(ctx, person)
	if err != nil {
		return Contact{}, err
	}
	return p.read(ctx, stored)
}

func (p *People) read(ctx context.Context, person *Person) (Contact, error) {
	c := Contact{Lang: person.Lang}
	for _, f := range []struct {
		name   string
		sealed seal.Text
		into   *string
	}{
		{"first_name", person.FirstName, &c.FirstName}, {"last_name", person.LastName, &c.LastName},
		{"email", person.Email, &c.Email}, {"phone", person.Phone, &c.Phone},
	} {
		plain, err := p.box.Open(ctx, person.ID, f.name, f.sealed)
		if err != nil {
			return Contact{}, err
		}
		*f.into = plain
	}
	return c, nil
}

// Forget erases an account: its key is dropped, it can no longer sign in, and
// its addresses are free for a new account.
func (p *People) Forget(ctx context.Context, person string) error {
	if err := p.free(ctx, person); err != nil {
		return err
	}
	_, err := p.persons.Update(ctx, person, func(stored *Person) error {
		stored.Disabled, stored.Grants, stored.Terms, stored.Epoch = true, nil, nil, stored.Epoch+1
		stored.FirstName, stored.LastName, stored.Email, stored.Phone = "", "", "", ""
		stored.Record(docstore.Record{Kind: "person.erased", At: docstore.At(p.clock())})
		return nil
	})
	p.known.forget(person)
	return errors.Join(err, p.box.Forget(ctx, person))
}

// ForgetFamily erases an account that serves as family alone; one that also
// works here or gives is left as it is.
func (p *People) ForgetFamily(ctx context.Context, person string) error {
	stored, err := p.persons.Get(ctx, person)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || !stored.familyOnly() {
		return err
	}
	return p.Forget(ctx, person)
}

// free gives up the addresses of an account.
func (p *People) free(ctx context.Context, person string) error {
	c, err := p.Reach(ctx, person)
	if seal.Erased(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, key := range []string{p.box.Lookup("email", c.Email), p.box.Lookup("phone", c.Phone)} {
		kept, err := p.addresses.Get(ctx, key)
		if err == nil && kept.Person == person {
			err = p.addresses.Delete(ctx, kept)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// Find gives the account of an e-mail address.
func (p *People) Find(ctx context.Context, email string) (string, error) {
	kept, err := p.addresses.Get(ctx, p.box.Lookup("email", email))
	if err != nil {
		return "", err
	}
	return kept.Person, nil
}
