package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const minimal = `domain: sales
kafka:
  brokers: [localhost:9092]
products:
  - name: orders
    input: shop.orders
    schema: schemas/order.json
    output: sales.orders.v1
`

// read loads a text as the sluice.yaml of a folder.
func read(t *testing.T, dir, text string, variables ...string) *Config {
	t.Helper()
	cfg, err := load(filepath.Join(dir, "sluice.yaml"), []byte(text), func(name string) (string, bool) {
		for i := 0; i < len(variables); i += 2 {
			if variables[i] == name {
				return variables[i+1], true
			}
		}
		return "", false
	})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// wrong loads a text that has problems.
func wrong(t *testing.T, text string) Problems {
	t.Helper()
	cfg, err := load("sluice.yaml", []byte(text), func(string) (string, bool) { return "", false })
	problems, ok := errors.AsType[Problems](err)
	if cfg != nil || !ok {
		t.Fatalf("config %v, error %v", cfg, err)
	}
	return problems
}

func TestMinimalIsTheDefaultWithWhatFollows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := Default()
	want.Domain = "sales"
	want.File = filepath.Join(dir, "sluice.yaml")
	want.Kafka.Brokers = []string{"localhost:9092"}
	want.Kafka.Group, want.Kafka.ClientID = "sluice-sales", "sluice-sales"
	want.Products = []Product{{
		Name: "orders", Input: Topics{"shop.orders"}, Schema: filepath.Join(dir, "schemas/order.json"), Output: "sales.orders.v1",
		DLQ: "sales.orders.v1.dlq", WireFormat: WireJSON, Tombstones: TombstonesForward, Contract: want.Contract,
	}}
	if got := read(t, dir, minimal); !reflect.DeepEqual(*got, want) {
		t.Errorf("got  %+v\nwant %+v", *got, want)
	}
}

func TestLoadReadsTheFileAndTheEnvironment(t *testing.T) {
	t.Setenv("SLUICE_TEST_DOMAIN", "billing")
	file := filepath.Join(t.TempDir(), "sluice.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(minimal, "domain: sales", "domain: ${SLUICE_TEST_DOMAIN}", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(file)
	if err != nil || cfg.Domain != "billing" || cfg.Kafka.Group != "sluice-billing" || cfg.File != file {
		t.Errorf("%+v, %v", cfg, err)
	}
}

func TestFilesThatCannotBeLoaded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, maxFileBytes+1); err != nil {
		t.Fatal(err)
	}
	f := func(file, want string) {
		t.Helper()
		cfg, err := Load(file)
		problems, ok := errors.AsType[Problems](err)
		if cfg != nil || !ok || len(problems) != 1 || problems.Error() != file+": "+want {
			t.Errorf("%v", err)
		}
	}
	f(filepath.Join(dir, "missing.yaml"), "cannot be read (it does not exist): name a file that exists and that sluice may read")
	f(dir, "is not a regular file: name a file")
	f(big, "is larger than 1MiB: make it smaller")
}

