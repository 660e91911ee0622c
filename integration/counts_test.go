package integration

import (
	"bytes"
	"fmt"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/sluicedata/sluice/integration/internal/service"
)

// metricsAgree compares what a process tells Prometheus with what the topics
// hold. The process is the only one that has produced to them.
func (s *scenario) metricsAgree(p *service.Process) error {
	s.Helper()
	s.idle(p)
	count, err := s.counters(p)
	if err != nil {
		return err
	}
	const processed = "sluice_records_processed_total"
	consumed, released := count("sluice_records_consumed_total", "", ""), count("sluice_records_released_total", "", "")
	accepted, letters := count(processed, "outcome", "accepted"), count(processed, "outcome", "dead_lettered")
	if rejected := count("sluice_records_rejected_total", "", ""); rejected != letters {
		return fmt.Errorf("sluice_records_rejected_total is %d, but %d records are dead-lettered", rejected, letters)
	}
	if dropped := count(processed, "outcome", "dropped"); consumed != accepted+letters+dropped+released {
		return fmt.Errorf("metrics: consumed %d, but accepted %d, dead-lettered %d, dropped %d, released %d", consumed, accepted, letters, dropped, released)
	}
	s.readOn()
	r := s.books.Report()
	// What was released may have arrived without our hearing of it.
	held := r.Accepted + r.DeadLettered + r.Duplicates
	if counted := accepted + letters; counted > held || counted < held-released {
		return fmt.Errorf("metrics count %d records with an outcome and %d released, the topics hold %d", counted, released, held)
	}
	return nil
}

// counters asks a process for its metrics, and returns what adds up those of a
// family that have a label's value, or all if no label is named.
func (s *scenario) counters(p *service.Process) (func(family, label, value string) int, error) {
	body, _, err := p.Get(s.ctx(), "/metrics")
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return func(family, label, value string) (n int) {
		for _, m := range families[family].GetMetric() {
			if label == "" || has(m, label, value) {
				n += int(m.GetCounter().GetValue() + m.GetGauge().GetValue())
			}
		}
		return n
	}, nil
}

func has(m *dto.Metric, label, value string) bool {
	for _, l := range m.GetLabel() {
		if l.GetName() == label && l.GetValue() == value {
			return true
		}
	}
	return false
}
