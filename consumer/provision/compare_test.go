package provision

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/config"
)

// What exists is changed where nothing can be lost; the rest is a human's.
func TestTopicsThatExist(t *testing.T) {
	t.Parallel()
	const day, week = "86400000", "604800000"
	with := func(change func(*config.TopicSettings)) *config.Config {
		cfg := domain()
		cfg.Kafka.Principal, cfg.Products = "", cfg.Products[:1]
		cfg.Products[0].Readers = nil
		change(&cfg.Products[0].Topics)
		return cfg
	}
	f := func(name string, cfg *config.Config, have foundTopic, want Action, says ...string) {
		t.Helper()
		if have.partitions == 0 {
			have.partitions = 4
		}
		if have.replication == 0 {
			have.replication = 3
		}
		settings := map[string]string{maxMessageBytes: "1130496", cleanupPolicy: "delete", retention: week, minInsyncReplicas: "1"}
		for k, v := range have.settings {
			settings[k] = v
		}
		have.settings = settings
		fine := foundTopic{partitions: 4, replication: 3, settings: map[string]string{maxMessageBytes: "1130496", cleanupPolicy: "delete"}}
		c := comparison{have: &found{topics: map[string]*foundTopic{
			"shop.orders": &fine, "sales.orders.v1": &have, "sales.dlq": &fine,
		}}, brokers: []string{"b:1"}, plan: &Plan{}}
		if name == "dead letters" {
			c.have.topics["sales.orders.v1"], c.have.topics["sales.dlq"] = &fine, &have
		}
		for _, topic := range topics(cfg) {
			if topic.role == deadLetters == (name == "dead letters") && topic.role != input {
				c.topic(&topic)
			}
		}
		if len(c.plan.Steps) != 1 {
			t.Fatalf("%s: %+v", name, c.plan.Steps)
		}
		s := c.plan.Steps[0]
		if s.Action != want || (want == Change) != (s.do != nil) || (want == Human) != (s.Why != "" && s.Manual != "") {
			t.Errorf("%s: %+v, want %s", name, s, want)
		}
		for _, part := range says {
			if !strings.Contains(s.What+"\n"+s.Why+"\n"+s.Manual, part) {
				t.Errorf("%s: %+v does not say %q", name, s, part)
			}
		}
	}
	nothing := with(func(*config.TopicSettings) {})
	f("as it is", nothing, foundTopic{}, Fine, "4 partitions")
	f("what nobody asks for is left alone", nothing, foundTopic{replication: 1, settings: map[string]string{retention: day, cleanupPolicy: "compact"}}, Fine)
	f("takes more than it needs", nothing, foundTopic{settings: map[string]string{maxMessageBytes: "9000000"}}, Fine)
	f("takes too little", nothing, foundTopic{settings: map[string]string{maxMessageBytes: "1048588"}}, Change, "max.message.bytes 1048588 → 1114112")

	twelve := with(func(s *config.TopicSettings) { s.Partitions = 12 })
	f("partitions of a full topic", twelve, foundTopic{}, Human, "partitions 4 → 12", "keys would move", "--allow-more-partitions")
	f("partitions of an empty topic", twelve, foundTopic{empty: true}, Change)
	f("fewer partitions", twelve, foundTopic{partitions: 20, empty: true}, Human, "cannot be taken away", "partitions: 20")

	two := with(func(s *config.TopicSettings) { s.Replication = 2 })
	f("replication", two, foundTopic{}, Human, "replication 3 → 2", "kafka-reassign-partitions.sh --bootstrap-server b:1", "sales.orders.v1")

	long := with(func(s *config.TopicSettings) { s.Retention = 7 * 24 * time.Hour })
	f("longer retention", long, foundTopic{settings: map[string]string{retention: day}}, Change, "retention.ms 24h → 168h")
	f("the same retention", long, foundTopic{}, Fine)
	f("retention that would end", long, foundTopic{settings: map[string]string{retention: "-1"}}, Human, "without end → 168h", "delete records",
		"kafka-configs.sh --bootstrap-server b:1 --alter --topic sales.orders.v1 --add-config retention.ms=604800000")
	f("shorter retention of nothing", long, foundTopic{empty: true, settings: map[string]string{retention: "-1"}}, Change)

	compact := with(func(s *config.TopicSettings) { s.Cleanup = config.CleanupCompact })
	f("compaction of records", compact, foundTopic{}, Human, "cleanup.policy delete → compact", "records without a key")
	f("compaction of nothing", compact, foundTopic{empty: true}, Change)
	both := with(func(s *config.TopicSettings) { s.Cleanup = config.CleanupBoth })
	f("both, in another order", both, foundTopic{settings: map[string]string{cleanupPolicy: "delete,compact"}}, Fine)
	f("both", both, foundTopic{}, Human, "cleanup.policy=[compact,delete]")

	insync := with(func(s *config.TopicSettings) { s.MinInsyncReplicas = 2 })
	f("more acknowledgements", insync, foundTopic{}, Change)
	f("more than there are replicas", insync, foundTopic{replication: 1}, Human, "would take no more records")
	f("fewer acknowledgements", insync, foundTopic{settings: map[string]string{minInsyncReplicas: "3"}}, Human, "could be lost")

	f("dead letters", nothing, foundTopic{}, Fine)
	f("dead letters", nothing, foundTopic{settings: map[string]string{maxMessageBytes: "1114112"}}, Change, "→ 1130496")
	f("dead letters", nothing, foundTopic{settings: map[string]string{cleanupPolicy: "compact"}}, Human, "loses all dead letters of a key but the last")
	f("dead letters", with(func(s *config.TopicSettings) { s.DLQRetention = 24 * time.Hour }), foundTopic{}, Human, "168h → 24h")
}

