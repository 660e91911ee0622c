// Package config turns a domain's sluice.yaml into a Config.
//
// Default builds every default in Go; Load decodes the file over it with
// unknown keys refused, expands ${VAR} in scalars, reads *_file secrets,
// resolves relative paths against the file's folder and checks everything.
// What Load returns is right: nothing downstream checks it again. What is
// wrong comes back all at once as Problems, each with its place and its mend.
//
// The package imports nothing else of sluice.
package config

import "time"

// Config is one domain's service. Load returns it complete and checked; treat
// it as immutable.
type Config struct {
	// Domain names the owner of the service: group id, metrics and dead
	// letters carry it. Lower-case letters, digits and dashes.
	Domain string `yaml:"domain"`
	// Owner is whom a reader of the products may write to.
	Owner string `yaml:"owner"`
	// Kafka says how to reach the cluster.
	Kafka Kafka `yaml:"kafka"`
	// Profile is what the service is tuned for.
	Profile Profile `yaml:"profile"`
	// Delivery is the guarantee.
	Delivery Delivery `yaml:"delivery"`
	// CommitInterval is the longest time between two offset commits; with
	// ExactlyOnce, the longest that a transaction takes records.
	CommitInterval time.Duration `yaml:"commit_interval"`
	// ShutdownTimeout bounds how long a stop waits for acknowledgements.
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`
	// Contract holds the judging defaults that a product may override.
	Contract `yaml:",inline"`
	// Refs maps URI prefixes to folders: a "$ref" that begins with a prefix is
	// read from its folder. Load makes the folders absolute.
	Refs map[string]string `yaml:"refs"`
	// Unmatched is what happens to records that no product's match takes.
	// It is required when the last product of an input has a match.
	Unmatched Unmatched `yaml:"unmatched"`
	// Topics is what plan and apply make of the topics that the service writes
	// to; a product may have its own.
	Topics TopicSettings `yaml:"topics"`
	// DeadLetter chooses the header conventions of dead letters.
	DeadLetter DeadLetter `yaml:"dead_letter"`
	// HTTP is the operations listener.
	HTTP HTTP `yaml:"http"`
	// Log is the service's log.
	Log Log `yaml:"log"`
	// Reload says how changed contracts are taken over while the service runs.
	Reload Reload `yaml:"reload"`
	// Limits bound what one record, one schema and the service may cost.
	Limits Limits `yaml:"limits"`
	// Products in file order: the first whose match takes a record wins.
	Products []Product `yaml:"products"`

	// File is the path that Load read, for messages and relative paths.
	File string `yaml:"-"`
	// Warnings are what Load found that is no mistake and yet does nothing.
	Warnings Problems `yaml:"-"`
}

// Delivery is the guarantee of a service.
type Delivery string

// The values of Delivery.
const (
	// AtLeastOnce marks an input offset only after the record's output or dead
	// letter was acknowledged.
	AtLeastOnce Delivery = "at_least_once"
	// ExactlyOnce puts outputs, dead letters and input offsets into one Kafka
	// transaction.
	ExactlyOnce Delivery = "exactly_once"
)

// ReplayInstance is the instance_id that no member may have with ExactlyOnce:
// sluice replay has the transactional id <group>-replay.
const ReplayInstance = "replay"

// Kafka is the cluster and how to speak to it.
type Kafka struct {
	// Brokers are the seed brokers, host:port.
	Brokers []string `yaml:"brokers"`
	// Group is the consumer group; default sluice-<domain>.
	Group string `yaml:"group"`
	// ClientID appears in the brokers' logs and quotas; default sluice-<domain>.
	ClientID string `yaml:"client_id"`
	// InstanceID names this member for good (static membership, KIP-345); empty
	// is none.
	InstanceID string `yaml:"instance_id"`
	// GroupProtocol is how members share partitions.
	GroupProtocol GroupProtocol `yaml:"group_protocol"`
	// Rack is this member's rack: with it, fetches prefer replicas nearby (KIP-392).
	Rack string `yaml:"rack"`
	// Start is where an input without committed offsets begins.
	Start Start `yaml:"start"`
	// SessionTimeout is how long the group waits for a silent member.
	SessionTimeout time.Duration `yaml:"session_timeout"`
	// RebalanceTimeout bounds how long a member may finish work on revoked partitions.
	RebalanceTimeout time.Duration `yaml:"rebalance_timeout"`
	// Compression of what sluice produces.
	Compression Compression `yaml:"compression"`
	// Linger is how long a produce batch may wait for more records.
	Linger time.Duration `yaml:"linger"`
	// FetchMinBytes is how much a broker gathers before it answers a fetch.
	FetchMinBytes Bytes `yaml:"fetch_min_bytes"`
	// FetchMaxWait is how long it gathers at most.
	FetchMaxWait time.Duration `yaml:"fetch_max_wait"`
	// MaxPollRecords bounds the records that are decided on together.
	MaxPollRecords int `yaml:"max_poll_records"`
	// TLS is off unless Enabled.
	TLS TLS `yaml:"tls"`
	// SASL is off unless Mechanism is set.
	SASL SASL `yaml:"sasl"`
	// Principal is who brokers take this service for; where it is empty, plan
	// and apply leave permissions alone.
	Principal string `yaml:"principal"`
	// ReplayPrincipal is who runs replay; where it is empty, plan and apply
	// leave out what replay needs.
	ReplayPrincipal string `yaml:"replay_principal"`
}

// GroupProtocol is a consumer group protocol by Kafka's name.
type GroupProtocol string

// The values of GroupProtocol.
const (
	// ProtocolClassic lets a member assign partitions, cooperative-sticky.
	ProtocolClassic GroupProtocol = "classic"
	// ProtocolConsumer lets the brokers assign them (KIP-848).
	ProtocolConsumer GroupProtocol = "consumer"
)

// Start is where a group without offsets begins.
type Start string

// The values of Start.
const (
	Earliest Start = "earliest"
	Latest   Start = "latest"
)

// Compression is a Kafka producer compression codec.
type Compression string

// The values of Compression, by Kafka's names.
const (
	CompressionNone   Compression = "none"
	CompressionGzip   Compression = "gzip"
	CompressionSnappy Compression = "snappy"
	CompressionLZ4    Compression = "lz4"
	CompressionZstd   Compression = "zstd"
)

// TLS is the transport security of the broker connections. With CertFile and
// KeyFile the client authenticates itself (mTLS).
type TLS struct {
	Enabled    bool   `yaml:"enabled"`
	CAFile     string `yaml:"ca_file"`
	CertFile   string `yaml:"cert_file"`
	KeyFile    string `yaml:"key_file"`
	ServerName string `yaml:"server_name"`
	// InsecureSkipVerify accepts any broker certificate. For tests only.
	InsecureSkipVerify bool `yaml:"insecure_skip_verify"`
}

// SASL is the authentication of the client.
type SASL struct {
	Mechanism Mechanism `yaml:"mechanism"`
	Username  string    `yaml:"username"`
	// Password or PasswordFile, not both. Load leaves the secret in Password.
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
	// Token or TokenFile for OAUTHBEARER. A TokenFile is read again at each
	// authentication, so that it may be rotated: Load leaves it as it is.
	Token     Secret `yaml:"token"`
	TokenFile string `yaml:"token_file"`
}

// Mechanism is a SASL mechanism by its registered name.
type Mechanism string

// The values of Mechanism.
const (
	Plain       Mechanism = "PLAIN"
	ScramSHA256 Mechanism = "SCRAM-SHA-256"
	ScramSHA512 Mechanism = "SCRAM-SHA-512"
	OAuthBearer Mechanism = "OAUTHBEARER"
)

// Secret prints as <secret> in every format; Reveal gives its value.
type Secret string

// Contract holds what decides how a contract judges.
type Contract struct {
	// Engine judges the records.
	Engine Engine `yaml:"engine"`
	// Formats says whether "format" asserts or only annotates.
	Formats Formats `yaml:"formats"`
	// DefaultDialect judges schemas without $schema.
	DefaultDialect Dialect `yaml:"default_dialect"`
	// DuplicateNames says what a record with a repeated property name is.
	DuplicateNames DuplicateNames `yaml:"duplicate_names"`
}

// Engine is what judges records.
type Engine string

// The values of Engine.
const (
	EngineCompiled Engine = "compiled"
	// EngineReference is gojsonschema, for verdicts identical to producers
	// that use it; drafts 4, 6 and 7 only.
	EngineReference Engine = "reference"
)

// Formats is the role of the "format" keyword.
type Formats string

// The values of Formats.
const (
	FormatsAssert   Formats = "assert"
	FormatsAnnotate Formats = "annotate"
)

// Dialect is a JSON Schema dialect by its usual name.
type Dialect string

// The values of Dialect.
const (
	Draft4       Dialect = "draft-04"
	Draft6       Dialect = "draft-06"
	Draft7       Dialect = "draft-07"
	Draft2019_09 Dialect = "2019-09"
	Draft2020_12 Dialect = "2020-12"
)

// DuplicateNames is the policy for repeated property names in one object.
type DuplicateNames string

// The values of DuplicateNames.
const (
	// DuplicateReject makes such a record malformed_json.
	DuplicateReject DuplicateNames = "reject"
	// DuplicateLast judges the last of them, as most parsers read it.
	DuplicateLast DuplicateNames = "last"
)

// Unmatched is the fate of records that belong to no product.
type Unmatched struct {
	// Action is empty when the key is absent.
	Action UnmatchedAction `yaml:"action"`
	// Topic takes the dead letters of action dead_letter.
	Topic string `yaml:"topic"`
}

// UnmatchedAction is what Unmatched does.
type UnmatchedAction string

// The values of UnmatchedAction.
const (
	UnmatchedDeadLetter UnmatchedAction = "dead_letter"
	UnmatchedDrop       UnmatchedAction = "drop"
)

// DeadLetter chooses header conventions: "kafka" (KIP-1191 names), "connect"
// (Kafka Connect names). sluice.* headers are always written.
type DeadLetter struct {
	Headers []Convention `yaml:"headers"`
}

// Convention is a family of dead-letter header names.
type Convention string

// The values of Convention.
const (
	ConventionKafka   Convention = "kafka"
	ConventionConnect Convention = "connect"
)

// HTTP is the operations listener.
type HTTP struct {
	// Listen is host:port; port 0 picks a free one.
	Listen string `yaml:"listen"`
	// Admin lets requests that change state come from other hosts.
	Admin bool `yaml:"admin"`
	// Pprof serves /debug/pprof/.
	Pprof bool `yaml:"pprof"`
}

// Log is the service's log.
type Log struct {
	Level LogLevel `yaml:"level"`
	// Format auto is console on a terminal, else json.
	Format LogFormat `yaml:"format"`
}

// LogLevel is the least severe level that is logged.
type LogLevel string

// The values of LogLevel.
const (
	LogDebug LogLevel = "debug"
	LogInfo  LogLevel = "info"
	LogWarn  LogLevel = "warn"
	LogError LogLevel = "error"
)

// LogFormat is the shape of log lines.
type LogFormat string

// The values of LogFormat.
const (
	LogAuto    LogFormat = "auto"
	LogJSON    LogFormat = "json"
	LogConsole LogFormat = "console"
)

// Reload is how changed contracts are taken over while the service runs.
type Reload struct {
	// Watch looks at the files of the contracts all the time. Without it a
	// signal or a request is needed.
	Watch bool `yaml:"watch"`
	// Interval is the time between two looks.
	Interval time.Duration `yaml:"interval"`
	// Timeout bounds reading, compiling and proving; longer ones fail.
	Timeout time.Duration `yaml:"timeout"`
}

// Bytes is a size; YAML takes 1048576, 1MiB, 64KiB, 2GiB (also kB, MB, GB).
type Bytes int64

// Limits bound what one record, one schema and the service may cost.
type Limits struct {
	// RecordBytes bounds key + value + headers, uncompressed.
	RecordBytes Bytes `yaml:"record_bytes"`
	// Depth bounds nesting of arrays and objects.
	Depth int `yaml:"depth"`
	// Values bounds how many JSON values a record may hold.
	Values int `yaml:"values"`
	// NumberDigits bounds the digits of one number, NumberExponent its |exponent|.
	NumberDigits   int `yaml:"number_digits"`
	NumberExponent int `yaml:"number_exponent"`
	// PatternInputBytes bounds a string that meets a pattern.
	PatternInputBytes Bytes `yaml:"pattern_input_bytes"`
	// Violations kept per record, and the bytes of their detail.
	Violations      int   `yaml:"violations"`
	ViolationsBytes Bytes `yaml:"violations_bytes"`
	// DeadLetterHeaderBytes bounds the headers that sluice adds.
	DeadLetterHeaderBytes Bytes `yaml:"dead_letter_header_bytes"`
	// SchemaBytes bounds one schema document, PatternBytes one pattern in it.
	SchemaBytes  Bytes `yaml:"schema_bytes"`
	PatternBytes Bytes `yaml:"pattern_bytes"`
	// ContractsBytes bounds all schema documents and fixtures together.
	ContractsBytes Bytes `yaml:"contracts_bytes"`
	// InFlightBytes and InFlightRecords bound what is polled and not settled.
	InFlightBytes   Bytes `yaml:"in_flight_bytes"`
	InFlightRecords int   `yaml:"in_flight_records"`
	// FetchBatchBytes bounds one fetched batch after decompression.
	FetchBatchBytes Bytes `yaml:"fetch_batch_bytes"`
	// AdminRequestBytes bounds a request body on the operations listener.
	AdminRequestBytes Bytes `yaml:"admin_request_bytes"`
}

// Product is one data product: a contract between topics.
type Product struct {
	// Name is a metric label: lower-case letters, digits, dashes, dots, underscores.
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	// Input topics; products may share them.
	Input Topics `yaml:"input"`
	// Match chooses among products that share an input; absent takes all.
	Match *Match `yaml:"match"`
	// Schema is a path, or path#/json/pointer. Load makes it absolute.
	Schema     string     `yaml:"schema"`
	WireFormat WireFormat `yaml:"wire_format"`
	// Output topic; no two products share one.
	Output string `yaml:"output"`
	// DLQ is the dead-letter topic; default <output>.dlq; may be shared.
	DLQ string `yaml:"dlq"`
	// Tombstones says what happens to records with a null value.
	Tombstones Tombstones `yaml:"tombstones"`
	// SLO is the promise to the readers of the product.
	SLO SLO `yaml:"slo"`
	// Readers are who may read the output.
	Readers []Reader `yaml:"readers"`
	// Topics overrides the service's settings; Load fills what is absent.
	Topics TopicSettings `yaml:"topics"`
	// Contract overrides the service's judging defaults; Load fills what is absent.
	Contract `yaml:",inline"`
}

// Topics is one topic name or a list of them.
type Topics []string

// Match is a condition on one place of a record. Exactly one of Header, Key,
// Field and exactly one of Equals, In, Prefix, Regex is set.
type Match struct {
	// Header is the name of a record header; the last of that name counts.
	Header string `yaml:"header"`
	// Key matches the record key.
	Key bool `yaml:"key"`
	// Field is a JSON pointer (RFC 6901) into the value.
	Field string `yaml:"field"`

	Equals *string  `yaml:"equals"`
	In     []string `yaml:"in"`
	Prefix *string  `yaml:"prefix"`
	// Regex is RE2 syntax and unanchored.
	Regex *string `yaml:"regex"`
}

// WireFormat is how the JSON lies in the record value.
type WireFormat string

// The values of WireFormat.
const (
	WireJSON WireFormat = "json"
	// WireConfluent has a 5-byte registry prefix: skipped for judging,
	// forwarded untouched.
	WireConfluent WireFormat = "confluent"
)

// Tombstones is the fate of records with a null value.
type Tombstones string

// The values of Tombstones.
const (
	TombstonesForward    Tombstones = "forward"
	TombstonesDeadLetter Tombstones = "dead_letter"
	TombstonesDrop       Tombstones = "drop"
)

// SLO is the promise of a product.
type SLO struct {
	// GoodRatio is the share of accepted records, above 0 and below 1; 0 is not promised.
	GoodRatio float64 `yaml:"good_ratio"`
	// LatencyP99 is from record timestamp to acknowledgement; 0 is not promised.
	LatencyP99 time.Duration `yaml:"latency_p99"`
}
