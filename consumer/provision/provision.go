// Package provision compares what a domain's configuration asks of a cluster
// with what the cluster has, topics and permissions (ACLs), and makes what is
// missing.
//
// Look returns a Plan of Steps: what is to be created or changed, what is fine,
// and what needs a human, with the reason and the command. Apply does the
// first two and nothing else. It is idempotent, and it never deletes: no topic,
// no permission, and no setting through which the cluster would drop records.
// Each step succeeds or fails by itself, so that an Apply that fails half-way
// says what was done, and the next one does the rest.
package provision

import "fmt"

// Action is what a Step does.
type Action uint8

// The actions. Create and Change are what Apply does.
const (
	_ Action = iota
	Fine
	Create
	Change
	Human
)

// String is the word of the JSON form.
func (a Action) String() string {
	switch a {
	case Fine:
		return "fine"
	case Create:
		return "create"
	case Change:
		return "change"
	case Human:
		return "human"
	}
	return fmt.Sprintf("Action(%d)", uint8(a))
}

// Sign marks the action in front of a line.
func (a Action) Sign() string {
	switch a {
	case Fine:
		return "="
	case Create:
		return "+"
	case Change:
		return "~"
	case Human:
		return "!"
	}
	return "?"
}

// MarshalText implements encoding.TextMarshaler.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Kind is what a Step is about.
type Kind string

// The kinds.
const (
	KindTopic Kind = "topic"
	KindACL   Kind = "acl"
)

// Step is one difference between configuration and cluster, or that there is
// none.
type Step struct {
	Action Action `json:"action"`
	Kind   Kind   `json:"kind"`
	// Name is the topic, or the principal of a permission.
	Name string `json:"name"`
	// For is what the topic or the permission is there for.
	For string `json:"for"`
	// What is the difference, or what is fine.
	What string `json:"what"`
	// Why and Manual are there where a human is needed: the reason, and what to
	// do by hand.
	Why    string `json:"why,omitempty"`
	Manual string `json:"manual,omitempty"`

	do any // of Create and Change: a change, or the *permission to grant
}

// Plan is what Look found, in the order in which it is applied: topics before
// permissions.
type Plan struct {
	// Cluster is the id that the brokers tell.
	Cluster string `json:"cluster"`
	Steps   []Step `json:"steps"`
	// Surplus are permissions of the service's principal that it does not need.
	// They are no difference: another service may share the principal.
	Surplus []string `json:"surplus"`
}

// Count is how many steps have one of the actions.
func (p *Plan) Count(actions ...Action) (n int) {
	for i := range p.Steps {
		for _, a := range actions {
			if p.Steps[i].Action == a {
				n++
			}
		}
	}
	return n
}

// Options say how far a plan may go.
type Options struct {
	// MorePartitions allows partitions to be added to a topic with records.
	MorePartitions bool
	// Inputs allows missing input topics to be created.
	Inputs bool
}