// The same on a broker: what a plan calls a change changes the topic, and
// nothing else of it.
func TestChanges(t *testing.T) {
	t.Parallel()
	_, client := cluster(t, kfake.SeedTopics(2, "shop.orders", "shop.refunds"))
	cfg := domain()
	apply(t, client, cfg, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	admin := kadm.NewClient(client)
	if _, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "segment.ms", Value: kadm.StringPtr("3600000")}}, "sales.orders.v1"); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(ctx, &kgo.Record{Topic: "sales.refunds.v1", Key: []byte("k"), Value: []byte("{}")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	cfg.Limits.RecordBytes = 2 << 20
	cfg.Products[0].Topics.Partitions, cfg.Products[1].Topics.Partitions = 4, 4
	cfg.Products[1].Topics.Cleanup = config.CleanupCompact
	want := []string{
		"~ sales.orders.v1: partitions 2 → 4", "~ sales.orders.v1: max.message.bytes 1114112 → 2162688",
		"! sales.refunds.v1: partitions 2 → 4", "~ sales.refunds.v1: max.message.bytes 1114112 → 2162688",
		"! sales.refunds.v1: cleanup.policy delete → compact",
		"~ sales.dlq: partitions 2 → 4", "~ sales.dlq: max.message.bytes 1130496 → 2179072",
	}
	same(t, differences(look(t, client, cfg, Options{})), want)
	changes := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s[0] == '!' })
	same(t, apply(t, client, cfg, Options{}), changes)
	same(t, differences(look(t, client, cfg, Options{})), []string{want[2], want[4]})
	configs, err := admin.DescribeTopicConfigs(ctx, "sales.orders.v1")
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range configs[0].Configs {
		if kv.Key == "segment.ms" && kv.MaybeValue() != "3600000" {
			t.Errorf("segment.ms is %s now", kv.MaybeValue())
		}
	}
	same(t, apply(t, client, cfg, Options{MorePartitions: true}), []string{"~ sales.refunds.v1: partitions 2 → 4"})
}

func TestSharedTopicsGetTheMost(t *testing.T) {
	t.Parallel()
	cfg := domain()
	cfg.Unmatched = config.Unmatched{Action: config.UnmatchedDeadLetter, Topic: "sales.dlq"}
	cfg.Topics = config.TopicSettings{Replication: 1}
	cfg.Products[0].Topics = config.TopicSettings{Partitions: 3, Replication: 2, DLQRetention: time.Hour, MinInsyncReplicas: 1}
	cfg.Products[1].Topics = config.TopicSettings{Partitions: 9, DLQRetention: 48 * time.Hour}
	all := topics(cfg)
	dlq := all[len(all)-1]
	if dlq.name != "sales.dlq" || dlq.partitions != 9 || dlq.replication != 2 || dlq.purpose() != "dead letters of orders, refunds" || len(dlq.inputs) != 2 {
		t.Errorf("%+v", dlq)
	}
	want := []setting{
		{maxMessageBytes, "1130496", atLeast}, {cleanupPolicy, "delete", words}, {retention, "172800000", number}, {minInsyncReplicas, "1", number},
	}
	if !slices.Equal(dlq.settings, want) {
		t.Errorf("%+v", dlq.settings)
	}
}

