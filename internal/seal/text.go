// Package seal encrypts what is personal, field by field, and makes the keyed
// hashes that look it up again.
package seal

// Text is a sealed string as it is stored: base64 of what only the keys open.
// The empty Text is the empty string.
type Text string
