// Package seal encrypts what is personal, field by field, and makes the keyed
// hashes that look it up again.
//
// Each owner (a person, an application) has a data key of its own, kept in the
// store wrapped by the master key, which stands outside the store. Dropping an
// owner's key makes everything sealed for it unreadable, backups of the sealed
// documents included.
package seal

// Text is a sealed string as it is stored: base64 of what only the keys open.
// The empty Text is the empty string.
type Text string
