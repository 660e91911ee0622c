package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/testcontainers/testcontainers-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Secured is a Kafka that asks everybody who they are, over TLS, and lets them
// do only what an ACL allows. It is a container of its own where Docker
// answers, else kfake.
type Secured struct {
	// Seeds are its brokers, host:port.
	Seeds []string
	// CAFile holds the authority that signed its certificate.
	CAFile string
	// Real reports whether it is Apache Kafka.
	Real bool

	tls  *tls.Config
	stop func()
}

const (
	// Admin is who may do everything, by PLAIN.
	Admin = "admin"
	// AdminPassword is the administrator's.
	AdminPassword = "admin-secret"
)

// StartSecured starts one. The folder holds its files. Close it.
func (c *Cluster) StartSecured(ctx context.Context, folder string) (*Secured, error) {
	key, err := certify("127.0.0.1", "localhost")
	if err != nil {
		return nil, err
	}
	s := &Secured{CAFile: filepath.Join(folder, "ca.pem"), tls: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}}
	if err := os.WriteFile(s.CAFile, key.authority, 0o600); err != nil {
		return nil, err
	}
	if !s.tls.RootCAs.AppendCertsFromPEM(key.authority) {
		return nil, errors.New("the authority's certificate cannot be read back")
	}
	if c.NoDocker == "" {
		return s, s.startContainer(ctx, key)
	}
	return s, s.startFake(key)
}

// Close stops it.
func (s *Secured) Close() { s.stop() }

// Connect returns the options of a client of the administrator.
func (s *Secured) Connect() []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(s.Seeds...), kgo.DialTLSConfig(s.tls),
		kgo.SASL(plain.Auth{User: Admin, Pass: AdminPassword}.AsMechanism()),
	}
}

// ConnectAs returns the options of a client of someone whom AddUser let in.
func (s *Secured) ConnectAs(user, password string) []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(s.Seeds...), kgo.DialTLSConfig(s.tls),
		kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism()),
	}
}

// AddUser lets a user in by SCRAM-SHA-512.
func (s *Secured) AddUser(ctx context.Context, user, password string) error {
	client, err := kgo.NewClient(s.Connect()...)
	if err != nil {
		return err
	}
	defer client.Close()
	answers, err := kadm.NewClient(client).AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{
		{User: user, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: password},
	})
	if err != nil {
		return err
	}
	return answers.Error()
}

func (s *Secured) startContainer(ctx context.Context, key *certified) (err error) {
	port, err := freePort()
	if err != nil {
		return err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	s.Seeds, s.Real = []string{address}, true
	const keystore = "/tmp/broker.pem"
	env := settings(address)
	maps.Copy(env, map[string]string{
		// The broker's own listeners are closed to the outside and let in
		// nobody in particular, who is a super user.
		"KAFKA_LISTENERS":                      "SECURE://:9092,CONTROLLER://:9093,INSIDE://:9094",
		"KAFKA_ADVERTISED_LISTENERS":           "SECURE://" + address + ",INSIDE://localhost:9094",
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "SECURE:SASL_SSL,CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT",
		"KAFKA_INTER_BROKER_LISTENER_NAME":     "INSIDE",
		"KAFKA_AUTHORIZER_CLASS_NAME":          "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"KAFKA_SUPER_USERS":                    "User:ANONYMOUS;User:" + Admin,
		"KAFKA_SASL_ENABLED_MECHANISMS":        "SCRAM-SHA-512,PLAIN",
		"KAFKA_SSL_KEYSTORE_TYPE":              "PEM",
		"KAFKA_SSL_KEYSTORE_LOCATION":          keystore,
		"KAFKA_LISTENER_NAME_SECURE_PLAIN_SASL_JAAS_CONFIG": "org.apache.kafka.common.security.plain.PlainLoginModule required " +
			"user_" + Admin + `="` + AdminPassword + `";`,
		// ___ is a dash.
		"KAFKA_LISTENER_NAME_SECURE_SCRAM___SHA___512_SASL_JAAS_CONFIG": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
	})
	_, s.stop, err = broker(ctx, port, env, answering(address, s.Connect()...), testcontainers.WithFiles(testcontainers.ContainerFile{
		Reader: bytes.NewReader(append(bytes.Clone(key.key), key.certificate...)), ContainerFilePath: keystore, FileMode: 0o644,
	}))
	return err
}

func (s *Secured) startFake(key *certified) error {
	pair, err := tls.X509KeyPair(key.certificate, key.key)
	if err != nil {
		return err
	}
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", Admin, AdminPassword),
		kfake.TLS(&tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}))
	if err != nil {
		return err
	}
	s.Seeds, s.stop = fake.ListenAddrs(), fake.Close
	return nil
}
