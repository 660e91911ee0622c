// Package client turns a domain's configuration into franz-go client options.
//
// It is the only place that does: transport security, authentication, client
// id, rack, compression and limits are decided here once, and Options proves
// the result offline with kgo.ValidateOpts, so that a wrong combination is a
// clear error at start and never a surprise at the first connection.
package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
)

// Options returns the options of every client that speaks to the cluster:
// seed brokers, identity, transport and authentication. Consumers and
// producers append what is theirs; Consume and Produce return that.
//
// Files that the configuration names are read here; an error names the file.
func Options(cfg *config.Config) ([]kgo.Opt, error) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(cfg.Kafka.Brokers...),
		kgo.ClientID(cfg.Kafka.ClientID),
		// A broker that accepts connections and then is silent must not hold
		// the gate for minutes.
		kgo.DialTimeout(10 * time.Second),
		// A topic that was just created, or has just lost its leader, is
		// found again quickly.
		kgo.MetadataMinAge(500 * time.Millisecond),
		// Brokers that were away for long are found again as quickly. Some
		// requests have bounded tries: enough for a broker's restart.
		kgo.RetryBackoffFn(backoff),
		kgo.RequestRetries(60),
	}
	if cfg.Kafka.TLS.Enabled {
		tlsConfig, err := transport(&cfg.Kafka.TLS)
		if err != nil {
			return nil, fmt.Errorf("kafka.tls: %w", err)
		}
		opts = append(opts, kgo.DialTLSConfig(tlsConfig))
	}
	if cfg.Kafka.SASL.Mechanism != "" {
		mechanism, err := authentication(&cfg.Kafka.SASL)
		if err != nil {
			return nil, fmt.Errorf("kafka.sasl: %w", err)
		}
		opts = append(opts, kgo.SASL(mechanism))
	}
	if err := kgo.ValidateOpts(opts...); err != nil {
		return nil, fmt.Errorf("kafka: the client refuses these settings: %w", err)
	}
	return opts, nil
}

// backoff is the pause before a request is tried again that failed so often:
// from 0.1 s to a second, which are the bounds of Kafka's own clients, with a
// fifth more or less so that members do not ask together.
func backoff(failures int) time.Duration {
	pause := min(100*time.Millisecond<<min(max(failures-1, 0), 4), time.Second)
	return pause - pause/5 + rand.N(2*pause/5)
}

