package people

import (
	"context"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Purposes of links. A link opens what its purpose says and nothing else.
const (
	ToSignIn   = "sign_in"
	ToAttest   = "attest"
	ToGuardian = "guardian"
	ToStatus   = "status" // shows one application, may be used again, revocable
)

// Link is a secret address sent to one person; its id is the hash of its token.
type Link struct {
	docstore.Meta `json:",inline"`

	Purpose string          `json:"purpose"`
	Subject string          `json:"subject"` // person or application
	Expires docstore.Millis `json:"expires"`
	Spent   docstore.Millis `json:"spent,omitempty"`
	Again   bool            `json:"again"`          // not used up by use
	Code    string          `json:"code,omitempty"` // the code it was mailed with: one use of either ends both
}

// IssueLink makes a link that works once, until its time is over.
func (p *People) IssueLink(ctx context.Context, purpose, subject string, life time.Duration) (string, error) {
	return p.issue(ctx, Link{Purpose: purpose, Subject: subject, Again: purpose == ToStatus}, life)
}

func (p *People) issue(ctx context.Context, link Link, life time.Duration) (string, error) {
	t := token()
	link.ID, link.Expires = hash(t), docstore.At(p.clock().Add(life))
	return t, p.links.Insert(ctx, &link)
}

// PeekLink tells what a link opens without using it: for GET.
func (p *People) PeekLink(ctx context.Context, purpose, token string) (subject string, err error) {
	link, err := p.links.Get(ctx, hash(token))
	if fault.Is(err, fault.NotFound) {
		return "", fault.New(fault.NotFound, "link_unknown")
	}
	if err != nil {
		return "", err
	}
	return link.Subject, link.check(purpose, p.clock())
}

func (l *Link) check(purpose string, now time.Time) error {
	switch {
	case l.Purpose != purpose:
		return fault.New(fault.NotFound, "link_unknown")
	case l.Spent != 0:
		return fault.New(fault.Conflict, "link_spent")
	case l.Expires.Time().Before(now):
		return fault.New(fault.Conflict, "link_over")
	}
	return nil
}

// SpendLink uses a link up; of several at once one wins.
func (p *People) SpendLink(ctx context.Context, purpose, token string) (subject string, err error) {
	link, err := p.spend(ctx, purpose, token)
	if err != nil {
		return "", err
	}
	return link.Subject, nil
}

func (p *People) spend(ctx context.Context, purpose, token string) (*Link, error) {
	link, err := p.links.Update(ctx, hash(token), func(l *Link) error {
		if err := l.check(purpose, p.clock()); err != nil {
			return err
		}
		if l.Again {
			return docstore.Unchanged
		}
		l.Spent = docstore.At(p.clock())
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "link_unknown")
	}
	return link, err
}

// RevokeLink ends a link for good.
func (p *People) RevokeLink(ctx context.Context, token string) error {
	return p.revoke(ctx, hash(token))
}

func (p *People) revoke(ctx context.Context, hashed string) error {
	_, err := p.links.Update(ctx, hashed, func(l *Link) error {
		l.Expires = docstore.At(p.clock()) - 1
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// statusLife is how long a family's status link works without being renewed.
const statusLife = 2 * 365 * 24 * time.Hour

// IssueStatusLink makes the revocable link that shows an application.
func (p *People) IssueStatusLink(ctx context.Context, application string) (string, error) {
	return p.IssueLink(ctx, ToStatus, application, statusLife)
}

// OpenStatusLink gives the actor who may read that application and nothing else.
func (p *People) OpenStatusLink(ctx context.Context, token, lang string) (Actor, error) {
	application, err := p.PeekLink(ctx, ToStatus, token)
	if err != nil {
		return Actor{}, err
	}
	return LinkHolder(application, lang), nil
}

// RevokeLinks ends every link of a purpose for a subject.
func (p *People) RevokeLinks(ctx context.Context, purpose, subject string) error {
	return p.links.Each(ctx, docstore.Query{
		Index: "subject", Equal: []docstore.In{docstore.Is(subject), docstore.Is(purpose)}, From: int64(docstore.At(p.clock())),
	}, func(l *Link) error { return p.revoke(ctx, l.ID) })
}