func TestEverythingIsDecoded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"ca.pem", "client.pem", "client.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte(" pass word \r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := read(t, dir, `
domain: sales
owner: Team Sales <sales@example.com>
profile: throughput
kafka:
  brokers: ["a:9092, b:9092", "[::1]:9092"]
  group: gate
  client_id: gate-1
  rack: eu-1a
  instance_id: gate-1a
  group_protocol: classic
  start: latest
  session_timeout: 20s
  rebalance_timeout: 1m30s
  compression: zstd
  fetch_max_wait: 20ms
  linger: 0
  tls: { ca_file: ca.pem, cert_file: client.pem, key_file: client.key, server_name: kafka.example.com }
  sasl: { mechanism: SCRAM-SHA-256, username: sluice, password_file: password }
delivery: at_least_once
commit_interval: 250ms
shutdown_timeout: 1m
engine: reference
formats: annotate
default_dialect: draft-07
duplicate_names: last
refs: { "https://schemas.example.com/": . }
unmatched: { action: dead_letter, topic: sales.unmatched }
dead_letter: { headers: [] }
http: { listen: ":9464", admin: true, pprof: true }
log: { level: debug, format: json }
reload: { watch: false, interval: 5s, timeout: 1m }
limits: { record_bytes: 2MB, depth: 32, values: 5, number_digits: 20, number_exponent: 30, in_flight_bytes: 8388608 }
products:
  - name: orders
    description: |
      Accepted orders,
      one record per order.
    input: [shop.orders, shop.more]
    match: { field: /type, in: ["1", b] }
    schema: contracts/all.json#/definitions/order
    wire_format: confluent
    output: sales.orders.v1
    dlq: sales.dlq
    tombstones: drop
    slo: { good_ratio: 0.999, latency_p99: 50ms }
    engine: compiled
    default_dialect: 2019-09
  - { name: keyed, input: shop.orders, match: { key: true, equals: "" }, schema: /abs/a.json, output: keyed }
  - { name: rest, input: shop.orders, match: { header: type, regex: "^a" }, schema: a.json#, output: rest, dlq: sales.dlq }
`)
	one, b, empty, expression := "1", "b", "", "^a"
	want := Config{
		Profile: ProfileThroughput, Domain: "sales", Owner: "Team Sales <sales@example.com>",
		Kafka: Kafka{
			Brokers: []string{"a:9092", "b:9092", "[::1]:9092"}, Group: "gate", ClientID: "gate-1", Rack: "eu-1a", InstanceID: "gate-1a", GroupProtocol: ProtocolClassic, Start: Latest,
			SessionTimeout: 20 * time.Second, RebalanceTimeout: 90 * time.Second, Compression: CompressionZstd,
			FetchMinBytes: 256 << 10, FetchMaxWait: 20 * time.Millisecond, MaxPollRecords: 50_000,
			TLS: TLS{
				Enabled: true, CAFile: dir + "/ca.pem", CertFile: dir + "/client.pem", KeyFile: dir + "/client.key",
				ServerName: "kafka.example.com",
			},
			SASL: SASL{Mechanism: ScramSHA256, Username: "sluice", Password: " pass word ", PasswordFile: dir + "/password"},
		},
		Delivery: AtLeastOnce, CommitInterval: 250 * time.Millisecond, ShutdownTimeout: time.Minute,
		Contract:   Contract{EngineReference, FormatsAnnotate, Draft7, DuplicateLast},
		Refs:       map[string]string{"https://schemas.example.com/": dir},
		Unmatched:  Unmatched{UnmatchedDeadLetter, "sales.unmatched"},
		DeadLetter: DeadLetter{[]Convention{}},
		HTTP:       HTTP{":9464", true, true},
		Log:        Log{LogDebug, LogJSON},
		Reload:     Reload{Watch: false, Interval: 5 * time.Second, Timeout: time.Minute},
		Limits:     Default().Limits,
		File:       filepath.Join(dir, "sluice.yaml"),
	}
	want.Limits.RecordBytes, want.Limits.Depth, want.Limits.Values = 2_000_000, 32, 5
	want.Limits.NumberDigits, want.Limits.NumberExponent, want.Limits.InFlightBytes = 20, 30, 8<<20
	want.Products = []Product{
		{
			Name: "orders", Description: "Accepted orders,\none record per order.\n", Input: Topics{"shop.orders", "shop.more"},
			Match: &Match{Field: "/type", In: []string{one, b}}, Schema: dir + "/contracts/all.json#/definitions/order", WireFormat: WireConfluent,
			Output: "sales.orders.v1", DLQ: "sales.dlq", Tombstones: TombstonesDrop, SLO: SLO{0.999, 50 * time.Millisecond},
			Contract: Contract{EngineCompiled, FormatsAnnotate, Draft2019_09, DuplicateLast},
		},
		{
			Name: "keyed", Input: Topics{"shop.orders"}, Match: &Match{Key: true, Equals: &empty}, Schema: "/abs/a.json", WireFormat: WireJSON,
			Output: "keyed", DLQ: "keyed.dlq", Tombstones: TombstonesForward, Contract: want.Contract,
		},
		{
			Name: "rest", Input: Topics{"shop.orders"}, Match: &Match{Header: "type", Regex: &expression}, Schema: dir + "/a.json#", WireFormat: WireJSON,
			Output: "rest", DLQ: "sales.dlq", Tombstones: TombstonesForward, Contract: want.Contract,
		},
	}
	if !reflect.DeepEqual(*cfg, want) || cfg.Kafka.SASL.Password.Reveal() != " pass word " {
		t.Errorf("got  %+v\nwant %+v", *cfg, want)
	}
}

