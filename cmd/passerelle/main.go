// Command passerelle serves the product and keeps it. Each subcommand is a
// function of internal/app; this file reads the command line alone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // clocks of territories, wherever this runs

	"github.com/digitalfranceschool/passerelle/internal/app"
)

// version is set when the binary is built.
var version = "dev" //nolint:gochecknoglobals // set by the linker

// Exit statuses: 0 done, 1 it failed or found something, 2 called wrongly.
const (
	failed = 1
	misuse = 2
)

// errUsage is a call whose words are off; usage was printed.
var errUsage = errors.New("usage")

type command struct {
	name, args, help string
	run              func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "", "serve API, pages and workers; configuration from the environment", serve},
		{"demo", "-addr HOST:PORT -data DIR [-seed N]", "serve a demonstration territory with a mailbox page", demo},
		{"coordinator", "add -email E -first-name F -last-name L -territory NAME -areas 95", "add the first coordinator", coordinator},
		{"inventory", "FILE", "read a list of devices, print what it says as JSON", inventory},
		{"check", "[-data DIR] [-settled]", "verify every invariant of the store; status 1 and a list when broken", check},
		{"backup", "[-data DIR] FILE", "copy the store to a file while it serves", backup},
		{"restore", "[-data DIR] FILE", "fill an empty store from a backup", restore},
		{"round", "[-data DIR] -territory ID | -replay ID", "run a round with progress, or compute a past one again", round},
		{"describe", "", "print the OpenAPI description", describe},
		{"version", "", "print the version", printVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		usage(os.Stderr)
		return misuse
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(os.Stdout)
		return 0
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, args[1:])
		switch {
		case err == nil:
			return 0
		case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
			return misuse
		default:
			fmt.Fprintf(os.Stderr, "passerelle %s: %v\n", c.name, err)
			return failed
		}
	}
	fmt.Fprintf(os.Stderr, "passerelle: there is no command %q\n\n", args[0])
	usage(os.Stderr)
	return misuse
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "passerelle brings companies' laptops to the students whom they serve best.")
	fmt.Fprintln(w, "\nCommands:")
	for _, c := range commands() {
		fmt.Fprintf(w, "  passerelle %s %s\n      %s\n", c.name, c.args, c.help)
	}
	fmt.Fprintln(w, "\nExit status: 0 done, 1 failed or something found, 2 called wrongly.\n\nEnvironment:")
	if err := app.Usage(w); err != nil {
		fmt.Fprintln(w, err)
	}
}

// flags parses a subcommand's flags and the number of its arguments.
func flags(name string, args []string, want int, define func(*flag.FlagSet)) ([]string, error) {
	set := flag.NewFlagSet("passerelle "+name, flag.ContinueOnError)
	if define != nil {
		define(set)
	}
	if err := set.Parse(args); err != nil {
		return nil, errUsage
	}
	if set.NArg() != want {
		fmt.Fprintf(os.Stderr, "passerelle %s: %d arguments wanted, %d given\n", name, want, set.NArg())
		set.Usage()
		return nil, errUsage
	}
	return set.Args(), nil
}

func logger() *slog.Logger { return slog.New(slog.NewJSONHandler(os.Stderr, nil)) }

func serve(ctx context.Context, args []string) error {
	if _, err := flags("serve", args, 0, nil); err != nil {
		return err
	}
	config, err := app.Load()
	if err != nil {
		return err
	}
	return app.Serve(ctx, config, os.Stdout, logger(), version)
}

func demo(ctx context.Context, args []string) error {
	var d app.Demo
	_, err := flags("demo", args, 0, func(set *flag.FlagSet) {
		set.StringVar(&d.Addr, "addr", "127.0.0.1:8080", "loopback address to listen on")
		set.StringVar(&d.Data, "data", "data/demo", "folder of the demonstration; made when missing")
		set.Int64Var(&d.Seed, "seed", 1, "seed of the invented territory")
	})
	if err != nil {
		return err
	}
	return app.ServeDemo(ctx, d, os.Stdout, logger(), version)
}

func coordinator(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "add" {
		fmt.Fprintln(os.Stderr, "passerelle coordinator: say `add`")
		return errUsage
	}
	var c app.FirstCoordinator
	_, err := flags("coordinator add", args[1:], 0, func(set *flag.FlagSet) {
		set.StringVar(&c.Email, "email", "", "where the sign-in codes go")
		set.StringVar(&c.FirstName, "first-name", "", "first name")
		set.StringVar(&c.LastName, "last-name", "", "last name")
		set.StringVar(&c.Territory, "territory", "", "name of the territory, made when missing")
		set.StringVar(&c.Areas, "areas", "", "its départements or communes, with commas: 95")
	})
	if err != nil {
		return err
	}
	config, err := app.Load()
	if err != nil {
		return err
	}
	return app.AddCoordinator(ctx, config, c, os.Stdout)
}

func inventory(ctx context.Context, args []string) error {
	rest, err := flags("inventory", args, 1, nil)
	if err != nil {
		return err
	}
	return app.Inventory(ctx, rest[0], os.Stdout)
}

// configured loads the environment; a -data flag wins over it.
func configured(name string, args []string, want int, define func(*flag.FlagSet)) (app.Config, []string, error) {
	config, err := app.Load()
	if err != nil {
		return config, nil, err
	}
	rest, err := flags(name, args, want, func(set *flag.FlagSet) {
		set.StringVar(&config.Data, "data", config.Data, "folder of the embedded store")
		if define != nil {
			define(set)
		}
	})
	return config, rest, err
}

func check(ctx context.Context, args []string) error {
	var settled bool
	config, _, err := configured("check", args, 0, func(set *flag.FlagSet) {
		set.BoolVar(&settled, "settled", false, "take also what may be under way for broken")
	})
	if err != nil {
		return err
	}
	return app.Check(ctx, config, settled, os.Stdout)
}

func backup(ctx context.Context, args []string) error {
	config, rest, err := configured("backup", args, 1, nil)
	if err != nil {
		return err
	}
	return app.Backup(ctx, config, rest[0], os.Stdout)
}

func restore(ctx context.Context, args []string) error {
	config, rest, err := configured("restore", args, 1, nil)
	if err != nil {
		return err
	}
	return app.Restore(ctx, config, rest[0], os.Stdout)
}

func round(ctx context.Context, args []string) error {
	var territory, replay string
	config, _, err := configured("round", args, 0, func(set *flag.FlagSet) {
		set.StringVar(&territory, "territory", "", "id of the territory")
		set.StringVar(&replay, "replay", "", "id of a round to compute again from what it stored")
	})
	if err != nil {
		return err
	}
	if replay != "" {
		return app.Replay(ctx, config, replay, os.Stdout)
	}
	return app.Round(ctx, config, territory, os.Stderr, os.Stdout)
}

func describe(_ context.Context, args []string) error {
	old := false
	_, err := flags("describe", args, 0, func(set *flag.FlagSet) {
		set.BoolVar(&old, "old", false, "as OpenAPI 3.0")
	})
	if err != nil {
		return err
	}
	return app.Describe(os.Stdout, old)
}

func printVersion(_ context.Context, args []string) error {
	if _, err := flags("version", args, 0, nil); err != nil {
		return err
	}
	_, err := fmt.Println(version)
	return err
}
