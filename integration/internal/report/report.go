// Package report carries what the scenarios found from the test process to the
// summary, as one line of the test's output.
package report

import (
	"encoding/json"
	"strings"
)

// marker begins the line.
const marker = "integration report: "

// Report is one run of the scenarios.
type Report struct {
	// Cluster is what the scenarios ran on, for people.
	Cluster string `json:"cluster"`
	// Kind is cluster.Kind; ClusterID and Version are the brokers' own words.
	Kind      string `json:"kind"`
	ClusterID string `json:"cluster_id"`
	Version   string `json:"version"`
	// Real is false on kfake.
	Real bool `json:"real"`
	// Required is set where only a real Kafka will do.
	Required  bool       `json:"required"`
	Scenarios []Scenario `json:"scenarios"`
	Faults    []Fault    `json:"faults,omitempty"`
	Seconds   float64    `json:"seconds"`
}

// Scenario is one test.
type Scenario struct {
	Name   string `json:"name"`
	Result Result `json:"result"`
	// On is the cluster, where it is not the run's.
	On string `json:"on,omitempty"`
	// Note is what it counted or, if it was left out, why.
	Note    string  `json:"note,omitempty"`
	Seconds float64 `json:"seconds"`
}

// Result is how a scenario ended.
type Result string

// The results.
const (
	Passed  Result = "passed"
	Failed  Result = "failed"
	LeftOut Result = "left out"
)

// Line is the report as a line of output.
func (r *Report) Line() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings, numbers and bools
	}
	return marker + string(text)
}

// Parse reads a line of output. It returns false if it is none of Line's.
func Parse(line string) (*Report, bool) {
	text, ok := strings.CutPrefix(strings.TrimSpace(line), marker)
	if !ok {
		return nil, false
	}
	r := new(Report)
	if err := json.Unmarshal([]byte(text), r); err != nil {
		return nil, false
	}
	return r, true
}

// Count is how many scenarios ended so.
func (r *Report) Count(result Result) int {
	n := 0
	for _, s := range r.Scenarios {
		if s.Result == result {
			n++
		}
	}
	return n
}
