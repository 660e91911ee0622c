package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"go.uber.org/goleak"

	"github.com/sluicedata/sluice/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// domain is a configuration with two products, a shared dead-letter topic and
// a reader.
func domain() *config.Config {
	cfg := config.Default()
	cfg.Domain, cfg.Kafka.Group, cfg.Kafka.Principal = "sales", "sluice-sales", "User:sluice-sales"
	cfg.Kafka.Brokers = []string{"broker:9092"}
	cfg.Products = []config.Product{
		{
			Name: "orders", Input: config.Topics{"shop.orders"}, Output: "sales.orders.v1", DLQ: "sales.dlq",
			Readers: []config.Reader{{Principal: "User:analytics", GroupPrefix: "analytics-"}},
		},
		{Name: "refunds", Input: config.Topics{"shop.refunds"}, Output: "sales.refunds.v1", DLQ: "sales.dlq"},
	}
	return &cfg
}

// cluster is a Kafka with an authorizer, and a client of its administrator.
func cluster(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, *kgo.Client) {
	t.Helper()
	fake, err := kfake.NewCluster(append([]kfake.Opt{
		kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("PLAIN", "admin", "secret"),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	return fake, connect(t, fake, "admin")
}

func connect(t *testing.T, fake *kfake.Cluster, user string) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.SASL(plain.Auth{User: user, Pass: "secret"}.AsMechanism()),
		kgo.MetadataMinAge(10*time.Millisecond), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func look(t *testing.T, client *kgo.Client, cfg *config.Config, o Options) *Plan {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	plan, err := Look(ctx, client, cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// apply looks and applies, and returns a line for each step that was told.
func apply(t *testing.T, client *kgo.Client, cfg *config.Config, o Options) (lines []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	Apply(ctx, client, cfg, o, look(t, client, cfg, o), func(s *Step, err error) {
		line := fmt.Sprintf("%s %s: %s", s.Action.Sign(), s.Name, s.What)
		if err != nil {
			line += ": " + err.Error()
		}
		lines = append(lines, line)
	})
	return lines
}

// differences are the steps of a plan that are not fine.
func differences(p *Plan) (lines []string) {
	for _, s := range p.Steps {
		if s.Action != Fine {
			lines = append(lines, fmt.Sprintf("%s %s: %s", s.Action.Sign(), s.Name, s.What))
		}
	}
	return lines
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestApplyMakesWhatIsMissingOnce(t *testing.T) {
	t.Parallel()
	fake, client := cluster(t, kfake.SeedTopics(3, "shop.orders"), kfake.SeedTopics(5, "shop.refunds"))
	var grants atomic.Int32
	fake.ControlKey(int16(kmsg.CreateACLs), func(kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		grants.Add(1)
		return nil, nil, false
	})
	cfg := domain()
	want := []string{
		"+ sales.orders.v1: 3 partitions, max.message.bytes 1114112",
		"+ sales.refunds.v1: 5 partitions, max.message.bytes 1114112",
		"+ sales.dlq: 5 partitions, max.message.bytes 1130496, cleanup.policy delete",
		"+ User:sluice-sales: READ topic shop.orders",
		"+ User:sluice-sales: READ topic shop.refunds",
		"+ User:sluice-sales: WRITE topic sales.orders.v1",
		"+ User:sluice-sales: DESCRIBE_CONFIGS topic sales.orders.v1",
		"+ User:sluice-sales: WRITE topic sales.refunds.v1",
		"+ User:sluice-sales: DESCRIBE_CONFIGS topic sales.refunds.v1",
		"+ User:sluice-sales: WRITE topic sales.dlq",
		"+ User:sluice-sales: DESCRIBE_CONFIGS topic sales.dlq",
		"+ User:sluice-sales: READ group sluice-sales",
		"+ User:analytics: READ topic sales.orders.v1",
		"+ User:analytics: READ group analytics-*",
	}
	same(t, differences(look(t, client, cfg, Options{})), want)
	same(t, apply(t, client, cfg, Options{}), want)
	if n := grants.Load(); n != 1 {
		t.Errorf("permissions took %d requests", n)
	}
	again := look(t, client, cfg, Options{})
	same(t, differences(again), nil)
	if again.Count(Fine) != len(again.Steps) || len(again.Steps) != 16 || len(again.Surplus) != 0 {
		t.Errorf("%+v", again)
	}
	same(t, apply(t, client, cfg, Options{}), nil)
	// What the cluster itself says that it has.
	admin := kadm.NewClient(client)
	topics, err := admin.ListTopics(t.Context(), "sales.orders.v1", "sales.refunds.v1", "sales.dlq")
	if err != nil || len(topics["sales.orders.v1"].Partitions) != 3 || len(topics["sales.refunds.v1"].Partitions) != 5 || len(topics["sales.dlq"].Partitions) != 5 {
		t.Error(topics, err)
	}
}

func TestInputsAreOfTheirOwners(t *testing.T) {
	t.Parallel()
	_, client := cluster(t)
	cfg := domain()
	cfg.Kafka.Principal, cfg.Products[0].Readers = "", nil
	cfg.Products[0].Topics.Partitions = 2
	same(t, differences(look(t, client, cfg, Options{})), []string{
		"! shop.orders: does not exist", "! shop.refunds: does not exist",
		"+ sales.orders.v1: 2 partitions, max.message.bytes 1114112",
		"+ sales.refunds.v1: partitions by the cluster's default, max.message.bytes 1114112",
		"+ sales.dlq: 2 partitions, max.message.bytes 1130496, cleanup.policy delete",
	})
	made := apply(t, client, cfg, Options{Inputs: true})
	if len(made) != 5 || made[0] != "+ shop.orders: 2 partitions" || made[1] != "+ shop.refunds: partitions by the cluster's default" {
		t.Errorf("%q", made)
	}
	same(t, differences(look(t, client, cfg, Options{})), nil)
}

func TestPartialFailureIsFinishedByTheNextRun(t *testing.T) {
	t.Parallel()
	fake, client := cluster(t, kfake.SeedTopics(1, "shop.orders", "shop.refunds"))
	cfg := domain()
	refuse := true
	fake.ControlKey(int16(kmsg.CreateTopics), func(r kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		req := r.(*kmsg.CreateTopicsRequest)
		if !refuse || req.Topics[0].Topic != "sales.refunds.v1" {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.CreateTopicsResponse)
		st := kmsg.NewCreateTopicsResponseTopic()
		st.Topic, st.ErrorCode, st.ErrorMessage = "sales.refunds.v1", 44, kmsg.StringPtr("topics end with a team's name here")
		resp.Topics = append(resp.Topics, st)
		return resp, nil, true
	})
	told := apply(t, client, cfg, Options{})
	failed := slices.DeleteFunc(slices.Clone(told), func(s string) bool { return !strings.Contains(s, "POLICY_VIOLATION") })
	if len(told) != 14 || len(failed) != 1 || !strings.Contains(failed[0], "sales.refunds.v1") || !strings.Contains(failed[0], "team's name here") {
		t.Errorf("%q", told)
	}
	left := []string{"+ sales.refunds.v1: 1 partition, max.message.bytes 1114112"}
	same(t, differences(look(t, client, cfg, Options{})), left)
	refuse = false
	same(t, apply(t, client, cfg, Options{}), left)
	same(t, differences(look(t, client, cfg, Options{})), nil)
}

func TestLostClusterLeavesTheRestUntried(t *testing.T) {
	t.Parallel()
	fake, client := cluster(t, kfake.SeedTopics(1, "shop.orders", "shop.refunds"))
	cfg := domain()
	plan := look(t, client, cfg, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	fake.ControlKey(int16(kmsg.CreateTopics), func(kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		cancel()
		return nil, nil, false
	})
	notTried := 0
	done := Apply(ctx, client, cfg, Options{}, plan, func(_ *Step, err error) {
		if err == ErrNotTried { //nolint:errorlint // told as it is
			notTried++
		}
	})
	if done > 1 || notTried < 12 {
		t.Errorf("%d done, %d not tried", done, notTried)
	}
}

func TestTooLittlePermissionIsNamed(t *testing.T) {
	t.Parallel()
	describe := func(resource kmsg.ACLResourceType, name string, op kmsg.ACLOperation) kfake.ACL {
		return kfake.ACL{Resource: resource, Name: name, Pattern: kmsg.ACLResourcePatternTypePrefixed, Operation: op, Allow: true}
	}
	fake, _ := cluster(t, kfake.SeedTopics(1, "shop.orders", "shop.refunds", "sales.orders.v1"),
		kfake.User("PLAIN", "nobody", "secret"),
		kfake.User("PLAIN", "some", "secret", describe(kmsg.ACLResourceTypeTopic, "s", kmsg.ACLOperationDescribe)),
		kfake.User("PLAIN", "more", "secret", describe(kmsg.ACLResourceTypeTopic, "s", kmsg.ACLOperationDescribe),
			describe(kmsg.ACLResourceTypeTopic, "s", kmsg.ACLOperationDescribeConfigs)))
	for user, want := range map[string]string{
		"nobody": "TOPIC_AUTHORIZATION_FAILED", "some": "needs DescribeConfigs on the topics", "more": "needs Describe on the cluster",
	} {
		_, err := Look(t.Context(), connect(t, fake, user), domain(), Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", user, err, want)
		}
	}
}

func TestSurplusAndDenials(t *testing.T) {
	t.Parallel()
	_, client := cluster(t, kfake.SeedTopics(1, "shop.orders", "shop.refunds"))
	cfg := domain()
	apply(t, client, cfg, Options{})
	admin := kadm.NewClient(client)
	for _, b := range []*kadm.ACLBuilder{
		kadm.NewACLs().Topics("other").Allow("User:sluice-sales").Operations(kadm.OpAlter).ResourcePatternType(kadm.ACLPatternLiteral),
		kadm.NewACLs().Topics("sales.").Deny("User:*").Operations(kadm.OpWrite).ResourcePatternType(kadm.ACLPatternPrefixed),
	} {
		if _, err := admin.CreateACLs(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	plan := look(t, client, cfg, Options{})
	same(t, plan.Surplus, []string{"ALTER topic other"})
	same(t, differences(plan), []string{
		"! User:sluice-sales: WRITE topic sales.orders.v1", "! User:sluice-sales: WRITE topic sales.refunds.v1", "! User:sluice-sales: WRITE topic sales.dlq",
	})
	i := slices.IndexFunc(plan.Steps, func(s Step) bool { return s.Action == Human })
	if s := plan.Steps[i]; s.Manual != "kafka-acls.sh --bootstrap-server broker:9092 --remove --deny-principal User:* --deny-host * --operation Write --topic sales. --resource-pattern-type prefixed" {
		t.Error(s.Manual)
	}
	same(t, apply(t, client, cfg, Options{}), nil)
}

func TestClusterWithoutAuthorizer(t *testing.T) {
	t.Parallel()
	fake, client := cluster(t, kfake.SeedTopics(1, "shop.orders", "shop.refunds"))
	fake.ControlKey(int16(kmsg.DescribeACLs), func(r kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		resp := r.ResponseKind().(*kmsg.DescribeACLsResponse)
		resp.ErrorCode = 54 // SECURITY_DISABLED
		return resp, nil, true
	})
	cfg := domain()
	if _, err := Look(t.Context(), client, cfg, Options{}); err == nil || !strings.Contains(err.Error(), "no authorizer") {
		t.Error(err)
	}
	cfg.Kafka.Principal, cfg.Products[0].Readers = "", nil
	look(t, client, cfg, Options{})
}
