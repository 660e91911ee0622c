package schemas

import (
	"bytes"
	"encoding/json"
	"iter"
	"strconv"
	"strings"
)

// place is a position in a text, from 1; columns count bytes. The zero place
// is none.
type place struct{ line, column int }

// placeOf returns the place of a byte.
func placeOf(text []byte, offset int) place {
	before := text[:min(max(offset, 0), len(text))]
	return place{
		line:   bytes.Count(before, []byte("\n")) + 1,
		column: len(before) - bytes.LastIndexByte(before, '\n'),
	}
}

// placeAt returns the place of the value that a JSON pointer leads to, or of
// the closest one around it that exists.
func placeAt(text []byte, pointer string) place {
	d := json.NewDecoder(bytes.NewReader(text))
	found := skipTo(d, text)
	for token := range tokens(pointer) {
		if !enter(d, token) {
			break
		}
		found = skipTo(d, text)
	}
	return placeOf(text, found)
}

// enter moves the decoder before the member or item of the value that is next.
func enter(d *json.Decoder, token string) bool {
	open, err := d.Token()
	if err != nil {
		return false
	}
	var skipped json.RawMessage
	switch open {
	case json.Delim('{'):
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return false
			}
			if name == token {
				return true
			}
			if d.Decode(&skipped) != nil {
				return false
			}
		}
	case json.Delim('['):
		n, err := strconv.Atoi(token)
		if err != nil {
			return false
		}
		for ; d.More(); n-- {
			if n == 0 {
				return true
			}
			if d.Decode(&skipped) != nil {
				return false
			}
		}
	}
	return false
}

// skipTo returns where the next value begins: the decoder's offset stands
// behind the last token, before white space, a comma or a colon.
func skipTo(d *json.Decoder, text []byte) int {
	at := int(d.InputOffset())
	for at < len(text) && strings.IndexByte(" \t\r\n,:", text[at]) >= 0 {
		at++
	}
	return at
}

var unescaper = strings.NewReplacer("~1", "/", "~0", "~")

// tokens yields the reference tokens of a JSON pointer (RFC 6901), unescaped.
func tokens(pointer string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if pointer == "" {
			return
		}
		for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			if !yield(unescaper.Replace(token)) {
				return
			}
		}
	}
}
