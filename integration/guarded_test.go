package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/integration/internal/cluster"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// guarded is the sales domain on a secured cluster, with names of its own.
type guarded struct {
	*testing.T
	secured        *cluster.Secured
	client         *kgo.Client
	admin          *kadm.Client
	prefix         string
	config         *service.Config
	file, as       string
	user, password string
	found          map[string]int // records by output, without the prefix
}

func guard(t *testing.T, secured *cluster.Secured, delivery string) *guarded {
	t.Helper()
	g := &guarded{T: t, secured: secured, found: make(map[string]int), password: "service-secret"}
	g.prefix = strings.ToLower(strings.NewReplacer("TestPermissions/", "", "/", ".", "_", "-", "*", "").Replace(t.Name())) + "."
	g.user = g.prefix + "service"
	var err error
	if g.client, err = kgo.NewClient(append(secured.Connect(), kgo.MetadataMinAge(100*time.Millisecond), kgo.UnknownTopicRetries(-1))...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.client.Close)
	g.admin = kadm.NewClient(g.client)
	if err := secured.AddUser(g.ctx(), g.user, g.password); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if g.config, err = service.Example("sales", folder, g.prefix); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(folder, "password")
	g.as = filepath.Join(folder, "admin.yaml")
	for file, text := range map[string]string{
		secret: g.password,
		g.as:   fmt.Sprintf("kafka: { sasl: { mechanism: PLAIN, username: %s, password: %s } }\n", cluster.Admin, cluster.AdminPassword),
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.config.Set("delivery", delivery)
	g.config.Set("commit_interval", "100ms")
	g.config.Set("principal", "User:"+g.user, "kafka")
	g.config.Set("session_timeout", "6s", "kafka")
	g.config.Set("tls", map[string]any{"ca_file": secured.CAFile}, "kafka")
	g.config.Set("sasl", map[string]any{"mechanism": "SCRAM-SHA-512", "username": "${USER_OF_TEST:" + g.user + "}", "password_file": secret}, "kafka")
	g.write()
	return g
}

func (g *guarded) write() {
	g.Helper()
	var err error
	if g.file, err = g.config.Write(g.secured.Seeds); err != nil {
		g.Fatal(err)
	}
}

func (g *guarded) ctx() context.Context {
	ctx, cancel := context.WithTimeout(g.Context(), patience)
	g.Cleanup(cancel)
	return ctx
}

// sluice runs plan or apply as the administrator.
func (g *guarded) sluice(args ...string) string {
	g.Helper()
	out, _ := command(g.ctx(), nil, binary, append(args, "--timeout", "1m", "--config", g.file, "--as", g.as)...)
	return out
}

// applied runs apply, which must do so many steps and fail none.
func (g *guarded) applied(steps int) {
	g.Helper()
	if out := g.sluice("apply", "--inputs"); !strings.Contains(out, fmt.Sprintf("\n%d done, 0 failed, 0 for a human, ", steps)) {
		g.Fatalf("apply says\n%s\nwant %d done", out, steps)
	}
}

// differences are what plan would do, in short.
func (g *guarded) differences() (list []string) {
	g.Helper()
	var plan struct {
		Surplus []string
		Steps   []struct{ Action, Name, What string }
	}
	if out := g.sluice("plan", "--json"); json.Unmarshal([]byte(out), &plan) != nil || len(plan.Surplus) > 0 {
		g.Fatalf("plan says %s", out)
	}
	for _, s := range plan.Steps {
		if s.Action != "fine" {
			list = append(list, strings.ReplaceAll(s.Name+" "+s.What, g.prefix, ""))
		}
	}
	return list
}

// granted is every permission that plan would grant on an empty cluster.
func (g *guarded) granted() []string {
	g.Helper()
	return slices.DeleteFunc(g.differences(), func(s string) bool { return !strings.HasPrefix(s, "User:") })
}

// send sends a good and a bad record to both inputs.
func (g *guarded) send() {
	g.Helper()
	for topic, schema := range map[string]string{"shop.orders": "order", "shop.refunds": "refund"} {
		for _, reason := range []string{"", "schema_violation"} {
			all := fixtures(g, "sales", schema)
			i := slices.IndexFunc(all, func(f fixture) bool { return f.reason == reason })
			record := &kgo.Record{Topic: g.prefix + topic, Key: []byte("k"), Value: all[i].value}
			if err := g.client.ProduceSync(g.ctx(), record).FirstErr(); err != nil {
				g.Fatal(err)
			}
		}
	}
}

// await counts what is in the outputs, from their beginning, until a condition
// is met, which says what it still waits for.
func (g *guarded) await(met func() (bool, string)) {
	g.Helper()
	opts := append(g.secured.Connect(), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(50*time.Millisecond))
	names := make([]string, len(outputs))
	for i, topic := range outputs {
		names[i] = g.prefix + topic
	}
	opts = append(opts, kgo.ConsumeTopics(names...))
	reader, err := kgo.NewClient(opts...)
	if err != nil {
		g.Fatal(err)
	}
	defer reader.Close()
	clear(g.found)
	for ctx := g.ctx(); ; {
		turn, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		reader.PollFetches(turn).EachRecord(func(r *kgo.Record) { g.found[strings.TrimPrefix(r.Topic, g.prefix)]++ })
		cancel()
		ok, now := met()
		if ok {
			return
		}
		if ctx.Err() != nil {
			g.Fatalf("waited %s: %s, found %v", patience, now, g.found)
		}
	}
}

var outputs = []string{"sales.orders.v1", "sales.orders.v1.dlq", "sales.refunds.v1", "sales.refunds.v1.dlq"}

// flowed says whether outputs have a record.
func (g *guarded) flowed(topics []string) bool {
	return !slices.ContainsFunc(topics, func(topic string) bool { return g.found[topic] == 0 })
}

func (g *guarded) start() *service.Process {
	g.Helper()
	p, err := service.Start(binary, g.file)
	if err != nil {
		g.Fatal(err)
	}
	g.Cleanup(func() {
		p.Kill()
		if g.Failed() {
			g.Logf("the service's log:\n%s", p.Log())
		}
	})
	return p
}

// ready is what /readyz?verbose says.
func (g *guarded) ready(p *service.Process) (ok bool, said string) {
	body, code, err := p.Get(g.ctx(), "/readyz?verbose")
	if err != nil {
		return false, err.Error()
	}
	return code == http.StatusOK, strings.ReplaceAll(string(body), g.prefix, "")
}

// remove takes one permission of the service away.
func (g *guarded) remove(permission string) {
	g.Helper()
	words := strings.Fields(permission)
	operation, resource, name := words[0], words[1], g.prefix+words[2]
	op, err := kmsg.ParseACLOperation(operation)
	if err != nil {
		g.Fatal(err)
	}
	pattern := kadm.ACLPatternLiteral
	if whole, prefixed := strings.CutSuffix(name, "*"); prefixed {
		name, pattern = whole, kadm.ACLPatternPrefixed
	}
	b := kadm.NewACLs().Allow("User:" + g.user).AllowHosts().Operations(op).ResourcePatternType(pattern)
	switch resource {
	case "group":
		b.Groups(name)
	case "transactional_id":
		b.TransactionalIDs(name)
	default:
		b.Topics(name)
	}
	answers, err := g.admin.DeleteACLs(g.ctx(), b)
	if err != nil || len(answers) != 1 || len(answers[0].Deleted) != 1 {
		g.Fatalf("remove %s: %+v %v", permission, answers, err)
	}
	g.awaitRemoved(permission)
}

func (g *guarded) awaitRemoved(permission string) {
	g.Helper()
	wait(g.T, permission+" to be gone", func() (bool, string) {
		left := g.differences()
		return len(left) == 1, fmt.Sprint(left)
	})
}

// applied0 runs apply where nothing is left to do.
func (g *guarded) applied0() {
	g.Helper()
	if out := g.sluice("apply"); !strings.HasPrefix(out, "0 done, 0 failed, 0 for a human, ") {
		g.Errorf("apply says\n%s\nwant nothing done", out)
	}
}
