package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

const (
	codeLife   = 10 * time.Minute
	wrongTries = 5
	// guesses bounds tries a day on one address over all its codes. The mailed
	// link still works beyond it: nobody can be locked out by a stranger.
	guesses = 100
	// nobody owns the codes of unknown addresses, which no mail carries.
	nobody = "nobody"
)

// Code is one chance to sign in: a code of six digits and a link, for one
// account. The notice opens Secret to write its mail; nothing else does.
type Code struct {
	docstore.Meta `json:",inline"`

	Person  string          `json:"person"`
	Hash    string          `json:"hash"`   // keyed hash of the code
	Secret  seal.Text       `json:"secret"` // "code link-token", sealed for the person
	Link    string          `json:"link"`   // hash of the link's token
	Tries   int             `json:"tries"`
	Spent   docstore.Millis `json:"spent,omitempty"`
	Next    string          `json:"next,omitempty"` // page to go on to
	Expires docstore.Millis `json:"expires"`
}

// AskCode asks for a code by mail.
type AskCode struct {
	Email  string `json:"email" form:"email" validate:"required,email,max=200"`
	Next   string `json:"next,omitempty" form:"next" validate:"max=300"`
	Origin string `json:"-" form:"-"` // network address, for the limit; set by the edge
}

// AskCode sends a code and a link to the address where it has an account, and
// answers alike where it has none: there a code is made as well and thrown
// away, so that neither time nor later tries tell the difference.
func (p *People) AskCode(ctx context.Context, _ Actor, req AskCode) (call.Done, error) {
	key := p.box.Lookup("email", req.Email)
	if err := p.limit(ctx, "address:"+key, 5, 15*time.Minute); err != nil {
		return call.Done{}, err
	}
	if req.Origin != "" {
		if err := p.limit(ctx, "origin:"+p.box.Lookup("origin", req.Origin), 30, 15*time.Minute); err != nil {
			return call.Done{}, err
		}
	}
	person, err := p.ownerOf(ctx, key)
	if err != nil {
		return call.Done{}, err
	}
	asked := docstore.Record{Kind: "sign_in.asked"}
	_, err = p.challenge(ctx, key, person, LocalPath(req.Next), codeLife, asked)
	return call.Done{OK: err == nil}, err
}

// ownerOf names the account that may sign in with an address, or nobody.
func (p *People) ownerOf(ctx context.Context, key string) (string, error) {
	wanted := nobody
	kept, err := p.addresses.Get(ctx, key)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	if err == nil {
		wanted = kept.Person
	}
	person, err := p.persons.Get(ctx, wanted)
	if fault.Is(err, fault.NotFound) || err == nil && person.Disabled {
		return nobody, nil
	}
	return wanted, err
}

// LocalPath keeps a page of ours to go on to, and nothing that leads elsewhere.
func LocalPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return ""
	}
	return next
}

// challenge makes the one code that is valid for a key; an older one ends.
func (p *People) challenge(ctx context.Context, key, person, next string, life time.Duration, asked docstore.Record) (code string, err error) {
	code, err = digits()
	if err != nil {
		return "", err
	}
	link, err := p.issue(ctx, Link{Purpose: ToSignIn, Subject: person, Code: codeID(key)}, life)
	if err != nil {
		return "", err
	}
	secret, err := p.box.Seal(ctx, person, "sign_in", code+" "+link)
	if err != nil {
		return "", err
	}
	now := p.clock()
	fresh := Code{
		Meta: docstore.Meta{ID: codeID(key)}, Person: person, Hash: p.box.Lookup("code", key+code), Secret: secret,
		Link: hash(link), Next: next, Expires: docstore.At(now.Add(life)),
	}
	asked.At, asked.Data = docstore.At(now), map[string]string{"person": person, "code": fresh.ID}
	fresh.tell(asked)
	_, made, err := p.codes.Create(ctx, &fresh)
	if err != nil || made {
		return code, err
	}
	var old string
	_, err = p.codes.Update(ctx, fresh.ID, func(c *Code) error {
		old = c.Link
		c.Person, c.Hash, c.Secret, c.Link = fresh.Person, fresh.Hash, fresh.Secret, fresh.Link
		c.Tries, c.Spent, c.Next, c.Expires = 0, 0, fresh.Next, fresh.Expires
		c.tell(asked)
		return nil
	})
	if err != nil {
		return "", err
	}
	return code, p.revoke(ctx, old)
}

func codeID(key string) string { return "cod_" + key }

// tell records that a code was asked for, where somebody is to hear of it.
func (c *Code) tell(asked docstore.Record) {
	if c.Person != nobody {
		c.Record(asked)
	}
}