// Consume returns the options of the consuming side for these input topics:
// group membership, isolation, fetch sizes. Offsets are never committed by the
// client itself.
func Consume(cfg *config.Config, topics []string) []kgo.Opt {
	// A fetch may bring as much as a quarter of what may be in flight, so that
	// polling stops close to the limit and not far beyond it.
	fetchBytes := int32(max(1<<20, min(int64(cfg.Limits.InFlightBytes)/4, 50<<20)))
	buffers := new(Buffers)
	opts := []kgo.Opt{
		kgo.WithPools(buffers),
		kgo.WithHooks(buffers),
		kgo.ConsumeTopics(topics...),
		kgo.ConsumerGroup(cfg.Kafka.Group),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(cfg.Kafka.SessionTimeout),
		kgo.HeartbeatInterval(cfg.Kafka.SessionTimeout / 3),
		kgo.RebalanceTimeout(cfg.Kafka.RebalanceTimeout),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxBytes(fetchBytes),
		kgo.FetchMaxPartitionBytes(min(fetchBytes, 1<<20)),
		kgo.FetchMinBytes(int32(cfg.Kafka.FetchMinBytes)),
		kgo.FetchMaxWait(cfg.Kafka.FetchMaxWait),
		kgo.MaxDecompressBatchBytes(int(cfg.Limits.FetchBatchBytes)),
		// Where the group has no offset the beginning is right: "latest" was
		// turned into committed offsets before joining, so that partitions
		// found later are read from their first record.
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
	if cfg.Kafka.Rack != "" {
		opts = append(opts, kgo.Rack(cfg.Kafka.Rack))
	}
	if cfg.Kafka.InstanceID != "" {
		opts = append(opts, kgo.InstanceID(cfg.Kafka.InstanceID))
	}
	if cfg.Kafka.GroupProtocol == config.ProtocolConsumer {
		// To kgo the sticky balancer stands for the brokers' uniform assignor.
		opts = append(opts, kgo.ServerSideBalancer(), kgo.Balancers(kgo.StickyBalancer()))
	}
	return opts
}

// Read returns the options of a client that reads partitions of its own choice,
// without a group: committed records only, and the marks that transactions
// leave, so that the reader sees how far it is.
func Read(cfg *config.Config) []kgo.Opt {
	opts := []kgo.Opt{
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.FetchMaxBytes(8 << 20),
		kgo.FetchMaxPartitionBytes(1 << 20),
		kgo.FetchMaxWait(500 * time.Millisecond),
		kgo.MaxDecompressBatchBytes(int(cfg.Limits.FetchBatchBytes)),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
	if cfg.Kafka.Rack != "" {
		opts = append(opts, kgo.Rack(cfg.Kafka.Rack))
	}
	return opts
}

// Produce returns the options of the producing side. maxBatchBytes gives the
// largest batch, uncompressed, that a topic takes; maxBuffered is how many
// records may wait for an acknowledgement before Produce blocks.
//
// Partitions are chosen by the caller. Deliveries are idempotent, acknowledged
// by all in-sync replicas and tried without end, except that a topic that
// brokers keep calling unknown fails its records after about a second, so that
// the caller can hold them and say why.
func Produce(cfg *config.Config, maxBatchBytes func(topic string) int32, maxBuffered int) []kgo.Opt {
	opts := []kgo.Opt{
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchCompression(codec(cfg.Kafka.Compression)),
		kgo.ProducerBatchMaxBytesFn(maxBatchBytes),
		kgo.ProducerLinger(cfg.Kafka.Linger),
		kgo.MaxBufferedRecords(maxBuffered),
		kgo.UnknownTopicRetries(4),
	}
	if own := compressor(codec(cfg.Kafka.Compression)); own != nil {
		opts = append(opts, kgo.WithCompressor(own))
	}
	return opts
}

// Transact returns the options that make a producing client transactional.
func Transact(id string, timeout time.Duration) []kgo.Opt {
	return []kgo.Opt{kgo.TransactionalID(id), kgo.TransactionTimeout(timeout)}
}

// TransactionalID returns the transactional id of this member: it is its own and
// the same after a restart, so that a restart ends what was left open.
func TransactionalID(cfg *config.Config) (string, error) {
	instance := cfg.Kafka.InstanceID
	if instance == "" {
		host, err := os.Hostname()
		if err != nil {
			return "", fmt.Errorf("transactional id: the host has no name: set kafka.instance_id: %w", err)
		}
		instance = host
	}
	if instance == config.ReplayInstance {
		return "", fmt.Errorf("transactional id: %s is what sluice replay calls itself: set another kafka.instance_id", instance)
	}
	return cfg.Kafka.Group + "-" + instance, nil
}

// TransactionTimeout returns how long brokers let a transaction be open before
// they undo it: Kafka's default for producers, a minute, and never less than the
// group waits for a silent member. It must outlive slow brokers, since work that
// they undo is done again; what a dead member left open holds up the readers of
// the outputs so long, unless the member is started again.
func TransactionTimeout(cfg *config.Config) time.Duration {
	return max(time.Minute, cfg.Kafka.SessionTimeout) + cfg.CommitInterval
}

func codec(c config.Compression) kgo.CompressionCodec {
	switch c {
	case config.CompressionGzip:
		return kgo.GzipCompression()
	case config.CompressionSnappy:
		return kgo.SnappyCompression()
	case config.CompressionLZ4:
		return kgo.Lz4Compression()
	case config.CompressionZstd:
		return kgo.ZstdCompression()
	case config.CompressionNone:
		return kgo.NoCompression()
	}
	return kgo.NoCompression()
}

// transport builds the TLS configuration. Certificates are read once: a
// service restarts to take new ones.
func transport(t *config.TLS) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify, //nolint:gosec // asked for by name in the configuration
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file: %s: %w", t.CAFile, errNoCertificate)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert_file %s with key_file %s: %w", t.CertFile, t.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

var errNoCertificate = errors.New("holds no PEM certificate")
