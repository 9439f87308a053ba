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
	store := filepath.Join(dir, storeFile)
	if _, err := os.Stat(store); err != nil {
		return fmt.Errorf("no store in %s: %w", dir, err)
	}
	return copyStore(ctx, store, file)
}

// Restore makes the store of a folder that has none from a backup.
func Restore(ctx context.Context, dir, file string) error {
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("no backup: %w", err)
	}
	if err := verify(ctx, file); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return copyStore(ctx, file, filepath.Join(dir, storeFile))
}

// copyStore writes beside the target first, so that a copy cut short is never
// taken for a whole one.
func copyStore(ctx context.Context, from, to string) (err error) {
	if _, err := os.Stat(to); err == nil {
		return fmt.Errorf("%s exists already", to)
	}
	partial := to + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := sql.Open("sqlite", address(from)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", partial); err != nil {
		return fmt.Errorf("copy the store: %w", err)
	}
	if err := errors.Join(os.Chmod(partial, 0o600), verify(ctx, partial), flush(partial)); err != nil {
		return err
	}
	return os.Rename(partial, to)
}

func flush(name string) error {
	file, err := os.OpenFile(name, os.O_RDWR, 0) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func verify(ctx context.Context, file string) (err error) {
	db, err := sql.Open("sqlite", address(file)+"?mode=ro")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	found, said := 0, ""
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check").Scan(&said); err != nil {
		return fmt.Errorf("%s is not a backup: %w", file, err)
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return err
	}
	switch {
	case said != "ok":
		return fmt.Errorf("%s is damaged: %s", file, said)
	case found == 0 || found > layout:
		return fmt.Errorf("%s is no backup that this version reads (layout %d)", file, found)
	}
	return nil
}
