// Package id makes the names of documents: a prefix that tells what it is and
// a UUIDv7, so that names sort by the time they were made.
package id

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// Prefixes, one a collection.
const (
	Person      = "per"
	Company     = "com"
	Prescriber  = "pre"
	Partner     = "par"
	Territory   = "ter"
	Site        = "sit"
	Donation    = "don"
	Device      = "dev"
	Drive       = "drv"
	Application = "app"
	Household   = "hou"
	Round       = "rnd"
	Constraint  = "con"
	WhatIf      = "wif"
	Match       = "mat"
	Delivery    = "del"
	Slot        = "slo"
	Notice      = "not"
	Import      = "imp"
	File        = "fil"
)

// New makes an id that nobody has: "dev_0198…", 36 characters of UUIDv7
// without hyphens behind the prefix.
func New(prefix string) string {
	u := uuid.Must(uuid.NewV7())
	return prefix + "_" + hex.EncodeToString(u[:])
}

// Derived makes the id of a create from who asks and their idempotency key, so
// that a resend finds what the first made.
func Derived(prefix, actor, key string) string {
	sum := sha256.Sum256([]byte(prefix + "\x00" + actor + "\x00" + key))
	return prefix + "_" + hex.EncodeToString(sum[:16])
}

// For makes an id for a create: derived where a key is given, else new.
func For(prefix, actor, key string) string {
	if key == "" {
		return New(prefix)
	}
	return Derived(prefix, actor, key)
}

// Is tells whether s looks like an id of this prefix; it does not look it up.
func Is(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(rest) != 32 {
		return false
	}
	_, err := hex.DecodeString(rest)
	return err == nil
}