func TestPermissionsOfExactlyOnce(t *testing.T) {
	t.Parallel()
	cfg := domain()
	cfg.Delivery = config.ExactlyOnce
	all := permissions(cfg, topics(cfg))
	i := slices.IndexFunc(all, func(p permission) bool { return p.resource == kmsg.ACLResourceTypeTransactionalId })
	if i < 0 || all[i].String() != "WRITE transactional_id sluice-sales-*" || all[i].principal != cfg.Kafka.Principal {
		t.Errorf("%v", all)
	}
}

func TestWhatReplayNeeds(t *testing.T) {
	t.Parallel()
	cfg := domain()
	cfg.Delivery, cfg.Products = config.ExactlyOnce, cfg.Products[:1]
	cfg.Kafka.Principal, cfg.Products[0].Readers = "", nil
	cfg.Kafka.ReplayPrincipal = "User:on-call"
	cfg.Products[0].Topics.Partitions = 6
	all := topics(cfg)
	if p := all[len(all)-1]; len(all) != 4 || p.name != "sales.dlq.parked" || p.purpose() != "parked dead letters of orders" || p.partitions != 0 || len(p.settings) != 2 {
		t.Errorf("%+v", all)
	}
	var got []string
	for _, p := range permissions(cfg, all) {
		if p.principal != "User:on-call" {
			t.Errorf("%+v", p)
		}
		got = append(got, p.String())
	}
	same(t, got, []string{
		"WRITE topic shop.orders", "WRITE topic sales.orders.v1", "READ topic sales.dlq", "WRITE topic sales.dlq",
		"READ topic sales.dlq.parked", "WRITE topic sales.dlq.parked",
		"READ group sluice-sales-replay", "WRITE transactional_id sluice-sales-replay",
	})
}

// Which entries of a cluster give or take a permission.
func TestEntries(t *testing.T) {
	t.Parallel()
	const topic, group = kmsg.ACLResourceTypeTopic, kmsg.ACLResourceTypeGroup
	read := permission{principal: "User:a", operation: kadm.OpRead, resource: topic, name: "x.y"}
	groups := permission{principal: "User:a", operation: kadm.OpRead, resource: group, name: "a-", prefixed: true}
	f := func(p *permission, a acl, grants, denies bool) {
		t.Helper()
		if a.host == "" {
			a.host = "*"
		}
		if a.principal == "" {
			a.principal = "User:a"
		}
		if a.deny = false; a.grants(p) != grants {
			t.Errorf("%+v grants %s: %t", a, p, !grants)
		}
		if a.deny = true; a.denies(p) != denies || a.grants(p) {
			t.Errorf("%+v denies %s: %t", a, p, !denies)
		}
	}
	f(&read, acl{operation: kadm.OpRead, resource: topic, name: "x.y"}, true, true)
	f(&read, acl{operation: kadm.OpAll, resource: topic, name: "*"}, true, true)
	f(&read, acl{operation: kadm.OpRead, resource: topic, name: "x.", prefixed: true}, true, true)
	f(&read, acl{principal: "User:*", operation: kadm.OpRead, resource: topic, name: "x.y"}, true, true)
	f(&read, acl{host: "10.0.0.1", operation: kadm.OpRead, resource: topic, name: "x.y"}, false, true)
	f(&read, acl{operation: kadm.OpWrite, resource: topic, name: "x.y"}, false, false)
	f(&read, acl{operation: kadm.OpRead, resource: group, name: "x.y"}, false, false)
	f(&read, acl{operation: kadm.OpRead, resource: topic, name: "x."}, false, false)
	f(&read, acl{operation: kadm.OpRead, resource: topic, name: "x.yz", prefixed: true}, false, false)
	f(&read, acl{principal: "User:b", operation: kadm.OpRead, resource: topic, name: "x.y"}, false, false)
	f(&groups, acl{operation: kadm.OpRead, resource: group, name: "a-", prefixed: true}, true, true)
	f(&groups, acl{operation: kadm.OpRead, resource: group, name: "a", prefixed: true}, true, true)
	f(&groups, acl{operation: kadm.OpRead, resource: group, name: "*"}, true, true)
	f(&groups, acl{operation: kadm.OpRead, resource: group, name: "a-"}, false, true) // one of its groups
	f(&groups, acl{operation: kadm.OpRead, resource: group, name: "a-b", prefixed: true}, false, true)
	if !implies(kadm.OpAlterConfigs, kadm.OpDescribeConfigs) || !implies(kadm.OpWrite, kadm.OpDescribe) || implies(kadm.OpDescribe, kadm.OpRead) {
		t.Error("what follows from what")
	}
}
