// Package notice tells people what concerns them: who hears of what, in which
// language, on which channel. Each event is told at least once and seen once.
package notice

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/delivery"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/event"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Mail is one message ready to leave. ID is the same at every try, so that a
// mail program shows it once.
type Mail struct {
	ID      string
	To      string
	Lang    string
	Subject string
	Text    string
	HTML    string
}

// Sender carries mail. Two are shipped: smtpmail, and the demonstration's
// Mailbox.
type Sender interface {
	Send(ctx context.Context, m Mail) error
}

// Notice is the trace of one message to one person: that it was sent, not what
// it said. Addresses are opened when it leaves and stored nowhere.
type Notice struct {
	docstore.Meta `json:",inline"`

	Event     string          `json:"event"`
	Kind      string          `json:"kind"`
	Territory string          `json:"territory"`
	Subject   string          `json:"subject"` // id of what it is about
	Sent      docstore.Millis `json:"sent"`
	Created   docstore.Millis `json:"created"`
}

// Links builds addresses of pages; the edge knows them.
type Links func(lang, page string, params ...any) string

// Notices sends what events call for.
type Notices struct {
	docs         *docstore.Collection[Notice]
	people       *people.People
	applications *application.Applications
	donations    *donation.Donations
	deliveries   *delivery.Deliveries
	partners     *partner.Partners
	words        *words.Words
	links        Links
	sender       Sender
	clock        func() time.Time
	contact      string // whom people can turn to
	page         *template.Template
}

// Told are the features that letters tell of.
type Told struct {
	People       *people.People
	Applications *application.Applications
	Donations    *donation.Donations
	Deliveries   *delivery.Deliveries
	Partners     *partner.Partners
}

// New declares the traces of notices. The contact, where there is one, stands
// under each letter.
func New(store *docstore.Store, of Told, w *words.Words, links Links, contact string, sender Sender, clock func() time.Time) (*Notices, error) {
	page, err := template.New("mail").Parse(layout)
	return &Notices{
		docs:   docstore.Declare[Notice](store, docstore.Spec{Name: "notices"}),
		people: of.People, applications: of.Applications, donations: of.Donations, deliveries: of.Deliveries, partners: of.Partners,
		words: w, links: links, contact: contact, sender: sender, clock: clock, page: page,
	}, err
}

// layout is all the HTML a mail needs: it must be readable anywhere.
const layout = `<!doctype html><html lang="{{.Lang}}" dir="{{.Dir}}"><body style="font:16px/1.5 sans-serif;color:#17202a;max-width:36em">
{{range .Paragraphs}}<p>{{.}}</p>{{end}}
{{if .Code}}<p style="font:700 28px monospace;letter-spacing:4px" dir="ltr">{{.Code}}</p>{{end}}
{{if .Link}}<p><a href="{{.Link}}" style="background:#0b4a40;color:#fff;padding:12px 20px;border-radius:8px;text-decoration:none">{{.Button}}</a></p>
<p style="color:#535c65;font-size:14px" dir="ltr">{{.Link}}</p>{{end}}
{{range .Foot}}<p style="color:#535c65;font-size:14px">{{.}}</p>{{end}}</body></html>`

// recipient is one person to be told, and what only they may read.
type recipient struct {
	words string // of the message, where it is not the event's own
	email string
	lang  string
	link  string // where the message leads
	code  string
	args  map[string]any
}

// audience finds who hears of an event.
type audience func(*Notices, context.Context, event.Envelope) ([]recipient, error)

// heard is the table of notices: event, audience. The words stand under
// "notice.<event>.subject", ".body" and ".button".
func heard() map[string]audience {
	return map[string]audience{
		signIn:                          (*Notices).signingIn,
		"application.submitted":         (*Notices).submitted,
		"application.invited":           (*Notices).family,
		"application.attestation_asked": (*Notices).attesters,
		"application.guardian_asked":    (*Notices).guardianAgain,
		"application.eligible":          (*Notices).verified,
		"application.ineligible":        (*Notices).refused,
		"application.review_asked":      (*Notices).desk,
		"application.reviewed":          (*Notices).family,
		"application.held":              (*Notices).held,
		"application.answered":          (*Notices).desk,
		"application.hold_cleared":      (*Notices).freed,
		"application.offered":           (*Notices).offered,
		"application.accepted":          (*Notices).accepted,
		"application.fulfilled":         (*Notices).family,
		"match.expired":                 (*Notices).unanswered,
		"match.released":                (*Notices).released,
		"delivery.planned":              (*Notices).keepers,
		"delivery.booked":               (*Notices).appointment,
		"delivery.code_renewed":         (*Notices).family,
		"delivery.dispatched":           (*Notices).appointment,
		"delivery.failed":               (*Notices).bookAgain,
		"delivery.reminded":             (*Notices).appointment,
		"delivery.closed_unconfirmed":   (*Notices).family,
		"delivery.problem":              (*Notices).desk,
		"delivery.returned":             (*Notices).family,
		"delivery.lost":                 (*Notices).family,
		"donation.declared":             (*Notices).donor,
		"donation.agreed":               (*Notices).donor,
		"donation.declined":             (*Notices).donor,
		"donation.cancelled":            (*Notices).donor,
		"donation.accepted":             (*Notices).donor,
		"donation.collection_planned":   (*Notices).donor,
		"donation.collection_moved":     (*Notices).donor,
		"donation.collected":            (*Notices).donor,
		"donation.reconciled":           (*Notices).donor,
		"donation.closed":               (*Notices).donor,
		"device.locked":                 (*Notices).giver,
		"device.refused":                (*Notices).giverOfLocked,
		"device.incident":               (*Notices).giver,
	}
}

