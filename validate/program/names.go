package program

import (
	"math/bits"

	"github.com/sluicedata/sluice/validate/jsonscan"
	"github.com/sluicedata/sluice/validate/program/value"
)

// nameTable finds the entry of a property by the hash of its name. The hashes
// are spread by a multiplier that was searched for so that no two entries meet.
type nameTable struct {
	slots   []uint32 // entry + 1; 0 is none
	mult    uint32
	shift   uint8
	linear  bool // no such multiplier was found: probe on
	entries []entry
}

// entry is a property that the schema names, one cache line.
type entry struct {
	hash uint32
	size uint32
	// head and tail are the first and the last eight bytes of the name, or
	// all of it.
	head, tail uint64
	node       *node
	count      uint64 // countOne, and countRequired
	bit        uint64 // of a property whose presence others ask for
	name       string
}

func newEntry(name string) entry {
	b := []byte(name)
	e := entry{hash: jsonscan.Hash(b), size: uint32(len(b)), name: name}
	e.head, e.tail = value.Ends(b)
	return e
}

// is reports whether the name token k of doc is the entry's name. The hash is
// known to be equal. NOTE: two words tell names of up to 16 bytes apart without
// a call.
func (e *entry) is(doc []byte, k *jsonscan.Token) bool {
	if k.Flags&jsonscan.Escaped != 0 {
		return e.isEscaped(doc[k.Start : k.Start+k.N])
	}
	if k.N != e.size {
		return false
	}
	raw := doc[k.Start : k.Start+k.N]
	head, tail := value.Ends(raw)
	return head == e.head && tail == e.tail && (len(raw) <= 16 || string(raw[8:]) == e.name[8:])
}

func (e *entry) isEscaped(raw []byte) bool {
	const longest = 6 // bytes that one byte may be written with
	if len(raw) > longest*len(e.name) {
		return false
	}
	var buf [128]byte
	return string(jsonscan.Unescape(buf[:0], raw)) == e.name
}

// build makes the slots for the entries.
func (t *nameTable) build() {
	if len(t.entries) == 0 {
		return
	}
	const tries, many = 200, 128
	base := bits.Len(uint(2*len(t.entries) - 1))
	for size := base; size < base+3 && len(t.entries) <= many; size++ {
		mult := uint32(0x9E3779B1)
		for range tries {
			if t.place(mult, size) {
				return
			}
			mult = mult*0x85EBCA77 | 1
		}
	}
	t.probe()
}

// probe makes the slots without looking for such a multiplier.
func (t *nameTable) probe() {
	if len(t.entries) > 0 {
		t.linear = true
		t.place(0x9E3779B1, bits.Len(uint(2*len(t.entries)-1))+1)
	}
}

// place fills 2^size slots, and reports false where two entries meet that may
// not.
func (t *nameTable) place(mult uint32, size int) bool {
	t.mult, t.shift = mult, uint8(32-size)
	t.slots = make([]uint32, 1<<size)
	for i := range t.entries {
		at := t.entries[i].hash * mult >> (t.shift & 31)
		for t.slots[at] != 0 {
			if !t.linear {
				return false
			}
			at = (at + 1) & uint32(len(t.slots)-1)
		}
		t.slots[at] = uint32(i + 1)
	}
	return true
}

// find returns the entry of the name token k, or nil.
func (t *nameTable) find(doc []byte, k *jsonscan.Token) *entry {
	if i := t.index(doc, k); i >= 0 {
		return &t.entries[i]
	}
	return nil
}

// index returns the place of the entry of the name token k, or -1.
func (t *nameTable) index(doc []byte, k *jsonscan.Token) int {
	if len(t.slots) == 0 {
		return -1
	}
	at := k.Link * t.mult >> (t.shift & 31)
	for {
		i := int(t.slots[at&uint32(len(t.slots)-1)]) - 1
		if uint(i) >= uint(len(t.entries)) {
			return -1
		}
		e := &t.entries[i]
		if e.hash == k.Link && e.is(doc, k) {
			return i
		}
		if !t.linear {
			return -1
		}
		at++
	}
}
