package difftest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"testing"
	"unicode/utf8"
)

var escapes = regexp.MustCompile(`\\(?:u([0-9a-fA-F]{4})|.)`)

// strictly says why a text is not strict JSON, by other means than ours; empty
// means that it is.
func strictly(text []byte) string {
	switch {
	case !utf8.Valid(text):
		return "it is not UTF-8"
	case !json.Valid(text):
		return "encoding/json refuses it"
	}
	high := false
	end := -1
	for _, m := range escapes.FindAllSubmatchIndex(text, -1) {
		unit := uint64(0)
		if m[2] >= 0 {
			unit, _ = strconv.ParseUint(string(text[m[2]:m[3]]), 16, 16)
		}
		low := unit >= 0xdc00 && unit < 0xe000
		if high != (low && m[0] == end) || low && !high {
			return "a surrogate stands alone"
		}
		high, end = unit >= 0xd800 && unit < 0xdc00, m[1]
	}
	if high {
		return "a surrogate stands alone"
	}
	if repeats(json.NewDecoder(bytes.NewReader(text))) {
		return "a name is repeated"
	}
	return ""
}

// repeats reads one value and reports whether an object in it names a property
// twice.
func repeats(d *json.Decoder) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	switch token {
	case json.Delim('{'):
		seen := make(map[string]bool)
		twice := false
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return twice
			}
			s, _ := name.(string)
			twice = twice || seen[s]
			seen[s] = true
			twice = repeats(d) || twice
		}
		_, _ = d.Token()
		return twice
	case json.Delim('['):
		twice := false
		for d.More() {
			twice = repeats(d) || twice
		}
		_, _ = d.Token()
		return twice
	}
	return false
}

func TestStrictly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"a":1}`: true, `{"a":1,"a":2}`: false, `{"a":1,"\u0061":2}`: false, `[{"a":{"b":1,"b":1}}]`: false, `{"a":{"b":1},"c":{"b":1}}`: true,
		`"\ud83d\ude00"`: true, `"\ud83d"`: false, `"\ude00"`: false, `"\ud83d\ud83d\ude00"`: false, `"\ud83d \ude00"`: false, `"\\ud83d"`: true, `"\ud83d\n\ude00"`: false,
		"\"\xff\"": false, `1 2`: false, ``: false, "\ufeff1": false,
	} {
		if got := strictly([]byte(text)); (got == "") != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
