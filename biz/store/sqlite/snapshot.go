package sqlite

import (
	"context"
	"fmt"
	"os"
)

// Snapshot writes the database at path, as it is at one moment, to a new file, also while a process has it open for itself: reading
// needs no lock of ours. It waits for nobody and nobody waits for it.
func Snapshot(ctx context.Context, path, to string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	db, err := connect(path, 1, "busy_timeout(10000)")
	if err != nil {
		return fmt.Errorf("backing up %s: %w", path, err)
	}
	defer db.Close()
	if err := create(to); err != nil { // for its owner alone; VACUUM INTO takes an empty file
		return fmt.Errorf("backing up %s: %w", path, err)
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("backing up %s: %w", path, err)
	}
	return nil
}
