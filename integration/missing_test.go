package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestMissingOutput starts the service while one product's output topic does
// not exist. Its records wait, the service says which topic it misses, the other
// product flows; when the topic appears, everything does.
func TestMissingOutput(t *testing.T) { inBoth(t, testMissingOutput) }

func testMissingOutput(t *testing.T) {
	s := begin(t, "sales")
	s.create(nil, "shop.orders", "shop.refunds", "sales.orders.v1.dlq", "sales.refunds.v1", "sales.refunds.v1.dlq")
	s.follow()
	records := sales(t, 1000)
	s.send(records...)
	refunds := 0
	for i := range records {
		if records[i].topic == "shop.refunds" {
			refunds++
		}
	}
	p := s.start()
	missing := s.topic("sales.orders.v1")
	s.await("the refunds to flow", func() (bool, string) {
		found, all := s.books.Outcomes()
		return found >= refunds, fmt.Sprintf("%d of %d records have an outcome, %d are refunds", found, all, refunds)
	})
	if found, _ := s.books.Outcomes(); found > refunds {
		// Bad orders have a topic to go to, but their input waits as a whole
		// only if nothing of it was polled before the topic was missed.
		t.Logf("%d orders have an outcome already", found-refunds)
	}
	body, code, err := p.Get(s.ctx(), "/readyz?verbose")
	if err != nil {
		t.Fatal(err)
	}
	if code != http.StatusServiceUnavailable || !strings.Contains(string(body), missing) {
		t.Errorf("/readyz says %d %s, want 503 and %s", code, body, missing)
	}
	// It lives: nobody should restart it for a topic that is missing.
	if body, code, err := p.Get(s.ctx(), "/healthz"); err != nil || code != http.StatusOK {
		t.Errorf("/healthz says %d %s %v, want 200", code, body, err)
	}
	if err := s.honest(); err != nil {
		t.Error(err)
	}
	more := sales(t, 1200)[1000:]
	s.send(more...) // refunds flow on, and more orders wait
	s.create(nil, "sales.orders.v1")
	s.settle(p)
	s.await("the service to be ready", func() (bool, string) {
		body, code, err := p.Get(s.ctx(), "/readyz?verbose")
		return err == nil && code == http.StatusOK, fmt.Sprint(code, string(body), err)
	})
	s.stop(p)
	s.caughtUp()
	if r := s.balance(); r.Duplicates != 0 {
		t.Errorf("%d duplicates", r.Duplicates)
	}
}
