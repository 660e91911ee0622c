package config

import "time"

// TopicSettings is what plan and apply make of topics. What is zero is left to
// the cluster.
type TopicSettings struct {
	// Partitions of a topic that is made; 0 is as many as the input has.
	Partitions int `yaml:"partitions"`
	// Replication is on how many brokers a record is.
	Replication int `yaml:"replication"`
	// MinInsyncReplicas is on how many of them before it is acknowledged.
	MinInsyncReplicas int `yaml:"min_insync_replicas"`
	// Retention of outputs.
	Retention time.Duration `yaml:"retention"`
	// Cleanup of outputs. Dead-letter topics are never compacted.
	Cleanup Cleanup `yaml:"cleanup"`
	// DLQRetention is the retention of dead-letter topics.
	DLQRetention time.Duration `yaml:"dlq_retention"`
}

// inherit takes from the service what the product does not say itself.
func (t *TopicSettings) inherit(from TopicSettings) {
	if t.Partitions == 0 {
		t.Partitions = from.Partitions
	}
	if t.Replication == 0 {
		t.Replication = from.Replication
	}
	if t.MinInsyncReplicas == 0 {
		t.MinInsyncReplicas = from.MinInsyncReplicas
	}
	if t.Retention == 0 {
		t.Retention = from.Retention
	}
	if t.Cleanup == "" {
		t.Cleanup = from.Cleanup
	}
	if t.DLQRetention == 0 {
		t.DLQRetention = from.DLQRetention
	}
}

// Cleanup is what becomes of old records of a topic, in Kafka's words.
type Cleanup string

// The values of Cleanup.
const (
	// CleanupDelete deletes them when the retention is over.
	CleanupDelete Cleanup = "delete"
	// CleanupCompact keeps the last record of each key; a tombstone deletes it.
	CleanupCompact Cleanup = "compact"
	// CleanupBoth does both.
	CleanupBoth Cleanup = "compact,delete"
)

// Reader is who may read a product.
type Reader struct {
	// Principal as brokers know it, with its type: User:analytics.
	Principal string `yaml:"principal"`
	// GroupPrefix is how the consumer groups begin that it may use; without
	// one, it needs none or has the permission already.
	GroupPrefix string `yaml:"group_prefix"`
}

// framing is room for what Kafka writes around the record of a batch.
const framing Bytes = 64 << 10

// OutputBytes is what a topic must take for the largest record to fit, in a
// batch of its own.
func (l *Limits) OutputBytes() Bytes { return l.RecordBytes + framing }

// DeadLetterBytes is the same for dead letters, which have more headers.
func (l *Limits) DeadLetterBytes() Bytes {
	return l.RecordBytes + l.DeadLetterHeaderBytes + framing
}
