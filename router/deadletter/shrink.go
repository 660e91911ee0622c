package deadletter

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Shrink returns a copy of a dead letter that takes at most limit bytes, as
// WireSize counts them, and has lost no more than it must: first the list of
// violations, then the value, then the source's headers, then the key. Where
// everything together is not enough it returns the smallest it can. It returns
// false if there is nothing left to cut, or if the record is no dead letter.
//
// A cut value is empty, not null: a null value would delete the key's earlier
// dead letters where the topic is compacted.
func (*Encoder) Shrink(r *kgo.Record, limit int) (*kgo.Record, bool) {
	before, own, after := split(r.Headers)
	if own == nil {
		return nil, false
	}
	smaller := *r
	source := slices.Concat(before, after)
	own = slices.Clone(own)
	cut := false
	for _, step := range []func(*kgo.Record, *[]kgo.RecordHeader, *block) bool{cutViolations, cutValue, cutHeaders, cutKey} {
		if !step(&smaller, &source, &own) {
			continue
		}
		cut = true
		own.set(nameSourceHeaders, strconv.Itoa(len(source)))
		smaller.Headers = slices.Concat(source, own)
		if WireSize(&smaller) <= limit {
			break
		}
	}
	if !cut {
		return nil, false
	}
	return &smaller, true
}

// The steps of Shrink. Each returns false if there is nothing to gain from it.

func cutViolations(_ *kgo.Record, _ *[]kgo.RecordHeader, own *block) bool {
	if list, ok := own.get(nameViolations); !ok || list == noViolations {
		return false
	}
	own.set(nameViolations, noViolations)
	return true
}

// remains is more than what the size and digest of a part take in headers.
const remains = 160

func cutValue(r *kgo.Record, _ *[]kgo.RecordHeader, own *block) bool {
	if len(r.Value) <= remains {
		return false
	}
	own.set(nameValueSize, strconv.Itoa(len(r.Value)))
	own.set(nameValueSHA256, digest(func(h hash.Hash) { h.Write(r.Value) }))
	r.Value = []byte{}
	return true
}

func cutHeaders(_ *kgo.Record, source *[]kgo.RecordHeader, own *block) bool {
	if size(*source)+headerBytes*len(*source) <= remains {
		return false
	}
	own.set(nameHeadersSize, strconv.Itoa(size(*source)))
	own.set(nameHeadersSHA256, digest(func(h hash.Hash) {
		for _, header := range *source {
			_, _ = io.WriteString(h, header.Key+"\x00")
			h.Write(header.Value)
			h.Write([]byte{0})
		}
	}))
	*source = nil
	return true
}

func cutKey(r *kgo.Record, _ *[]kgo.RecordHeader, own *block) bool {
	if len(r.Key) <= remains {
		return false
	}
	own.set(nameKeySize, strconv.Itoa(len(r.Key)))
	own.set(nameKeySHA256, digest(func(h hash.Hash) { h.Write(r.Key) }))
	r.Key = nil
	return true
}

func digest(of func(hash.Hash)) string {
	h := sha256.New()
	of(h)
	return hex.EncodeToString(h.Sum(nil))
}

// The most that a record batch of one record takes besides keys, values and
// headers (KIP-98): the batch header, then lengths, deltas and counts at their
// longest.
const (
	batchBytes  = 61
	recordBytes = 5 + 1 + 10 + 5 + 5 + 5 + 5
	headerBytes = 5 + 5
)

// WireSize is at most what the record takes in a batch of its own,
// uncompressed: what a topic's max.message.bytes counts.
func WireSize(r *kgo.Record) int {
	return batchBytes + recordBytes + len(r.Key) + len(r.Value) + headerBytes*len(r.Headers) + size(r.Headers)
}
