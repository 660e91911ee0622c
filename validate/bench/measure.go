package main

import (
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// cpu is the processor time of the process so far: steadier than a clock on a
// machine that does other things too.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it has no reason to
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sample is one thing to time: a contender on records.
type sample struct {
	do      func([]byte) bool
	records [][]byte
	passes  int             // over the records in a round
	rounds  []time.Duration // per record
}

var sink int

func (s *sample) round() {
	start := cpu()
	for range s.passes {
		for _, r := range s.records {
			if s.do(r) {
				sink++
			}
		}
	}
	s.rounds = append(s.rounds, (cpu()-start)/time.Duration(s.passes*len(s.records)))
}

// calibrate finds how many passes take as long as a round shall.
func (s *sample) calibrate(round time.Duration) {
	s.passes = 1
	s.round()
	once := s.rounds[0] * time.Duration(len(s.records))
	s.rounds = nil
	if once > 0 {
		s.passes = max(1, int(round/once))
	}
}

// median is the time per record.
func (s *sample) median() time.Duration {
	slices.Sort(s.rounds)
	return s.rounds[len(s.rounds)/2]
}

// interleave times all samples in turn, round after round, so that whatever
// else the machine does falls on all of them.
func interleave(samples []*sample, rounds int, round time.Duration) {
	for _, s := range samples {
		s.calibrate(round)
	}
	for range rounds {
		for _, s := range samples {
			runtime.GC() // not of somebody else's garbage
			s.round()
		}
	}
}

// slowRecords bounds the records that slow contenders are timed on.
const slowRecords = 250

// result is what was measured on one corpus.
type result struct {
	*corpus
	perRecord map[string]time.Duration // on good records, by contender
	bad       time.Duration            // ours, Check on bad ones: it judges and explains
	allocs    float64                  // ours, on good ones
}

func (f *field) measure(rounds int, round time.Duration) result {
	byName := make(map[string]*sample)
	var samples []*sample
	add := func(name string, c contender, records [][]byte) {
		if c.slow {
			records = records[:min(len(records), slowRecords)]
		}
		byName[name] = &sample{do: c.do, records: records}
		samples = append(samples, byName[name])
	}
	for _, name := range []string{ours, oursEmpty, scan, sonicValid, jsonValid, santhosh, withSonic, gojs} {
		if c, ok := f.contenders[name]; ok {
			add(name, c, f.good)
		}
	}
	add("bad", f.contenders[oursExplain], f.bad)
	interleave(samples, rounds, round)
	r := result{corpus: f.corpus, perRecord: make(map[string]time.Duration)}
	for name, s := range byName {
		r.perRecord[name] = s.median()
	}
	r.bad = r.perRecord["bad"]
	valid := f.contenders[ours].do
	r.allocs = testing.AllocsPerRun(3, func() {
		for _, record := range f.good {
			valid(record)
		}
	}) / float64(len(f.good))
	return r
}
