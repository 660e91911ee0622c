package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadAs(t *testing.T) {
	t.Parallel()
	service, err := Load("reference.yaml")
	if err != nil {
		t.Fatal(err)
	}
	load := func(t *testing.T, text string) (*Config, error) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "admin.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return LoadAs(file, service)
	}
	as, err := load(t, "kafka:\n  tls: {}\n  sasl: { mechanism: SCRAM-SHA-512, username: admin, password: secret }\n")
	if err != nil {
		t.Fatal(err)
	}
	if as.Kafka.SASL.Username != "admin" || !as.Kafka.TLS.Enabled || as.Kafka.Brokers[0] != "localhost:9092" || as.Kafka.Group != "sluice-sales" {
		t.Errorf("%+v", as.Kafka)
	}
	if service.Kafka.SASL.Username != "" {
		t.Error("the service's own configuration has changed")
	}
	if as, err := load(t, "kafka: { brokers: [other:9093] }\n"); err != nil || as.Kafka.Brokers[0] != "other:9093" {
		t.Error(as, err)
	}
	for text, want := range map[string]string{
		"domain: sales\n":                                   "domain: has no effect here",
		"kafka: { group: x }\n":                             "kafka.group: has no effect here",
		"kafka: { sasl: { mechanism: PLAIN } }\n":           "kafka.sasl.username: is missing",
		"kafka: { brokers: [there] }\n":                     "has no port",
		"owner: me\nkafka: {tls: { ca_file: none.pem } }\n": "kafka.tls.ca_file: cannot be read",
		"kafka: { sals: {} }\n":                             "did you mean sasl?",
	} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := LoadAs("none.yaml", service); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Error(err)
	}
}
