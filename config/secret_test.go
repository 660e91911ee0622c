package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// However a Config is printed, by whatever a log or a page would use, its
// secrets are not.
func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	withSASL := func(sasl string, variables ...string) *Config {
		return read(t, dir, strings.Replace(minimal, "9092]\n", "9092]\n  sasl: "+sasl+"\n", 1), variables...)
	}
	for _, cfg := range []*Config{
		withSASL("{ mechanism: PLAIN, username: u, password: " + canary + " }"),
		withSASL(`{ mechanism: PLAIN, username: u, password: "${PW}" }`, "PW", canary),
		withSASL("{ mechanism: SCRAM-SHA-512, username: u, password_file: password }"),
		withSASL("{ mechanism: OAUTHBEARER, token: " + canary + " }"),
	} {
		secret := cfg.Kafka.SASL.Password + cfg.Kafka.SASL.Token
		if secret.Reveal() != canary {
			t.Fatal("the secret did not arrive")
		}
		var printed []string
		for _, value := range []any{cfg, *cfg, cfg.Kafka, &cfg.Kafka.SASL, secret, &secret, []Secret{secret}, map[string]Secret{"k": secret}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10v", "%T"} {
				printed = append(printed, fmt.Sprintf(verb, value))
			}
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			printed = append(printed, string(text), fmt.Sprint(value), fmt.Errorf("%v", value).Error())
			text, err = yaml.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			printed = append(printed, string(text))
			var log strings.Builder
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", value)
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", value)
			printed = append(printed, log.String())
		}
		for _, text := range printed {
			if strings.Contains(text, canary) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", canary)) {
				t.Errorf("told by %s", text)
			}
		}
		if text, err := json.Marshal(cfg.Kafka.SASL); err != nil || !strings.Contains(string(text), `"Password":"\u003csecret\u003e"`) {
			t.Errorf("%s, %v", text, err)
		}
	}
}

func TestSecretPrintsAsSuch(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%s", "%q", "%x", "%#v", "%d"} {
		if got := fmt.Sprintf(verb, Secret(canary)); got != hidden {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// A variable may hold anything: whatever is wrong with it, it is not told.
func TestNoMessageTellsTheEnvironment(t *testing.T) {
	t.Parallel()
	lines := strings.Split(complete(), "\n")
	told := 0
	for i, line := range lines {
		key, _, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		text := strings.Join(append(append(append([]string{}, lines[:i]...), key+`: "${SECRET}"`), lines[i+1:]...), "\n")
		for _, value := range []string{canary, canary + " *&/#\x01", ""} {
			_, err := load("sluice.yaml", []byte(text), func(name string) (string, bool) { return value, name == "SECRET" })
			if err == nil {
				continue
			}
			told++
			if strings.Contains(err.Error(), canary) {
				t.Errorf("%s: %v", key, err)
			}
		}
	}
	if told < 100 {
		t.Errorf("%d errors looked at", told)
	}
}
