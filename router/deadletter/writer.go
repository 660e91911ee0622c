package deadletter

import (
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// writer collects the headers of a dead letter: first the source's, then our
// own, whose values lie behind each other in one piece of memory.
type writer struct {
	headers []kgo.RecordHeader
	source  int // how many of them are the source's
	text    []byte
}

const (
	// ownHeaders is at least how many headers of ours a dead letter has.
	ownHeaders = 28
	// ownText is about how many bytes their values take beside those of the
	// failure itself.
	ownText = 448
)

func newWriter(before, after []kgo.RecordHeader, f *Failure) *writer {
	source := len(before) + len(after)
	text := ownText
	for _, v := range f.violations() {
		// The names in the list of violations take 110 bytes.
		text += 110 + len(v.InstanceLocation) + len(v.KeywordLocation) + len(v.AbsoluteKeywordLocation) + len(v.Keyword) + len(v.Message)
	}
	w := &writer{
		headers: make([]kgo.RecordHeader, 0, source+ownHeaders),
		source:  source,
		text:    make([]byte, 0, text),
	}
	w.headers = append(append(w.headers, before...), after...)
	return w
}

// own returns the headers that are not the source's.
func (w *writer) own() block { return block(w.headers[w.source:]) }

// since returns the text from an index on. Nothing is ever appended to it.
func (w *writer) since(from int) []byte { return w.text[from:len(w.text):len(w.text)] }

// header adds a header whose value is the text from an index on.
func (w *writer) header(name string, from int) { w.share(name, w.since(from)) }

// share adds a header with a value that others may have too.
func (w *writer) share(name string, value []byte) {
	w.headers = append(w.headers, kgo.RecordHeader{Key: name, Value: value})
}

func (w *writer) add(name, value string)          { w.share(name, w.put(value)) }
func (w *writer) number(name string, value int64) { w.share(name, w.putNumber(value)) }

func (w *writer) time(name string, value time.Time) {
	from := len(w.text)
	w.text = appendStamp(w.text, value)
	w.header(name, from)
}

// put appends a value without a header and returns it.
func (w *writer) put(value string) []byte {
	from := len(w.text)
	w.text = append(w.text, value...)
	return w.since(from)
}

func (w *writer) putNumber(value int64) []byte {
	from := len(w.text)
	w.text = strconv.AppendInt(w.text, value, 10)
	return w.since(from)
}
