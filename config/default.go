package config

import "time"

// transactionInterval is the default of CommitInterval with ExactlyOnce: readers
// see nothing of a transaction before it ends.
const transactionInterval = 100 * time.Millisecond

// Default returns what holds where a file says nothing. It lacks what only a
// file can say: domain, brokers and products.
func Default() Config {
	return Config{
		Kafka: Kafka{
			Start:            Earliest,
			GroupProtocol:    ProtocolClassic,
			SessionTimeout:   10 * time.Second,
			RebalanceTimeout: time.Minute,
			Compression:      CompressionSnappy,
			Linger:           profiles[ProfileBalanced].linger,
			FetchMinBytes:    profiles[ProfileBalanced].fetchMinBytes,
			FetchMaxWait:     profiles[ProfileBalanced].fetchMaxWait,
			MaxPollRecords:   profiles[ProfileBalanced].maxPollRecords,
		},
		Profile:         ProfileBalanced,
		Delivery:        AtLeastOnce,
		CommitInterval:  time.Second,
		ShutdownTimeout: 25 * time.Second,
		Contract: Contract{
			Engine:         EngineCompiled,
			Formats:        FormatsAssert,
			DefaultDialect: Draft2020_12,
			DuplicateNames: DuplicateReject,
		},
		DeadLetter: DeadLetter{Headers: []Convention{ConventionKafka, ConventionConnect}},
		HTTP:       HTTP{Listen: "127.0.0.1:9464"},
		Log:        Log{Level: LogInfo, Format: LogAuto},
		Reload:     Reload{Watch: true, Interval: time.Second, Timeout: 10 * time.Second},
		Limits: Limits{
			RecordBytes:           1 << 20,
			Depth:                 64,
			Values:                100_000,
			NumberDigits:          100,
			NumberExponent:        400,
			PatternInputBytes:     64 << 10,
			Violations:            20,
			ViolationsBytes:       2 << 10,
			DeadLetterHeaderBytes: 16 << 10,
			SchemaBytes:           1 << 20,
			PatternBytes:          1 << 10,
			ContractsBytes:        256 << 20,
			InFlightBytes:         64 << 20,
			InFlightRecords:       100_000,
			FetchBatchBytes:       64 << 20,
			AdminRequestBytes:     64 << 10,
		},
	}
}

// defaultProduct is what holds where a product says nothing. What it inherits
// from the service or derives from its output is filled in after decoding.
func defaultProduct() Product {
	return Product{WireFormat: WireJSON, Tombstones: TombstonesForward}
}
