package deadletter

// The names of the headers. docs/dead-letters.md explains each.
const (
	// The origin: written once, kept by replays.
	nameSourceHeaders   = "sluice.source.headers"
	nameID              = "sluice.id"
	nameSourceTimestamp = "sluice.source.timestamp"
	nameAttempt         = "sluice.attempt"
	nameValueSize       = "sluice.value.size"
	nameValueSHA256     = "sluice.value.sha256"
	nameHeadersSize     = "sluice.headers.size"
	nameHeadersSHA256   = "sluice.headers.sha256"
	nameKeySize         = "sluice.key.size"
	nameKeySHA256       = "sluice.key.sha256"

	// The error: replaced when a replayed record fails again.
	nameDomain          = "sluice.domain"
	nameProduct         = "sluice.product"
	nameReason          = "sluice.reason"
	nameStage           = "sluice.stage"
	nameSchema          = "sluice.schema"
	nameSchemaSHA256    = "sluice.schema.sha256"
	nameViolations      = "sluice.violations"
	nameViolationsTotal = "sluice.violations.total"
	nameFingerprint     = "sluice.fingerprint"
	nameFailedAt        = "sluice.failed_at"
	nameVersion         = "sluice.version"

	// Kafka's own names, KIP-1191.
	nameKafkaTopic     = "__dlq.errors.topic"
	nameKafkaPartition = "__dlq.errors.partition"
	nameKafkaOffset    = "__dlq.errors.offset"
	nameKafkaGroup     = "__dlq.errors.group"
	nameKafkaMessage   = "__dlq.errors.message"

	// Kafka Connect's names.
	nameConnectTopic     = "__connect.errors.topic"
	nameConnectPartition = "__connect.errors.partition"
	nameConnectOffset    = "__connect.errors.offset"
	nameConnectStage     = "__connect.errors.stage"
	nameConnectClass     = "__connect.errors.exception.class.name"
	nameConnectMessage   = "__connect.errors.exception.message"
)

// role says what becomes of a header of a block when a replay fails.
type role uint8

const (
	origin role = iota + 1
	failure
)

// roles has every name of a block but the one that begins it.
var roles = map[string]role{
	nameID: origin, nameSourceTimestamp: origin, nameAttempt: origin,
	nameValueSize: origin, nameValueSHA256: origin,
	nameHeadersSize: origin, nameHeadersSHA256: origin,
	nameKeySize: origin, nameKeySHA256: origin,

	nameDomain: failure, nameProduct: failure, nameReason: failure, nameStage: failure,
	nameSchema: failure, nameSchemaSHA256: failure,
	nameViolations: failure, nameViolationsTotal: failure, nameFingerprint: failure,
	nameFailedAt: failure, nameVersion: failure,

	nameKafkaTopic: failure, nameKafkaPartition: failure, nameKafkaOffset: failure,
	nameKafkaGroup: failure, nameKafkaMessage: failure,

	nameConnectTopic: failure, nameConnectPartition: failure, nameConnectOffset: failure,
	nameConnectStage: failure, nameConnectClass: failure, nameConnectMessage: failure,
}
