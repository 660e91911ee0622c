package router

// Outcome is what becomes of a record.
type Outcome uint8

// The outcomes. The zero Outcome is "not decided".
const (
	// Accepted records go to the product's output.
	Accepted Outcome = iota + 1
	// DeadLettered records go to the dead-letter topic, with the reason.
	DeadLettered
	// Dropped records go nowhere, because a policy says so.
	Dropped
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome { return []Outcome{Accepted, DeadLettered, Dropped} }

// String returns the outcome as metrics name it.
func (o Outcome) String() string {
	switch o {
	case Accepted:
		return "accepted"
	case DeadLettered:
		return "dead_lettered"
	case Dropped:
		return "dropped"
	default:
		return "none"
	}
}

// Reason says why a record is not accepted. The zero Reason is "none".
type Reason uint8

// The reasons, a closed set: they are metric labels and dead-letter headers.
const (
	// MalformedJSON values are not one strict JSON text in UTF-8, or lack the
	// prefix of the registry's wire format where the product has it.
	MalformedJSON Reason = iota + 1
	// LimitExceeded records are over one of the limits.
	LimitExceeded
	// NullValue records are tombstones that the product does not take.
	NullValue
	// UnknownSchema records name a schema that the registry does not have.
	UnknownSchema
	// SchemaViolation records break the contract's schema.
	SchemaViolation
	// RuleViolation records break one of the contract's rules.
	RuleViolation
	// Unroutable records belong to no product.
	Unroutable
	// ProduceRejected records were refused by the output's broker.
	ProduceRejected
	// Internal: judging the record met a bug in sluice; nothing is known of it.
	Internal
)

// Reasons returns all reasons.
func Reasons() []Reason {
	reasons := make([]Reason, 0, Internal)
	for r := MalformedJSON; r <= Internal; r++ {
		reasons = append(reasons, r)
	}
	return reasons
}

// String returns the reason as metrics and dead letters name it.
func (r Reason) String() string {
	switch r {
	case MalformedJSON:
		return "malformed_json"
	case LimitExceeded:
		return "limit_exceeded"
	case NullValue:
		return "null_value"
	case UnknownSchema:
		return "unknown_schema"
	case SchemaViolation:
		return "schema_violation"
	case RuleViolation:
		return "rule_violation"
	case Unroutable:
		return "unroutable"
	case ProduceRejected:
		return "produce_rejected"
	case Internal:
		return "internal"
	default:
		return "none"
	}
}

// ParseReason returns the reason of a name, and false if there is none.
func ParseReason(name string) (Reason, bool) {
	for r := MalformedJSON; r <= Internal; r++ {
		if r.String() == name {
			return r, true
		}
	}
	return 0, false
}

// Stage is a step of a record's way, where it failed. The zero Stage is none.
type Stage uint8

// The stages.
const (
	// StageRoute finds the product.
	StageRoute Stage = iota + 1
	// StageDecode finds the JSON in the value: size, wire format, syntax.
	StageDecode
	// StageValidate judges by the contract.
	StageValidate
	// StageProduce hands the record to the output's broker.
	StageProduce
)

// String returns the stage as dead letters name it.
func (s Stage) String() string {
	switch s {
	case StageRoute:
		return "route"
	case StageDecode:
		return "decode"
	case StageValidate:
		return "validate"
	case StageProduce:
		return "produce"
	default:
		return "none"
	}
}

// ParseStage returns the stage of a name, and false if there is none.
func ParseStage(name string) (Stage, bool) {
	for s := StageRoute; s <= StageProduce; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}
