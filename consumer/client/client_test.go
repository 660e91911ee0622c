package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/client"
)

func base() *config.Config {
	c := config.Default()
	c.Domain = "sales"
	c.Kafka.Brokers = []string{"127.0.0.1:9092"}
	c.Kafka.Group, c.Kafka.ClientID = "sluice-sales", "sluice-sales"
	return &c
}

func all(t *testing.T, cfg *config.Config) []kgo.Opt {
	t.Helper()
	opts, err := client.Options(cfg)
	if err != nil {
		t.Fatal(err)
	}
	opts = append(opts, client.Consume(cfg, []string{"in"})...)
	return append(opts, client.Produce(cfg, func(string) int32 { return 1 << 20 }, 1000)...)
}

func TestEverySettingMakesOptionsThatTheClientTakes(t *testing.T) {
	t.Parallel()
	ca, cert, key := certificates(t)
	f := func(name string, change func(*config.Config)) {
		t.Helper()
		cfg := base()
		change(cfg)
		if err := kgo.ValidateOpts(all(t, cfg)...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	f("defaults", func(*config.Config) {})
	f("rack", func(c *config.Config) { c.Kafka.Rack = "eu-1a" })
	f("small memory", func(c *config.Config) { c.Limits.InFlightBytes = 1 << 20 })
	f("tls", func(c *config.Config) { c.Kafka.TLS = config.TLS{Enabled: true, CAFile: ca} })
	f("mtls", func(c *config.Config) {
		c.Kafka.TLS = config.TLS{Enabled: true, CAFile: ca, CertFile: cert, KeyFile: key}
	})
	for _, codec := range []config.Compression{"none", "gzip", "snappy", "lz4", "zstd"} {
		f(string(codec), func(c *config.Config) { c.Kafka.Compression = codec })
	}
	for _, m := range []config.Mechanism{config.Plain, config.ScramSHA256, config.ScramSHA512} {
		f(string(m), func(c *config.Config) {
			c.Kafka.SASL = config.SASL{Mechanism: m, Username: "u", Password: "p"}
		})
	}
	f("oauthbearer", func(c *config.Config) {
		c.Kafka.SASL = config.SASL{Mechanism: config.OAuthBearer, Token: "t"}
	})
}

// TestBrokersThatComeBackAreFoundSoon: however often a request has failed, the
// next try is about a second away at most.
func TestBrokersThatComeBackAreFoundSoon(t *testing.T) {
	t.Parallel()
	c, err := kgo.NewClient(all(t, base())...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	backoff, ok := c.OptValue(kgo.RetryBackoffFn).(func(int) time.Duration)
	if !ok {
		t.Fatal("the client has no back-off")
	}
	for failures := range 100 {
		if pause := backoff(failures); pause < 50*time.Millisecond || pause > 1200*time.Millisecond {
			t.Errorf("after %d failures it waits %s", failures, pause)
		}
	}
}

// TestNoMemberHasTheTransactionalIDOfReplay, not even by the name of its host.
func TestNoMemberHasTheTransactionalIDOfReplay(t *testing.T) {
	t.Parallel()
	cfg := base()
	cfg.Kafka.InstanceID = "first"
	if id, err := client.TransactionalID(cfg); id != "sluice-sales-first" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	cfg.Kafka.InstanceID = config.ReplayInstance
	if id, err := client.TransactionalID(cfg); err == nil || !strings.Contains(err.Error(), "kafka.instance_id") {
		t.Errorf("%q, %v", id, err)
	}
}

func TestWhatCannotWorkIsAnErrorThatNamesThePlace(t *testing.T) {
	t.Parallel()
	_, cert, key := certificates(t)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(want string, change func(*config.Config)) {
		t.Helper()
		cfg := base()
		change(cfg)
		_, err := client.Options(cfg)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %q", err, want)
		}
	}
	f("ca_file", func(c *config.Config) { c.Kafka.TLS = config.TLS{Enabled: true, CAFile: empty} })
	f("no such file", func(c *config.Config) { c.Kafka.TLS = config.TLS{Enabled: true, CAFile: empty + ".missing"} })
	f("cert_file", func(c *config.Config) { c.Kafka.TLS = config.TLS{Enabled: true, CertFile: key, KeyFile: cert} })
	f("kafka.sasl", func(c *config.Config) { c.Kafka.SASL = config.SASL{Mechanism: "GSSAPI"} })
	f("settings", func(c *config.Config) { c.Kafka.ClientID = strings.Repeat("x", 300) })
}

// TestTheClientAuthenticates connects to a broker that asks for it, with the
// right and with a wrong secret.
func TestTheClientAuthenticates(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(),
		kfake.Superuser("PLAIN", "ann", "plain-secret"), kfake.Superuser("SCRAM-SHA-256", "bob", "scram-secret"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	ping := func(s config.SASL) error {
		cfg := base()
		cfg.Kafka.Brokers = cluster.ListenAddrs()
		cfg.Kafka.SASL = s
		opts, err := client.Options(cfg)
		if err != nil {
			return err
		}
		c, err := kgo.NewClient(append(opts, kgo.RequestRetries(0))...)
		if err != nil {
			return err
		}
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		return c.Ping(ctx)
	}
	if err := ping(config.SASL{Mechanism: config.Plain, Username: "ann", Password: "plain-secret"}); err != nil {
		t.Errorf("PLAIN: %v", err)
	}
	if err := ping(config.SASL{Mechanism: config.ScramSHA256, Username: "bob", Password: "scram-secret"}); err != nil {
		t.Errorf("SCRAM-SHA-256: %v", err)
	}
	err = ping(config.SASL{Mechanism: config.Plain, Username: "ann", Password: "wrong-secret"})
	if err == nil {
		t.Error("a wrong password is let in")
	} else if strings.Contains(err.Error(), "wrong-secret") {
		t.Errorf("the error shows the password: %v", err)
	}
}

// TestTheClientSpeaksTLS connects to a broker that knows only TLS.
func TestTheClientSpeaksTLS(t *testing.T) {
	t.Parallel()
	ca, cert, key := certificates(t)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	cfg := base()
	cfg.Kafka.Brokers = cluster.ListenAddrs()
	cfg.Kafka.TLS = config.TLS{Enabled: true, CAFile: ca}
	opts, err := client.Options(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		t.Error(err)
	}
}

// certificates writes a self-signed certificate for 127.0.0.1 and its key.
func certificates(t *testing.T) (ca, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert = write("cert.pem", "CERTIFICATE", der)
	return cert, cert, write("key.pem", "PRIVATE KEY", pkcs8)
}
