package ops

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Build says which sluice runs.
type Build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	// Date of the revision, RFC 3339; empty if it is not known.
	Date string `json:"date,omitempty"`
	// Modified says that the sources differed from the revision.
	Modified  bool   `json:"modified,omitempty"`
	GoVersion string `json:"go_version"`
	Platform  string `json:"platform"`
}

// NewRegistry returns a registry with the Go runtime's metrics, the process's
// and sluice_build_info, and a registerer for sluice's own metrics that gives
// each the constant label domain.
func NewRegistry(domain string, b Build) (*prometheus.Registry, prometheus.Registerer) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	own := prometheus.WrapRegistererWith(prometheus.Labels{"domain": domain}, reg)
	own.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "sluice_build_info",
		Help:        "Which sluice runs; always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "goversion": b.GoVersion},
	}, func() float64 { return 1 }))
	return reg, own
}
