package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// lacking is what happens without one permission.
type lacking struct {
	permission string   // as plan says it, without the prefix of topics and groups
	ends       bool     // the service stops with an error
	ready      string   // what /readyz says is wrong, if anything
	log        string   // what the log says
	waits      []string // outputs that get nothing meanwhile
}

// TestPermissions runs the service over TLS as a user of its own that may do
// exactly what apply grants, then takes each permission away in turn. All
// that it needs of a cluster is what plan says, and what is missing is told.
func TestPermissions(t *testing.T) {
	note := ""
	t.Parallel()
	register(t, &note, "")
	secured, err := kafka.StartSecured(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(secured.Close)
	note = "a broker of its own that checks every request"
	if !secured.Real {
		note = "kfake as the broker that checks every request"
	}
	for _, delivery := range []string{"at_least_once", "exactly_once"} {
		t.Run(delivery, func(t *testing.T) {
			t.Parallel()
			t.Run("all", func(t *testing.T) {
				t.Parallel()
				withAll(guard(t, secured, delivery))
			})
			var covered []string
			for _, without := range permissionsOf(delivery) {
				covered = append(covered, without.permission)
				t.Run(strings.ReplaceAll(without.permission, " ", "-"), func(t *testing.T) {
					t.Parallel()
					withOneLess(guard(t, secured, delivery), without)
				})
			}
			granted := guard(t, secured, delivery).granted()
			granted = slices.DeleteFunc(granted, func(p string) bool { return strings.Contains(p, "refunds") })
			for i := range granted {
				granted[i] = strings.TrimPrefix(granted[i], "User:service ")
			}
			slices.Sort(granted)
			slices.Sort(covered)
			if !slices.Equal(granted, covered) {
				t.Errorf("plan grants %q, taken away are %q", granted, covered)
			}
		})
	}
}

// permissionsOf is what each permission of the service, but for those of the
// second product, is there for.
func permissionsOf(delivery string) []lacking {
	orders := []string{"sales.orders.v1", "sales.orders.v1.dlq"}
	const denied = ": TOPIC_AUTHORIZATION_FAILED: the service may not "
	list := []lacking{
		{permission: "READ topic shop.orders", ready: "shop.orders" + denied + "read it", log: "TOPIC_AUTHORIZATION_FAILED", waits: orders},
		{permission: "WRITE topic sales.orders.v1", ready: "sales.orders.v1" + denied + "write it", log: "TOPIC_AUTHORIZATION_FAILED", waits: orders},
		{permission: "WRITE topic sales.orders.v1.dlq", ready: "sales.orders.v1.dlq" + denied + "write it", log: "TOPIC_AUTHORIZATION_FAILED", waits: orders},
		{permission: "DESCRIBE_CONFIGS topic sales.orders.v1", log: "for want of DescribeConfigs"},
		{permission: "DESCRIBE_CONFIGS topic sales.orders.v1.dlq", log: "for want of DescribeConfigs"},
		{permission: "READ group sluice", ends: true, log: "the service needs Read on the group"},
	}
	if delivery == "exactly_once" {
		list = append(list, lacking{permission: "WRITE transactional_id sluice-*", ends: true, log: "the service needs Write on the transactional id"})
	}
	return list
}

// withAll is the service with every permission, and a reader with its own.
func withAll(g *guarded) {
	g.config.Set("replay_principal", "User:"+g.prefix+"on-call", "kafka")
	g.config.Products()[0]["readers"] = []any{map[string]any{"principal": "User:" + g.prefix + "reader", "group_prefix": g.prefix + "reader"}}
	g.write()
	g.applied(8 + len(g.granted())) // topics and permissions
	if left := g.differences(); len(left) > 0 {
		g.Errorf("after apply, plan would still do %q", left)
	}
	g.applied0()
	g.send()
	p := g.start()
	g.await(func() (bool, string) {
		ready, said := g.ready(p)
		return ready && g.flowed(outputs), said
	})
	if err := p.Terminate(40 * time.Second); err != nil {
		g.Error(err)
	}
	g.reads()
	g.replays()
}

// reads reads a product as its reader, who may read nothing else.
func (g *guarded) reads() {
	g.Helper()
	if err := g.secured.AddUser(g.ctx(), g.prefix+"reader", "reader-secret"); err != nil {
		g.Fatal(err)
	}
	read := func(topic string) (int, error) {
		reader, err := kgo.NewClient(append(g.secured.ConnectAs(g.prefix+"reader", "reader-secret"),
			kgo.ConsumerGroup(g.prefix+"reader-reports"), kgo.ConsumeTopics(g.prefix+topic))...)
		if err != nil {
			g.Fatal(err)
		}
		defer reader.Close()
		fetches := reader.PollFetches(g.ctx())
		return fetches.NumRecords(), fetches.Err()
	}
	if n, err := read("sales.orders.v1"); n == 0 || err != nil {
		g.Errorf("the reader reads %d records: %v", n, err)
	}
	if n, err := read("sales.orders.v1.dlq"); n > 0 || !errors.Is(err, kerr.TopicAuthorizationFailed) {
		g.Errorf("the reader reads %d dead letters: %v", n, err)
	}
}

// replays runs replay as who may do that and no more: bad letters to where they
// were, parked, and mended to the input and the product.
func (g *guarded) replays() {
	g.Helper()
	onCall := g.prefix + "on-call"
	if err := g.secured.AddUser(g.ctx(), onCall, g.password); err != nil {
		g.Fatal(err)
	}
	mends := func(schema string) string {
		all := fixtures(g, "sales", schema)
		good := all[slices.IndexFunc(all, func(f fixture) bool { return f.reason == "" })].value
		file := filepath.Join(g.TempDir(), schema+".json")
		if err := os.WriteFile(file, fmt.Appendf(nil, `[{"op": "replace", "path": "", "value": %s}]`, good), 0o600); err != nil {
			g.Fatal(err)
		}
		return file
	}
	f := func(want string, args ...string) {
		g.Helper()
		out, _ := command(g.ctx(), []string{"USER_OF_TEST=" + onCall}, binary, append(args, "--apply", "--json", "--config", g.file)...)
		var r struct {
			Recovered, Parked int
			StillBad          int `json:"still_bad"`
		}
		_ = json.Unmarshal([]byte(out), &r) // an answer that is none recovers nothing
		if got := fmt.Sprintf("%d recovered, %d still bad, %d parked", r.Recovered, r.StillBad, r.Parked); got != want {
			g.Errorf("%s: %s, want %s\n%s", args, got, want, out)
		}
	}
	f("0 recovered, 2 still bad, 0 parked", "replay")
	f("1 recovered, 0 still bad, 0 parked", "replay", "--product", "orders", "--to", "input", "--patch", mends("order"))
	f("0 recovered, 0 still bad, 1 parked", "replay", "--product", "refunds", "--max-attempts", "1")
	f("1 recovered, 0 still bad, 0 parked", "replay", "--dlq", g.prefix+"sales.refunds.v1.dlq.parked", "--patch", mends("refund"))
}

// withOneLess takes a permission away, sees what stops and what is said, and
// gives it back.
func withOneLess(g *guarded, l lacking) {
	g.applied(6 + len(g.granted()))
	g.remove(l.permission)
	g.send()
	p := g.start()
	flow := slices.DeleteFunc(slices.Clone(outputs), func(topic string) bool { return slices.Contains(l.waits, topic) })
	if l.ends {
		select {
		case <-p.Done():
		case <-g.ctx().Done():
			g.Fatal("the service goes on")
		}
		if p.Terminate(0) == nil {
			g.Error("the service ended with code 0")
		}
	} else {
		g.await(func() (bool, string) {
			ready, said := g.ready(p)
			return ready == (l.ready == "") && strings.Contains(said, l.ready) && g.flowed(flow), said
		})
		for _, topic := range l.waits {
			if g.found[topic] > 0 {
				g.Errorf("%s got %d records", topic, g.found[topic])
			}
		}
	}
	if log := strings.ReplaceAll(p.Log(), g.prefix, ""); !strings.Contains(log, l.log) {
		g.Errorf("the log does not say %q", l.log)
	}
	if left := g.differences(); len(left) != 1 || left[0] != "User:service "+l.permission {
		g.Errorf("plan would do %q, taken away is %s", left, l.permission)
	}
	g.applied(1)
	if l.ends {
		p = g.start()
	}
	g.await(func() (bool, string) {
		ready, said := g.ready(p)
		return ready && g.flowed(outputs), said
	})
	if err := p.Terminate(40 * time.Second); err != nil {
		g.Error(err)
	}
}
