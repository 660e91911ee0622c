package infer

import (
	"bytes"
	"unicode/utf8"

	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/format"
)

const (
	// maxValues of a place are remembered; where there are more, or longer
	// ones, the texts are not drawn from a list.
	maxValues     = 16
	maxValueBytes = 64
	// A list is believed if each value was met so often, in the mean, and there
	// were so many in all.
	timesEach = 10
	timesAll  = 50
)

// formats that are looked for, the first that all texts have is taken. Those
// that nearly every text has, such as uri-reference, would say nothing.
var formats = func() []namedFormat {
	list := []namedFormat{}
	for _, name := range []string{"date-time", "date", "time", "duration", "uuid", "email", "ipv4", "ipv6", "uri"} {
		f, ok := format.Lookup(string(validate.Draft2020_12), name)
		if !ok {
			panic("no format " + name) // the name is wrong, here
		}
		if name == "uri" {
			// By its grammar a:b is one, and so are many keys.
			uri := f
			f = func(s []byte) bool { return bytes.Contains(s, []byte("://")) && uri(s) }
		}
		list = append(list, namedFormat{name, f})
	}
	return list
}()

type namedFormat struct {
	name string
	has  format.Func
}

// texts are the strings of a node.
type texts struct {
	seen     int
	shortest int // in code points
	longest  int
	failed   uint16 // formats that some text has not, by their index
	// values in the order in which they were met, unless there were too many.
	values []string
	many   bool
}

// see adds the string at a token. It returns the scratch, which may have grown.
func (t *texts) see(tape *jsonscan.Tape, at int, scratch []byte) []byte {
	text := tape.Text(at, scratch)
	if tape.Tokens()[at].Flags&jsonscan.Escaped != 0 {
		scratch = text
	}
	n := utf8.RuneCount(text)
	if t.seen == 0 {
		t.shortest, t.longest = n, n
	}
	t.seen++
	t.shortest, t.longest = min(t.shortest, n), max(t.longest, n)
	for i, f := range formats {
		if t.failed&(1<<i) == 0 && !f.has(text) {
			t.failed |= 1 << i
		}
	}
	if t.many {
		return scratch
	}
	for _, v := range t.values {
		if v == string(text) {
			return scratch
		}
	}
	t.add(string(text))
	return scratch
}

// add remembers a value that is new.
func (t *texts) add(v string) {
	if len(t.values) == maxValues || len(v) > maxValueBytes {
		t.values, t.many = nil, true
		return
	}
	t.values = append(t.values, v)
}

func (t *texts) merge(other *texts) {
	if other.seen == 0 {
		return
	}
	if t.seen == 0 {
		*t = *other
		return
	}
	t.seen += other.seen
	t.shortest, t.longest = min(t.shortest, other.shortest), max(t.longest, other.longest)
	t.failed |= other.failed
	if other.many {
		t.values, t.many = nil, true
	}
next:
	for _, v := range other.values {
		if t.many {
			return
		}
		for _, mine := range t.values {
			if mine == v {
				continue next
			}
		}
		t.add(v)
	}
}

// format is the name of the format that all texts have, or empty.
func (t *texts) format() string {
	if t.seen == 0 {
		return ""
	}
	for i, f := range formats {
		if t.failed&(1<<i) == 0 {
			return f.name
		}
	}
	return ""
}

// list returns the values if they seem to be all there are.
func (t *texts) list() []string {
	if t.many || t.seen < timesAll || t.seen < timesEach*len(t.values) {
		return nil
	}
	return t.values
}
