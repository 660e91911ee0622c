package deadletter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/validate"
)

const (
	noViolations = "[]"
	// maxMessageBytes bounds a message; violations have their own place.
	maxMessageBytes = 512
)

// violations returns what the verdict lists, nil if it is not about
// violations.
func (f *Failure) violations() []validate.Violation {
	if f.Verdict == nil || f.Verdict.Class != validate.Violates {
		return nil
	}
	if f.Verdict.Violations == nil {
		return []validate.Violation{}
	}
	return f.Verdict.Violations
}

// Sentence says why the record is a dead letter, as its headers do.
func (f *Failure) Sentence() string {
	return clip(f.sentence(), maxMessageBytes)
}

func (f *Failure) sentence() string {
	if f.Message != "" {
		return f.Message
	}
	if list := f.violations(); list != nil {
		total := max(f.Verdict.Total, len(list))
		text := fmt.Sprintf("%d violations of %s", total, f.Schema)
		if total == 1 {
			text = "1 violation of " + f.Schema
		}
		if len(list) == 0 {
			return text
		}
		return text + ": " + list[0].Message + " (" + list[0].KeywordLocation + ")"
	}
	if v := f.Verdict; v != nil && v.Message != "" {
		if v.Class == validate.Malformed || v.Offset > 0 {
			return fmt.Sprintf("%s at byte %d", v.Message, v.Offset)
		}
		return v.Message
	}
	switch f.Reason {
	case router.NullValue:
		if f.Product == router.Unmatched {
			return "the value is null and has no field to match"
		}
		return "the value is null and the product takes no tombstones"
	case router.Unroutable:
		return "no product of the input takes the record"
	default:
		return strings.ReplaceAll(f.Reason.String(), "_", " ")
	}
}

// Fingerprint is the same for failures of the same kind: it covers product,
// schema, reason and the set of violated keywords, and nothing of the record.
func (f *Failure) Fingerprint() string {
	var keywords []string
	for _, v := range f.violations() {
		keywords = append(keywords, v.KeywordLocation)
	}
	slices.Sort(keywords)
	h := sha256.New()
	for _, part := range append([]string{f.Product, f.Schema, f.Reason.String()}, slices.Compact(keywords)...) {
		h.Write(strconv.AppendInt(nil, int64(len(part)), 10))
		h.Write([]byte(":" + part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// appendJSON appends a violation as compact JSON, without escapes for HTML.
func appendJSON(dst []byte, v *validate.Violation) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // a struct of strings
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte{'\n'})...)
}

// clip returns the first n bytes of a text, less where that would split a
// character.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