func TestVariablesStandForAnyValue(t *testing.T) {
	t.Parallel()
	cfg := read(t, t.TempDir(), minimal+`
http: { listen: "${HOST:127.0.0.1}:${PORT:1}", admin: "${ADMIN}" }
limits: { depth: "${DEPTH}", record_bytes: "${SIZE}" }
commit_interval: ${INTERVAL:100ms}
log: { level: "${LEVEL:}info" }
owner: $${HOME} ${TEXT}
unmatched: { action: dead_letter, topic: "${TOPIC}" }
`, "PORT", "9999", "ADMIN", "true", "DEPTH", "9", "SIZE", "2MiB", "TEXT", "${PORT}: *x", "TOPIC", "a.b")
	if cfg.HTTP.Listen != "127.0.0.1:9999" || !cfg.HTTP.Admin || cfg.Limits.Depth != 9 || cfg.Limits.RecordBytes != 2<<20 ||
		cfg.CommitInterval != 100*time.Millisecond || cfg.Log.Level != LogInfo || cfg.Owner != "${HOME} ${PORT}: *x" || cfg.Unmatched.Topic != "a.b" {
		t.Errorf("%+v", cfg)
	}
}

func TestBrokersFromOneVariable(t *testing.T) {
	t.Parallel()
	text := strings.Replace(minimal, "[localhost:9092]", `["${BROKERS}"]`, 1)
	cfg := read(t, t.TempDir(), text, "BROKERS", "a:1,b:2, c:3")
	if want := []string{"a:1", "b:2", "c:3"}; !slices.Equal(cfg.Kafka.Brokers, want) {
		t.Error(cfg.Kafka.Brokers)
	}
}

func TestTLSIsOnWhereItIsDescribed(t *testing.T) {
	t.Parallel()
	f := func(tls string, want bool) {
		t.Helper()
		text := strings.Replace(minimal, "9092]\n", "9092]\n"+tls, 1)
		if got := read(t, t.TempDir(), text).Kafka.TLS.Enabled; got != want {
			t.Errorf("%q: enabled is %t", tls, got)
		}
	}
	f("", false)
	f("  tls: {}\n", true)
	f("  tls: { server_name: kafka }\n", true)
	f("  tls: { enabled: true }\n", true)
	// What is switched off is not looked for.
	f("  tls: { enabled: false, ca_file: missing.pem }\n", false)
}

func TestAnchorsAndMerges(t *testing.T) {
	t.Parallel()
	cfg := read(t, t.TempDir(), `
domain: sales
kafka: { brokers: [localhost:9092] }
products:
  - &first
    name: orders
    input: shop.orders
    schema: a.json
    output: orders
    formats: annotate
  - <<: *first
    name: refunds
    input: shop.refunds
    output: refunds
`)
	if p := cfg.Products[1]; p.Name != "refunds" || p.Formats != FormatsAnnotate || p.Schema != cfg.Products[0].Schema || p.DLQ != "refunds.dlq" {
		t.Errorf("%+v", p)
	}
}

// Whoever mends a file wants to see everything that is wrong, and nothing that
// only follows from it.
func TestAllProblemsAtOnceInOrder(t *testing.T) {
	t.Parallel()
	problems := wrong(t, `domian: sales
kafka:
  brokers: localhost:9092
  compressin: lz4
products:
  - name: orders
    input: [shop.orders, "a b"]
    schema: a.json
    match: { header: x, regex: "(" }
    outptu: orders
`)
	var got []string
	for _, p := range problems {
		got = append(got, strings.TrimPrefix(p.String(), "sluice.yaml:")[:3]+" "+p.Path)
	}
	want := []string{
		"1:1 domian", "1:1 unmatched", "3:1 kafka.brokers", "4:3 kafka.compressin", "7:2 products[0].input[1]",
		"9:3 products[0].match.regex", "10: products[0].outptu",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\n%v", got, problems)
	}
}

// The dialect of a schema file decides, unless somebody asks for one that the
// engine does not know.
func TestReferenceEngineAndDialects(t *testing.T) {
	t.Parallel()
	f := func(text string, want int) {
		t.Helper()
		_, err := load("sluice.yaml", []byte(text), func(string) (string, bool) { return "", false })
		problems, _ := errors.AsType[Problems](err)
		if len(problems) != want {
			t.Errorf("%s\n%v", text, err)
		}
	}
	f("engine: reference\n"+minimal, 0)
	f("engine: reference\ndefault_dialect: draft-06\n"+minimal, 0)
	f("engine: reference\ndefault_dialect: 2019-09\n"+minimal, 1)
	f(minimal+"    engine: reference\n", 0)
	f("default_dialect: 2020-12\n"+minimal+"    engine: reference\n", 0)
	f("engine: reference\n"+minimal+"    default_dialect: 2020-12\n", 1)
	f("engine: reference\n"+minimal+"    default_dialect: 2020-12\n    engine: compiled\n", 0)
}

