package config

import (
	"fmt"
	"io"
)

// hidden stands for every secret, wherever one is printed.
const hidden = "<secret>"

// Reveal returns the secret itself. Call it only where the secret is handed
// over, never on a way to a log or a message.
func (s Secret) Reveal() string { return string(s) }

// String returns <secret>.
func (Secret) String() string { return hidden }

// GoString returns <secret>, for %#v.
func (Secret) GoString() string { return hidden }

// Format prints <secret> for every verb; %x and %d too would tell the value.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns <secret>, for JSON too.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalYAML returns <secret>.
func (Secret) MarshalYAML() (any, error) { return hidden, nil }
