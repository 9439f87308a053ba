// Package smtpmail sends mail through an SMTP server.
package smtpmail

import (
	"context"
	"fmt"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/notice"
)

// Config is the way to the server.
type Config struct {
	Host, User, Password, From string
	Port                       int
	TLS                        string // mandatory, opportunistic, none
}

// Sender sends through one server, a connection a mail.
type Sender struct {
	client *mail.Client
	from   string
}

var _ notice.Sender = (*Sender)(nil)

// timeout bounds one try; the relay tries again.
const timeout = 20 * time.Second

// New checks the configuration; it does not connect.
func New(c Config) (*Sender, error) {
	policy, ok := map[string]mail.TLSPolicy{
		"mandatory": mail.TLSMandatory, "opportunistic": mail.TLSOpportunistic, "none": mail.NoTLS,
	}[c.TLS]
	if !ok {
		return nil, fmt.Errorf("smtp: TLS %q is none of mandatory, opportunistic, none", c.TLS)
	}
	options := []mail.Option{mail.WithPort(c.Port), mail.WithTimeout(timeout), mail.WithTLSPolicy(policy)}
	if c.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.User), mail.WithPassword(c.Password))
	}
	client, err := mail.NewClient(c.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	return &Sender{client: client, from: c.From}, nil
}

// Send sends one mail; any failure is worth another try, and none names the
// address.
func (s *Sender) Send(ctx context.Context, m notice.Mail) error {
	message := mail.NewMsg()
	if err := message.FromFormat("Passerelle", s.from); err != nil {
		return fault.New(fault.Internal, "mail_sender")
	}
	if err := message.To(m.To); err != nil {
		return fault.New(fault.Invalid, "mail_address")
	}
	message.Subject(m.Subject)
	message.SetMessageIDWithValue(m.ID + "@passerelle")
	message.SetGenHeader(mail.HeaderContentLang, m.Lang)
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	if err := s.client.DialAndSendWithContext(ctx, message); err != nil {
		return fault.Wrap(fault.Unavailable, "mail_server", fmt.Errorf("smtp: %T", err))
	}
	return nil
}