// signIn is the notice that somebody waits for at a screen.
const signIn = "sign_in.asked"

// Subscribers are what the relay hands events to: letters, and apart from them
// the codes that people wait for, so that no other letter stands before these.
func (n *Notices) Subscribers() []event.Subscriber {
	table := heard()
	var letters []string
	for kind := range table {
		if kind != signIn {
			letters = append(letters, kind)
		}
	}
	handle := func(ctx context.Context, e event.Envelope) error { return n.tell(ctx, e, table[e.Kind]) }
	return []event.Subscriber{{Name: "code", Kinds: []string{signIn}, Handle: handle}, {Name: "notice", Kinds: letters, Handle: handle}}
}

// tell sends an event's messages that were not sent yet. A crash after sending
// and before noting it sends again, under the same message id.
func (n *Notices) tell(ctx context.Context, e event.Envelope, find audience) error {
	recipients, err := find(n, ctx, e)
	if fault.Is(err, fault.NotFound) {
		return nil // erased meanwhile: nobody to tell
	}
	if err != nil {
		return err
	}
	for _, r := range recipients {
		if r.email == "" {
			continue
		}
		if err := n.send(ctx, e, r); err != nil {
			return err
		}
	}
	return nil
}

func (n *Notices) send(ctx context.Context, e event.Envelope, r recipient) error {
	now := docstore.At(n.clock())
	sum := sha256.Sum256([]byte(e.ID + "\x00" + r.words + "\x00" + r.email))
	trace, _, err := n.docs.Create(ctx, &Notice{
		Meta: docstore.Meta{ID: "not_" + hex.EncodeToString(sum[:16])}, Event: e.ID, Kind: e.Kind,
		Territory: e.Territory, Subject: e.Document, Created: now,
	})
	if err != nil || trace.Sent != 0 {
		return err
	}
	mail, err := n.write(cmp.Or(r.words, e.Kind), trace.ID, r)
	if err != nil {
		return err
	}
	if err := n.sender.Send(ctx, mail); err != nil {
		return err
	}
	_, err = n.docs.Update(ctx, trace.ID, func(t *Notice) error {
		t.Sent = docstore.At(n.clock())
		return nil
	})
	return err
}

func (n *Notices) write(kind, id string, r recipient) (Mail, error) {
	text := func(part string) string { return n.words.Text(r.lang, "notice."+kind+"."+part, r.args) }
	body := text("body")
	foot := n.words.Text(r.lang, "notice.foot", nil)
	if n.contact != "" {
		foot = n.words.Text(r.lang, "notice.contact", map[string]any{"Contact": n.contact}) + "\n\n" + foot
	}
	var plain strings.Builder
	plain.WriteString(body)
	if r.code != "" {
		plain.WriteString("\n\n" + r.code)
	}
	button := ""
	if r.link != "" {
		button = text("button")
		plain.WriteString("\n\n" + button + "\n" + r.link) // a line of its own: nothing around it is taken for a part of it
	}
	plain.WriteString("\n\n" + foot + "\n")
	var html strings.Builder
	err := n.page.Execute(&html, map[string]any{
		"Lang": r.lang, "Dir": words.Dir(r.lang), "Paragraphs": strings.Split(body, "\n\n"),
		"Code": r.code, "Link": r.link, "Button": button, "Foot": strings.Split(foot, "\n\n"),
	})
	return Mail{ID: id, To: r.email, Lang: r.lang, Subject: text("subject"), Text: plain.String(), HTML: html.String()}, err
}
