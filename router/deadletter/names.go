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

// origins are the names of the origin, in the order in which they are written.
var origins = [...]string{
	nameID, nameSourceTimestamp, nameAttempt,
	nameValueSize, nameValueSHA256, nameHeadersSize, nameHeadersSHA256, nameKeySize, nameKeySHA256,
}

// names has every name of a block but the one that begins it.
var names = func() map[string]bool {
	m := make(map[string]bool)
	for _, name := range origins {
		m[name] = true
	}
	for _, name := range []string{
		nameDomain, nameProduct, nameReason, nameStage, nameSchema, nameSchemaSHA256,
		nameViolations, nameViolationsTotal, nameFingerprint, nameFailedAt, nameVersion,
		nameKafkaTopic, nameKafkaPartition, nameKafkaOffset, nameKafkaGroup, nameKafkaMessage,
		nameConnectTopic, nameConnectPartition, nameConnectOffset, nameConnectStage, nameConnectClass, nameConnectMessage,
	} {
		m[name] = true
	}
	return m
}()