// digits draws a code of six digits.
func digits() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "internal", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// OpenCode opens a code and its link token for the notice that carries it.
func (p *People) OpenCode(ctx context.Context, codeID string) (code, link, next string, err error) {
	c, err := p.codes.Get(ctx, codeID)
	if err != nil {
		return "", "", "", err
	}
	secret, err := p.box.Open(ctx, c.Person, "sign_in", c.Secret)
	if err != nil {
		return "", "", "", err
	}
	code, link, _ = strings.Cut(secret, " ")
	return code, link, c.Next, nil
}

// SignIn is a code typed in, with the address or the paper's reference.
type SignIn struct {
	Email     string `json:"email,omitempty" form:"email" validate:"required_without=Reference,omitempty,email,max=200"`
	Reference string `json:"reference,omitempty" form:"reference" validate:"required_without=Email,max=20"`
	Code      string `json:"code" form:"code" validate:"required,max=12"`
	Origin    string `json:"-" form:"-"`
}

// SignIn opens a session for a right code. Wrong, spent, late or unknown all
// answer alike; after five wrong tries the code is over.
func (p *People) SignIn(ctx context.Context, _ Actor, req SignIn) (Session, error) {
	key := p.box.Lookup("email", req.Email)
	if req.Email == "" {
		key = p.box.Lookup("paper", plainReference(req.Reference))
	}
	if req.Origin != "" {
		if err := p.limit(ctx, "try:"+p.box.Lookup("origin", req.Origin), 60, 15*time.Minute); err != nil {
			return Session{}, err
		}
	}
	if err := p.limit(ctx, "guess:"+key, guesses, 24*time.Hour); err != nil {
		return Session{}, err
	}
	given := p.box.Lookup("code", key+onlyDigits(req.Code))
	right := false
	code, err := p.codes.Update(ctx, codeID(key), func(c *Code) error {
		if c.Spent != 0 || c.Tries >= wrongTries || c.Expires.Time().Before(p.clock()) {
			return wrongCode()
		}
		right = subtle.ConstantTimeCompare([]byte(c.Hash), []byte(given)) == 1
		if right {
			c.Spent = docstore.At(p.clock())
		} else {
			c.Tries++
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return Session{}, wrongCode()
	}
	if err != nil {
		return Session{}, err
	}
	if !right {
		return Session{}, wrongCode()
	}
	if err := p.revoke(ctx, code.Link); err != nil {
		return Session{}, err
	}
	return p.enter(ctx, code.Person)
}

func wrongCode() error {
	refused := fault.New(fault.Unauthenticated, "code_wrong")
	refused.Fields = []fault.Field{{Path: "code", Code: "code_wrong"}}
	return refused
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func plainReference(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, s))
}

func (p *People) enter(ctx context.Context, person string) (Session, error) {
	stored, err := p.persons.Get(ctx, person)
	if fault.Is(err, fault.NotFound) {
		return Session{}, wrongCode()
	}
	if err != nil {
		return Session{}, err
	}
	return p.begin(ctx, stored)
}

// ByLink is a sign-in by the link of the mail; the page that shows it posts it.
type ByLink struct {
	Link string `json:"link" form:"link" validate:"required,max=200"`
}

// SignInByLink opens a session for the link's account.
func (p *People) SignInByLink(ctx context.Context, _ Actor, req ByLink) (Session, error) {
	link, err := p.spend(ctx, ToSignIn, req.Link)
	if err != nil {
		return Session{}, err
	}
	if link.Code != "" {
		if err := p.spendCode(ctx, link); err != nil {
			return Session{}, err
		}
	}
	return p.enter(ctx, link.Subject)
}

// spendCode ends the code that was mailed with a link; of a code and its link
// used at once, one wins here.
func (p *People) spendCode(ctx context.Context, link *Link) error {
	_, err := p.codes.Update(ctx, link.Code, func(c *Code) error {
		if c.Spent != 0 || c.Link != link.ID {
			return fault.New(fault.Conflict, "link_spent")
		}
		c.Spent = docstore.At(p.clock())
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Conflict, "link_over")
	}
	return err
}

// DemoLink makes a sign-in link that works again and again: for the invented
// people of the demonstration alone.
func (p *People) DemoLink(ctx context.Context, person string) (string, error) {
	if !p.options.DemoLinks {
		return "", fault.New(fault.Forbidden, "forbidden")
	}
	return p.issue(ctx, Link{Purpose: ToSignIn, Subject: person, Again: true}, 365*24*time.Hour)
}
