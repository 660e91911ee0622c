package deadletter

import (
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// block is the part of a record's headers that sluice added.
type block []kgo.RecordHeader

// split tells the source's headers from the block; the block is nil if there is
// none. Before and after are the source's headers around it.
func split(headers []kgo.RecordHeader) (before []kgo.RecordHeader, own block, after []kgo.RecordHeader) {
	for from := len(headers) - 1; from >= 0; from-- {
		if headers[from].Key != nameSourceHeaders || string(headers[from].Value) != strconv.Itoa(from) {
			continue
		}
		to := from + 1
		for to < len(headers) && names[headers[to].Key] {
			to++
		}
		own := block(headers[from:to])
		if _, ok := own.origin(); ok {
			return headers[:from], own, headers[to:]
		}
	}
	return headers, nil, nil
}

// get returns the value of a header, and false if the block has none.
func (b block) get(name string) (string, bool) {
	for i := range b {
		if b[i].Key == name {
			return string(b[i].Value), true
		}
	}
	return "", false
}

// text returns the value of a header, empty if there is none.
func (b block) text(name string) string {
	value, _ := b.get(name)
	return value
}

// number returns a header's value of digits, and false if it is no such.
func (b block) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(b.text(name), 10, 64)
	return n, err == nil && n >= 0
}

// set replaces the value of a header or adds it.
func (b *block) set(name, value string) {
	for i := range *b {
		if (*b)[i].Key == name {
			(*b)[i].Value = []byte(value)
			return
		}
	}
	b.add(name, value)
}

func (b *block) add(name, value string) {
	*b = append(*b, kgo.RecordHeader{Key: name, Value: []byte(value)})
}

// size is the names and values in bytes.
func size(headers []kgo.RecordHeader) int {
	n := 0
	for i := range headers {
		n += len(headers[i].Key) + len(headers[i].Value)
	}
	return n
}

// maxOriginBytes is more than any value of the origin takes: an id with the
// longest topic name that Kafka allows.
const maxOriginBytes = 320

// origin returns where the record came from first, and false if the block does
// not say. A block that somebody else made up may not make dead letters larger
// than we would: what is longer than ours can be is no origin.
func (b block) origin() (Source, bool) {
	for _, name := range origins {
		if len(b.text(name)) > maxOriginBytes {
			return Source{}, false
		}
	}
	rest, offset, ok := cutLast(b.text(nameID))
	if !ok {
		return Source{}, false
	}
	topic, partition, ok := cutLast(rest)
	p, perr := strconv.ParseInt(partition, 10, 32)
	o, oerr := strconv.ParseInt(offset, 10, 64)
	stamp, serr := parseStamp(b.text(nameSourceTimestamp))
	if !ok || topic == "" || perr != nil || oerr != nil || serr != nil {
		return Source{}, false
	}
	return Source{Topic: topic, Partition: int32(p), Offset: o, Timestamp: stamp}, true
}

// originHeaders returns the headers that a replay keeps, each once.
func (b block) originHeaders() block {
	var kept block
	for _, name := range origins {
		if value, ok := b.get(name); ok {
			kept.add(name, value)
		}
	}
	return kept
}

func cutLast(id string) (before, after string, found bool) {
	if i := strings.LastIndexByte(id, '/'); i >= 0 {
		return id[:i], id[i+1:], true
	}
	return "", "", false
}

// appendID is the inverse of origin.
func (s Source) appendID(dst []byte) []byte {
	dst = append(append(dst, s.Topic...), '/')
	dst = append(strconv.AppendInt(dst, int64(s.Partition), 10), '/')
	return strconv.AppendInt(dst, s.Offset, 10)
}

// stampForm is RFC 3339 with Kafka's resolution.
const stampForm = "2006-01-02T15:04:05.000Z"

// appendStamp writes a Kafka timestamp. What RFC 3339 cannot say, a year beyond
// 9999 or before 0, is written in milliseconds since 1970.
func appendStamp(dst []byte, t time.Time) []byte {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return strconv.AppendInt(dst, t.UnixMilli(), 10)
	}
	return t.AppendFormat(dst, stampForm)
}

func parseStamp(text string) (time.Time, error) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	return time.Parse(stampForm, text)
}
