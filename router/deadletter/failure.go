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
		count, what := strconv.Itoa(total), " violations of "
		if total == 1 {
			what = " violation of "
		}
		if len(list) == 0 {
			return count + what + f.Schema
		}
		return count + what + f.Schema + ": " + list[0].Message + " (" + list[0].KeywordLocation + ")"
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
	var room [24]string // as many as the usual limit and the fixed parts
	keywords := room[:0]
	for _, v := range f.violations() {
		keywords = append(keywords, v.KeywordLocation)
	}
	slices.Sort(keywords)
	keywords = slices.Compact(keywords)
	var scratch [1024]byte
	parts := scratch[:0]
	for _, part := range [...]string{f.Product, f.Schema, f.Reason.String()} {
		parts = appendPart(parts, part)
	}
	for _, keyword := range keywords {
		parts = appendPart(parts, keyword)
	}
	sum := sha256.Sum256(parts)
	return hex.EncodeToString(sum[:16])
}

// appendPart appends a text so that no two lists of texts look the same.
func appendPart(dst []byte, part string) []byte {
	return append(append(strconv.AppendInt(dst, int64(len(part)), 10), ':'), part...)
}

// appendViolation appends a violation as compact JSON, without escapes for
// HTML.
func appendViolation(dst []byte, v *validate.Violation) []byte {
	dst = appendText(append(dst, `{"instanceLocation":`...), v.InstanceLocation)
	dst = appendText(append(dst, `,"keywordLocation":`...), v.KeywordLocation)
	if v.AbsoluteKeywordLocation != "" {
		dst = appendText(append(dst, `,"absoluteKeywordLocation":`...), v.AbsoluteKeywordLocation)
	}
	dst = appendText(append(dst, `,"keyword":`...), v.Keyword)
	dst = appendText(append(dst, `,"message":`...), v.Message)
	return append(dst, '}')
}

// appendText appends a JSON string. What needs no escape, nearly all of them,
// is copied.
func appendText(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return appendEscaped(dst, text)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}

func appendEscaped(dst []byte, text string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err) // a string
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