func TestReach(t *testing.T) {
	t.Parallel()
	f := func(first, second string, want int) {
		t.Helper()
		text := "unmatched: { action: drop }\n" + minimal
		if first != "" {
			text += "    match: " + first + "\n"
		}
		text += "  - { name: second, input: shop.orders, schema: a.json, output: second"
		if second != "" {
			text += ", match: " + second
		}
		_, err := load("sluice.yaml", []byte(text+" }\n"), func(string) (string, bool) { return "", false })
		problems, _ := errors.AsType[Problems](err)
		if len(problems) != want || want == 1 && !strings.Contains(err.Error(), "takes them all") {
			t.Errorf("%s before %s: %v", first, second, err)
		}
	}
	f("", "", 1)
	f("", "{ key: true, equals: a }", 1)
	f("{ key: true, equals: a }", "", 0)
	f("{ key: true, equals: a }", "{ key: true, equals: b }", 0)
	f("{ key: true, equals: a }", "{ key: true, equals: a }", 1)
	f("{ key: true, equals: a }", "{ header: k, equals: a }", 0)
	f("{ header: a, equals: a }", "{ header: b, equals: a }", 0)
	f("{ header: h, in: [a, b] }", "{ header: h, in: [b, a] }", 1)
	f("{ header: h, in: [a, b] }", "{ header: h, in: [b, c] }", 0)
	f("{ header: h, prefix: com. }", "{ header: h, in: [com.a, com.b] }", 1)
	f("{ header: h, prefix: com. }", "{ header: h, prefix: com.shop. }", 1)
	f("{ header: h, prefix: com.shop. }", "{ header: h, prefix: com. }", 0)
	f("{ header: h, prefix: com. }", "{ header: h, regex: ^com }", 0)
	f("{ field: /a, regex: '^a' }", "{ field: /a, equals: ab }", 1)
	f("{ field: /a, regex: '^a' }", "{ field: /a, regex: '^a' }", 1)
	f("{ field: /a, regex: '^a' }", "{ field: /b, equals: ab }", 0)
	// Fields that are read differently are different texts.
	const one = "{ field: /a, equals: x }"
	f(one+"\n    wire_format: confluent", one, 0)
	f(one, one+", wire_format: confluent", 0)
	f(one, one+", duplicate_names: last", 0)
	f(one+"\n    duplicate_names: last", one+", duplicate_names: last", 1)
	const header = "{ header: h, equals: x }"
	f(header, header+", wire_format: confluent, duplicate_names: last", 1)
}

// Each expression is compiled once, not once for each pair of products.
func TestManyRegexesLoadQuickly(t *testing.T) {
	const products = 300
	var text strings.Builder
	text.WriteString("domain: sales\nunmatched: { action: drop }\nkafka: { brokers: [a:1] }\nproducts:\n")
	long := strings.Repeat("ab|c[d-f]+|", 20) + "z"
	for i := range products {
		match := fmt.Sprintf("equals: v%d", i)
		if i < products/2 {
			match = fmt.Sprintf("regex: '^%d(%s)$'", i, long)
		}
		fmt.Fprintf(&text, "  - { name: p%d, input: in, match: { header: t, %s }, schema: a.json, output: o%d }\n", i, match, i)
	}
	allocated := testing.AllocsPerRun(1, func() {
		if _, err := load("sluice.yaml", []byte(text.String()), environment); err != nil {
			t.Fatal(err)
		}
	})
	// A compilation takes some hundred allocations; pairs would need millions.
	if allocated > 2000*products {
		t.Errorf("%v allocations for %d products", allocated, products)
	}
}

// Not even a file that was made to hurt takes the service along.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte(reference))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("<<: {<<: {}}\n? x\n: y\n"))
	files, err := filepath.Glob("testdata/bad-*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := load("testdata/sluice.yaml", data, environment)
		if (cfg == nil) == (err == nil) {
			t.Fatalf("config %v, error %v", cfg, err)
		}
		if problems, ok := errors.AsType[Problems](err); err != nil && (!ok || len(problems) == 0) {
			t.Fatalf("%T %v", err, err)
		}
	})
}
