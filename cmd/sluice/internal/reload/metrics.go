package reload

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics of reloads. The load at the start is no reload, but it is when the
// contracts were last loaded well.
type metrics struct {
	total      *prometheus.CounterVec
	successful prometheus.Gauge
	timestamp  prometheus.Gauge
	duration   prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_schema_reloads_total",
			Help: "Reloads of the contracts, by result.",
		}, []string{"result"}),
		successful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sluice_schema_last_reload_successful",
			Help: "Whether the last reload of the contracts went well; 1 before the first.",
		}),
		timestamp: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sluice_schema_last_reload_success_timestamp_seconds",
			Help: "When the contracts were last loaded well.",
		}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "sluice_schema_reload_duration_seconds",
			Help:    "Time of a reload, which runs beside the records: reading, compiling, proving, swapping.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 10, 60},
		}),
	}
	for _, result := range []string{success, failure} {
		m.total.WithLabelValues(result)
	}
	m.successful.Set(1)
	m.timestamp.SetToCurrentTime()
	reg.MustRegister(m.total, m.successful, m.timestamp, m.duration)
	return m
}

// The results, as metrics name them.
const (
	success = "success"
	failure = "failure"
)

func (m *metrics) count(r *Result) {
	m.total.WithLabelValues(r.Outcome()).Inc()
	m.duration.Observe(r.Took.Seconds())
	if r.Err != nil {
		m.successful.Set(0)
		return
	}
	m.successful.Set(1)
	m.timestamp.SetToCurrentTime()
}
