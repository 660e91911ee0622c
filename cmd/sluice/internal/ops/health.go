package ops

import (
	"net/http"
	"strings"

	"github.com/sluicedata/sluice/consumer"
)

// healthz says whether the service lives. Brokers play no part: a restart does
// not bring them back.
func (h *handler) healthz(w http.ResponseWriter, _ *http.Request) {
	s := h.Status()
	if !s.Live {
		text(w, http.StatusServiceUnavailable, "not live: "+s.LiveDetail+"\n")
		return
	}
	text(w, http.StatusOK, "live: "+s.LiveDetail+"\n")
}

// readiness is /readyz?verbose.
type readiness struct {
	Ready  bool    `json:"ready"`
	Checks []check `json:"checks"`
}

type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// readyz says whether the service does its work, and if not, why.
func (h *handler) readyz(w http.ResponseWriter, r *http.Request) {
	s := h.Status()
	code := http.StatusOK
	if !s.Ready {
		code = http.StatusServiceUnavailable
	}
	if r.URL.Query().Has("verbose") {
		answer(w, code, readiness{Ready: s.Ready, Checks: checks(s)})
		return
	}
	if s.Ready {
		text(w, code, "ready\n")
		return
	}
	var b strings.Builder
	b.WriteString("not ready\n")
	for _, c := range s.Checks {
		if !c.OK {
			b.WriteString(c.Name + ": " + c.Detail + "\n")
		}
	}
	text(w, code, b.String())
}

func checks(s consumer.Status) []check {
	list := make([]check, len(s.Checks))
	for i, c := range s.Checks {
		list[i] = check(c)
	}
	return list
}
