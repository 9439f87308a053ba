package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve runs the product until ctx ends, then finishes what it began: requests
// first, workers after, the store last.
func Serve(ctx context.Context, config Config, out io.Writer, log *slog.Logger, version string) error {
	if err := config.Check(); err != nil {
		return err
	}
	if err := config.Print(out); err != nil {
		return err
	}
	if config.Beneficiary == "" {
		log.Warn("PASSERELLE_BENEFICIARY is not set: conventions name the publisher as recipient of donations", slog.String("publisher", config.Publisher))
	}
	p, err := assemble(ctx, config, options{log: log, version: version})
	if err != nil {
		return err
	}
	return p.run(ctx, out, nil)
}

// run listens, starts the workers and serves until ctx ends. ready, where
// given, is called once requests are answered.
func (p *product) run(ctx context.Context, out io.Writer, ready func(url string) error) (err error) {
	defer func() { err = errors.Join(err, p.close()) }()
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", p.config.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{
		Handler: p.api, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var workers sync.WaitGroup
	workers.Go(func() { p.work(working) })
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	url := "http://" + listener.Addr().String()
	if err := announce(out, url, ready); err != nil {
		return err
	}
	select {
	case err = <-served:
	case <-ctx.Done():
		err = p.drain(ctx, server)
	}
	stopWork()
	workers.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func announce(out io.Writer, url string, ready func(string) error) error {
	if _, err := fmt.Fprintf(out, "ready %s\n", url); err != nil {
		return err
	}
	if ready == nil {
		return nil
	}
	return ready(url)
}

// drain lets requests under way finish within the grace.
func (p *product) drain(ctx context.Context, server *http.Server) error {
	p.log.Info("stopping", slog.Duration("grace", p.config.Grace))
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.config.Grace)
	defer cancel()
	return server.Shutdown(grace)
}
