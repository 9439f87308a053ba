package app

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/digitalfranceschool/passerelle/frontend"
)

// Config is everything the environment says. Fields tagged `mask:"true"` are
// shown only as set or not; a MongoDB URI is shown without its password.
type Config struct {
	Addr           string        `env:"PASSERELLE_ADDR" envDefault:"127.0.0.1:8080" help:"address to listen on"`
	Data           string        `env:"PASSERELLE_DATA" envDefault:"data/passerelle" help:"folder of the embedded store"`
	BaseURL        string        `env:"PASSERELLE_BASE_URL" envDefault:"http://127.0.0.1:8080" help:"address that people see, in links of mails"`
	MongoDB        string        `env:"MONGODB_URI" help:"use MongoDB instead of the embedded store"`
	MongoDatabase  string        `env:"PASSERELLE_MONGODB_DATABASE" envDefault:"passerelle" help:"database on that server"`
	Key            string        `env:"PASSERELLE_KEY" mask:"true" help:"base64 of the 32 bytes that seal personal data"`
	SMTPHost       string        `env:"PASSERELLE_SMTP_HOST" help:"mail server"`
	SMTPPort       int           `env:"PASSERELLE_SMTP_PORT" envDefault:"587" help:"its port"`
	SMTPUser       string        `env:"PASSERELLE_SMTP_USER" help:"account there"`
	SMTPPassword   string        `env:"PASSERELLE_SMTP_PASSWORD" mask:"true" help:"its password"`
	SMTPTLS        string        `env:"PASSERELLE_SMTP_TLS" envDefault:"mandatory" help:"mandatory, opportunistic or none"`
	MailFrom       string        `env:"PASSERELLE_MAIL_FROM" help:"sender of our mails"`
	Contact        string        `env:"PASSERELLE_CONTACT" help:"mail address or telephone that people can turn to, on every page"`
	Publisher      string        `env:"PASSERELLE_PUBLISHER" envDefault:"Digital France School" help:"who offers the service and answers for its data"`
	Beneficiary    string        `env:"PASSERELLE_BENEFICIARY" help:"association that receives what companies give, as conventions name it: name, seat, number; the publisher where none is given"`
	Director       string        `env:"PASSERELLE_DIRECTOR" help:"director of the publication"`
	Host           string        `env:"PASSERELLE_HOST" help:"name, address and telephone of the host"`
	Officer        string        `env:"PASSERELLE_OFFICER" help:"data protection officer, or how to reach them"`
	TrustedProxies []string      `env:"PASSERELLE_TRUSTED_PROXIES" help:"networks whose X-Forwarded-For is believed"`
	Country        string        `env:"PASSERELLE_COUNTRY" envDefault:"FR" help:"country whose rules apply to forms"`
	TwoTechnicians bool          `env:"PASSERELLE_TWO_TECHNICIANS" envDefault:"false" help:"who released must not be who erased"`
	Grace          time.Duration `env:"PASSERELLE_GRACE" envDefault:"20s" help:"time to finish requests at a stop"`
}

// demoKey seals the demonstration's invented people. Anything else refuses to
// start with it.
var demoKey = base64.StdEncoding.EncodeToString([]byte("demonstration key, no real data!")) //nolint:gochecknoglobals // a constant

// Load reads the environment.
func Load() (Config, error) {
	var c Config
	if err := env.Parse(&c); err != nil {
		return c, fmt.Errorf("configuration: %w", byVariable(err))
	}
	return c, nil
}

// byVariable names the variables that cannot be read, where the parser names
// our fields.
func byVariable(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	var named []error
	for _, one := range all.Errors {
		var unread env.ParseError
		if errors.As(one, &unread) {
			field, _ := reflect.TypeFor[Config]().FieldByName(unread.Name)
			one = fmt.Errorf("%s: %w", field.Tag.Get("env"), unread.Err)
		}
		named = append(named, one)
	}
	return errors.Join(named...)
}

// Check refuses what must not serve real people.
func (c Config) Check() error {
	switch {
	case c.Key == "":
		return errors.New("PASSERELLE_KEY is missing: make one with `openssl rand -base64 32` and keep it outside the store")
	case c.Key == demoKey:
		return errors.New("PASSERELLE_KEY is the demonstration's: it is public and seals nothing")
	case c.SMTPHost == "":
		return errors.New("PASSERELLE_SMTP_HOST is missing: nobody could sign in without mail")
	case c.MailFrom == "":
		return errors.New("PASSERELLE_MAIL_FROM is missing")
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return errors.New("PASSERELLE_BASE_URL must be an http or https address")
	}
	_, err = c.key()
	return err
}

func (c Config) key() ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(c.Key)
	if err != nil || len(key) != 32 {
		return nil, errors.New("PASSERELLE_KEY must be the base64 of 32 bytes")
	}
	return key, nil
}

// beneficiary is whom companies give to.
func (c Config) beneficiary() string { return cmp.Or(c.Beneficiary, c.Publisher) }

// legal is what the pages tell of who offers the service.
func (c Config) legal() frontend.Legal {
	return frontend.Legal{Contact: c.Contact, Publisher: c.Publisher, Director: c.Director, Host: c.Host, Officer: c.Officer}
}

// Print shows the configuration at start, secrets masked.
func (c Config) Print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	v, t := reflect.ValueOf(c), reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		if _, err := fmt.Fprintf(table, "%s\t%s\n", f.Tag.Get("env"), shown(f, v.Field(i))); err != nil {
			return err
		}
	}
	return table.Flush()
}

func shown(f reflect.StructField, v reflect.Value) string {
	text := fmt.Sprint(v.Interface())
	switch {
	case f.Tag.Get("mask") != "" && text == "":
		return "(not set)"
	case f.Tag.Get("mask") != "":
		return "(set)"
	case strings.Contains(text, "://"):
		if u, err := url.Parse(text); err == nil {
			return u.Redacted()
		}
		return "(unreadable)"
	default:
		return text
	}
}

// Usage lists the variables for the command's help.
func Usage(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		if _, err := fmt.Fprintf(table, "  %s\t%s\t%s\n", f.Tag.Get("env"), f.Tag.Get("help"), f.Tag.Get("envDefault")); err != nil {
			return err
		}
	}
	return table.Flush()
}
