package consumer

import "sync"

// budget bounds what is polled and not settled. When it is full the loop stops
// polling: memory stays bounded and nothing is dropped.
//
// The usage of an input whose outputs cannot take records at the moment is set
// aside by park, so that one missing topic does not stop the other products.
// What is set aside is bounded by the same limit once more.
type budget struct {
	maxBytes, maxRecords int64

	mu     sync.Mutex
	all    amount // what is in flight
	aside  amount // the part of it that belongs to parked inputs
	inputs map[string]*usage
	freed  pulse
}

type amount struct{ bytes, records int64 }

func (a *amount) add(b amount, sign int64) {
	a.bytes += sign * b.bytes
	a.records += sign * b.records
}

type usage struct {
	amount
	parked bool
}

func newBudget(maxBytes, maxRecords int64) *budget {
	return &budget{maxBytes: maxBytes, maxRecords: maxRecords, inputs: make(map[string]*usage)}
}

func (b *budget) take(input string, bytes, records int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.change(input, amount{bytes, records}, 1)
}

func (b *budget) release(input string, bytes, records int64) {
	b.mu.Lock()
	b.change(input, amount{bytes, records}, -1)
	b.mu.Unlock()
	b.freed.broadcast()
}

// change is called with mu held.
func (b *budget) change(input string, by amount, sign int64) {
	u := b.usage(input)
	u.add(by, sign)
	b.all.add(by, sign)
	if u.parked {
		b.aside.add(by, sign)
	}
}

// park sets the usage of an input aside, or takes it back in.
func (b *budget) park(input string, parked bool) {
	b.mu.Lock()
	if u := b.usage(input); u.parked != parked {
		u.parked = parked
		if parked {
			b.aside.add(u.amount, 1)
		} else {
			b.aside.add(u.amount, -1)
		}
	}
	b.mu.Unlock()
	b.freed.broadcast()
}

// usage is called with mu held.
func (b *budget) usage(input string) *usage {
	u := b.inputs[input]
	if u == nil {
		u = new(usage)
		b.inputs[input] = u
	}
	return u
}

// room returns how many bytes and records may still be polled; zero or less of
// either is a full budget.
func (b *budget) room() (bytes, records int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	flowing := b.all
	flowing.add(b.aside, -1)
	bytes = min(b.maxBytes-flowing.bytes, 2*b.maxBytes-b.all.bytes)
	records = min(b.maxRecords-flowing.records, 2*b.maxRecords-b.all.records)
	return bytes, records
}

// flowing returns how many bytes are in flight of inputs that are not parked.
func (b *budget) flowing() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.bytes - b.aside.bytes
}

// used returns what is in flight, parked or not.
func (b *budget) used() (bytes, records int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.bytes, b.all.records
}

// pulse wakes everybody who waits. The zero pulse is ready to use.
type pulse struct {
	mu sync.Mutex
	c  chan struct{}
}

// wait returns a channel that the next broadcast closes. Take it before
// looking at the condition, else a broadcast in between is missed.
func (p *pulse) wait() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.c == nil {
		p.c = make(chan struct{})
	}
	return p.c
}

func (p *pulse) broadcast() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.c != nil {
		close(p.c)
		p.c = nil
	}
}
