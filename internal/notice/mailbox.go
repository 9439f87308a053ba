package notice

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// Letter is a mail of the demonstration, kept to be read on a page.
type Letter struct {
	docstore.Meta `json:",inline"`

	To      string          `json:"to"`
	Lang    string          `json:"lang"`
	Subject string          `json:"subject"`
	Text    string          `json:"text"`
	At      docstore.Millis `json:"at"`
}

// Mailbox is the Sender of the demonstration: it keeps mails of invented people
// in the store. It is never wired where real people are served.
type Mailbox struct {
	letters *docstore.Collection[Letter]
	clock   func() time.Time
}

// NewMailbox declares the collection of letters.
func NewMailbox(store *docstore.Store, clock func() time.Time) *Mailbox {
	return &Mailbox{
		letters: docstore.Declare[Letter](store, docstore.Spec{Name: "mailbox", Indexes: []docstore.Index{
			{Name: "recent", Order: "at", Desc: true}, {Name: "to", Equal: []string{"to"}, Order: "at", Desc: true},
		}}),
		clock: clock,
	}
}

// Send keeps a mail; the same mail again is kept once.
func (b *Mailbox) Send(ctx context.Context, m Mail) error {
	_, _, err := b.letters.Create(ctx, &Letter{
		Meta: docstore.Meta{ID: m.ID}, To: m.To, Lang: m.Lang, Subject: m.Subject, Text: m.Text, At: docstore.At(b.clock()),
	})
	return err
}

// Latest gives the newest letters, of one address or of all.
func (b *Mailbox) Latest(ctx context.Context, to string, limit int) ([]*Letter, error) {
	q := docstore.Query{Index: "recent", Limit: limit}
	if to != "" {
		q.Index, q.Equal = "to", []docstore.In{docstore.Is(to)}
	}
	page, err := b.letters.Find(ctx, q, nil)
	return page.Items, err
}
