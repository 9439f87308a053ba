package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/docstore/sqlite"
	"github.com/digitalfranceschool/passerelle/internal/httpapi"
	"github.com/digitalfranceschool/passerelle/internal/inventory"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// with opens the features on the configured store for a command.
func with(ctx context.Context, c Config, readOnly bool, do func(*features) error) error {
	return open(ctx, c, options{log: slog.New(slog.DiscardHandler), readOnly: readOnly}, do)
}

func open(ctx context.Context, c Config, o options, do func(*features) error) (err error) {
	if c.Key == "" {
		c.Key = demoKey // a command that opens nothing sealed works without the key
	}
	store, err := openStore(ctx, c, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Engine().Close(context.WithoutCancel(ctx))) }()
	f, err := build(store, c, o)
	if err != nil {
		return err
	}
	if err := store.Prepare(ctx); err != nil {
		return err
	}
	return do(f)
}

// FirstCoordinator is who starts a territory.
type FirstCoordinator struct {
	Email, FirstName, LastName, Territory, Areas string
}

// AddCoordinator makes the first coordinator, who is also an administrator, and
// the territory where it is missing.
func AddCoordinator(ctx context.Context, c Config, who FirstCoordinator, out io.Writer) error {
	if who.Email == "" || who.FirstName == "" || who.LastName == "" || who.Territory == "" {
		return errors.New("say -email, -first-name, -last-name and -territory")
	}
	if _, err := c.key(); err != nil {
		return err
	}
	return with(ctx, c, false, func(f *features) error {
		territory, err := f.ensureTerritory(ctx, who.Territory, who.Areas)
		if err != nil {
			return err
		}
		for _, role := range []people.Role{people.Coordinator, people.Administrator} {
			_, err := f.people.AddStaff(ctx, people.System(), people.AddStaff{
				Email: who.Email, FirstName: who.FirstName, LastName: who.LastName, Role: role, Territories: []string{territory},
			})
			if err != nil {
				return err
			}
		}
		_, err = fmt.Fprintf(out, "coordinator and administrator of %s (%s): sign in with that address\n", who.Territory, territory)
		return err
	})
}

func (f *features) ensureTerritory(ctx context.Context, name, areas string) (string, error) {
	all, err := f.partners.All(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range all {
		if t.Name == name {
			return t.ID, nil
		}
	}
	if areas == "" {
		return "", fmt.Errorf("there is no territory %q; say its -areas to make it", name)
	}
	t, err := f.partners.AddTerritory(ctx, people.System(), partner.AddTerritory{
		Country: f.rules.Code, Name: name, Zone: f.rules.TimeZone, Areas: strings.Split(areas, ","), Open: true, OfferDays: 7, Household: 2,
	})
	return t.ID, err
}

// Inventory reads a list and prints what it says.
func Inventory(ctx context.Context, name string, out io.Writer) error {
	file, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	w, err := words.Load()
	if err != nil {
		return err
	}
	report, err := inventory.Read(ctx, file, info.Size(), inventory.Options{Words: func(code inventory.Code, args map[string]any) string {
		return w.Text("fr", "inventory."+string(code), args)
	}})
	var refused *inventory.Refused
	if errors.As(err, &refused) {
		return fmt.Errorf("%s: %s", refused.Code, w.Text("fr", "field.file_"+string(refused.Code), nil))
	}
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// ErrBroken is what Check returns when an invariant does not hold.
var ErrBroken = errors.New("the store breaks its own rules")

// underWay is how young a saga may be for Check to take it for under way:
// recovery looks every twenty seconds, so that a store at work has no older ones.
const underWay = 10 * time.Minute

// Check verifies every invariant of the store, beside a server or without one.
// Where settled is asked for, a saga of any age is a breach.
func Check(ctx context.Context, c Config, settled bool, out io.Writer) error {
	return with(ctx, c, true, func(f *features) error {
		audit := &lifecycle.Audit{LeftOver: f.clock().Add(-underWay)}
		if settled {
			audit.LeftOver = f.clock().Add(time.Hour)
		}
		for _, check := range []func(context.Context, *lifecycle.Audit) error{
			f.donations.Check, f.devices.Check, f.matches.Check, f.deliveries.Check, f.events.Check,
		} {
			if err := check(ctx, audit); err != nil {
				return err
			}
		}
		for _, b := range audit.Breaches {
			if _, err := fmt.Fprintf(out, "%s\t%s\t%s\n", b.Rule, b.ID, b.Fact); err != nil {
				return err
			}
		}
		if len(audit.Breaches) > 0 {
			return fmt.Errorf("%w: %d", ErrBroken, len(audit.Breaches))
		}
		_, err := fmt.Fprintf(out, "all invariants hold; %d steps under way\n", audit.UnderWay)
		return err
	})
}

// Backup copies the store to a file while it serves.
func Backup(ctx context.Context, c Config, file string, out io.Writer) error {
	if c.MongoDB == "" {
		if err := sqlite.Backup(ctx, c.Data, file); err != nil {
			return err
		}
	} else if err := dump(ctx, c, file); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "backup in %s; without PASSERELLE_KEY it reads nothing personal\n", file)
	return err
}

func dump(ctx context.Context, c Config, name string) error {
	return with(ctx, c, true, func(f *features) (err error) {
		file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the file
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		return errors.Join(f.store.Dump(ctx, file), file.Sync())
	})
}

// Restore fills an empty store from a backup of the same engine.
func Restore(ctx context.Context, c Config, name string, out io.Writer) error {
	var err error
	if c.MongoDB == "" {
		err = sqlite.Restore(ctx, c.Data, name)
	} else {
		err = with(ctx, c, false, func(f *features) error {
			file, err := os.Open(name) //nolint:gosec // the operator names the file
			if err != nil {
				return err
			}
			defer func() { _ = file.Close() }()
			return f.store.Load(ctx, file)
		})
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "restored from %s\n", name)
	return err
}

// Describe prints the OpenAPI description.
func Describe(out io.Writer, old bool) error {
	describe := httpapi.Describe
	if old {
		describe = httpapi.DescribeOld
	}
	body, err := describe()
	if err != nil {
		return err
	}
	_, err = out.Write(append(body, '\n'))
	return err
}
