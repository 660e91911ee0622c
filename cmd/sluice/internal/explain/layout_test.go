package explain

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestLayout prints any JSON so that it is the same JSON, and finds every value
// where it is printed.
func TestLayout(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := draw(t, 3)
		doc, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[string]string) // scalars by pointer
		walk(value, "", want)
		pointers := make(map[string]bool)
		for p := range want {
			pointers[p] = true
		}
		l := lay(doc, pointers)
		if l == nil {
			t.Fatalf("%s is not laid out", doc)
		}
		var again any
		if err := json.Unmarshal([]byte(strings.Join(l.lines, "\n")), &again); err != nil || !reflect.DeepEqual(again, value) {
			t.Fatalf("%s is printed as\n%s", doc, strings.Join(l.lines, "\n"))
		}
		for pointer, text := range want {
			m := l.marks[pointer]
			line := []rune(l.lines[m.line-1])
			if got := string(line[m.column-1 : m.column-1+m.width]); got != text {
				t.Fatalf("%q is %s at %+v, want %s", pointer, got, m, text)
			}
		}
	})
}

func draw(t *rapid.T, depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	names := rapid.SampledFrom([]string{"", "a", "a/b", "m~n", "é", "0"})
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return float64(rapid.IntRange(-5, 5000).Draw(t, "number"))
	case 1:
		return rapid.SampledFrom([]string{"", "text", "é\u00e8", "\"\\"}).Draw(t, "text")
	case 2:
		return rapid.Bool().Draw(t, "bool")
	case 3:
		return nil
	case 4:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			list = append(list, draw(t, depth-1))
		}
		return list
	default:
		object := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			object[names.Draw(t, "name")] = draw(t, depth-1)
		}
		return object
	}
}

// walk notes how scalars are printed, and where containers begin.
func walk(value any, pointer string, into map[string]string) {
	switch v := value.(type) {
	case []any:
		into[pointer] = "["
		for i, item := range v {
			walk(item, fmt.Sprintf("%s/%d", pointer, i), into)
		}
	case map[string]any:
		into[pointer] = "{"
		for name, item := range v {
			walk(item, pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), into)
		}
	default:
		text, _ := json.Marshal(v)
		into[pointer] = string(text)
	}
}

func TestWhatATerminalObeysIsNotShown(t *testing.T) {
	t.Parallel()
	l := lay([]byte("{\"a\u202e\u009b\": \"x\u009b31m\"}"), nil)
	if got := l.lines[1]; got != `  "a··": "x·31m"` {
		t.Errorf("%q", got)
	}
	if got := clip(strings.Repeat("é", 300)); len([]rune(got)) != mostText+1 {
		t.Errorf("%d characters", len([]rune(got)))
	}
	if got := Printable([]byte("a\xff\x1b[31m")); got != "a··[31m" {
		t.Errorf("%q", got)
	}
}
