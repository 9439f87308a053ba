package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup copies the store of dir to a new file while a server may be writing,
// and checks the copy.
func Backup(ctx context.Context, dir, file string) error {
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("%s exists", file)
	}
	store := filepath.Join(dir, "store.db")
	if _, err := os.Stat(store); err != nil {
		return fmt.Errorf("no store in %s: %w", dir, err)
	}
	return vacuum(ctx, store, file)
}

func vacuum(ctx context.Context, from, to string) (err error) {
	source, err := sql.Open("sqlite", "file:"+from+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if _, err := source.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if err := os.Chmod(to, 0o600); err != nil {
		return err
	}
	return verify(ctx, to)
}

// Restore makes the store of an empty dir from a backup.
func Restore(ctx context.Context, dir, file string) error {
	store := filepath.Join(dir, "store.db")
	if _, err := os.Stat(store); err == nil {
		return fmt.Errorf("%s holds a store already", dir)
	}
	if err := verify(ctx, file); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return vacuum(ctx, file, store)
}

func verify(ctx context.Context, file string) (err error) {
	copied, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	var said string
	if err := copied.QueryRowContext(ctx, "PRAGMA quick_check").Scan(&said); err != nil {
		return fmt.Errorf("%s is not a backup: %w", file, err)
	}
	if said != "ok" {
		return fmt.Errorf("%s is damaged: %s", file, said)
	}
	return nil
}
