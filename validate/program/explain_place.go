package program

import (
	"strings"

	"github.com/sluicedata/sluice/validate/program/schema"
)

// frame is one step from a schema to a subschema.
type frame struct {
	path string
	// name is the token of a property's name, or -1; index that of an item, or
	// -1.
	name, index int
}

// finding is a Violation whose locations lie in buf.
type finding struct {
	instance, keyword, absolute [2]int
	name, message               string
	token                       int
}

// violation notes that a rule failed on the value at i. path is what follows
// the schema's own: the keyword, or nothing for a false schema.
func (e *explainer) violation(s *schema.Schema, keyword, path, message string, i int) {
	e.total++
	if len(e.found) >= e.most || e.bytes <= 0 {
		return
	}
	start := len(e.buf)
	f := finding{name: keyword, message: message, token: i}
	f.instance[0] = start
	e.instance()
	f.instance[1] = len(e.buf)
	f.keyword[0] = len(e.buf)
	for k := range e.frames {
		e.buf = append(e.buf, e.frames[k].path...)
	}
	e.location(path)
	f.keyword[1] = len(e.buf)
	f.absolute[0] = len(e.buf)
	if !strings.HasPrefix(s.URI, "#") {
		e.buf = append(e.buf, s.URI...)
		e.location(path)
	}
	f.absolute[1] = len(e.buf)
	size := len(e.buf) - start + len(keyword) + len(message)
	if size > e.bytes {
		if len(e.found) > 0 {
			e.buf = e.buf[:start]
			e.bytes = 0
			return
		}
		f.instance[1] = f.instance[0] + ancestor(e.buf[f.instance[0]:f.instance[1]], e.bytes-(size-(f.instance[1]-f.instance[0])))
	}
	e.bytes -= size
	e.found = append(e.found, f)
}

func (e *explainer) location(keyword string) {
	if keyword != "" {
		e.buf = append(append(e.buf, '/'), keyword...)
	}
}

// ancestor returns the length of the longest JSON pointer that pointer begins
// with and that has at most size bytes.
func ancestor(pointer []byte, size int) int {
	n := len(pointer)
	for n > max(size, 0) {
		for n--; pointer[n] != '/'; n-- {
		}
	}
	return n
}

// instance appends the JSON pointer to the value that is being judged.
func (e *explainer) instance() {
	for k := range e.frames {
		f := &e.frames[k]
		switch {
		case f.name >= 0:
			e.buf = append(e.buf, '/')
			e.text = append(e.text[:0], e.view.Text(f.name, e.text)...)
			for _, c := range e.text {
				switch c {
				case '~':
					e.buf = append(e.buf, '~', '0')
				case '/':
					e.buf = append(e.buf, '~', '1')
				default:
					e.buf = append(e.buf, c)
				}
			}
		case f.index >= 0:
			e.buf = append(e.buf, '/')
			e.buf = appendInt(e.buf, f.index)
		}
	}
}

func appendInt(b []byte, v int) []byte {
	if v >= 10 {
		b = appendInt(b, v/10)
	}
	return append(b, byte('0'+v%10))
}
