package integration

import (
	"sync"
	"time"
)

// traffic is a steady load of records. It ends when it is told to.
type traffic struct {
	once       sync.Once
	stop, done chan struct{}
	// bursting is held while records are sent, and while there is a pause.
	bursting sync.Mutex
}

// pause keeps records from being sent, and returns when none is on its way
// into the client; resume goes on.
func (l *traffic) pause()  { l.bursting.Lock() }
func (l *traffic) resume() { l.bursting.Unlock() }

// end ends the traffic, when the inputs have all of it.
func (l *traffic) end() {
	l.once.Do(func() { close(l.stop) })
	<-l.done
}

// ahead is how many records may be without an outcome before traffic waits for
// the service.
const ahead = 3000

// traffic sends so many records a second, and fewer while the service is far
// behind.
func (s *scenario) traffic(next func(n int) record, perSecond int) *traffic {
	s.Helper()
	l := &traffic{stop: make(chan struct{}), done: make(chan struct{})}
	const every = 20 * time.Millisecond
	burst := max(1, perSecond/int(time.Second/every))
	go func() {
		defer close(l.done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-l.stop:
				if err := s.client.Flush(s.ctx()); err != nil && s.Context().Err() == nil {
					s.Errorf("send records: %v", err)
				}
				return
			case <-tick.C:
			}
			if s.books.Missing() > ahead || !l.bursting.TryLock() {
				continue
			}
			for range burst {
				r := next(n)
				s.produce(&r)
				n++
			}
			l.bursting.Unlock()
		}
	}()
	s.Cleanup(l.end)
	return l
}
