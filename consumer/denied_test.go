package consumer

import (
	"errors"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// A topic that may not be looked at hides no other.
func TestDeniedTopicsHideNoOthers(t *testing.T) {
	t.Parallel()
	may := func(topic string, operation kmsg.ACLOperation) kfake.ACL {
		return kfake.ACL{
			Resource: kmsg.ACLResourceTypeTopic, Name: topic, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: operation, Allow: true,
		}
	}
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.SeedTopics(2, "in", "out", "closed"),
		kfake.User("PLAIN", "service", "secret", may("in", kmsg.ACLOperationRead), may("out", kmsg.ACLOperationWrite),
			may("in", kmsg.ACLOperationDescribeConfigs)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.SASL(plain.Auth{User: "service", Pass: "secret"}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	admin := kadm.NewClient(client)
	found, err := details(t.Context(), admin, "in", "out", "closed", "none")
	if err != nil || len(found["in"].Partitions) != 2 || len(found["out"].Partitions) != 2 || !errors.Is(found["closed"].Err, kerr.TopicAuthorizationFailed) {
		t.Errorf("%+v %v", found, err)
	}
	if why := missing(found, "closed", "write"); why != "TOPIC_AUTHORIZATION_FAILED: the service may not write it" {
		t.Error(why)
	}
	configs, unread := settings(t.Context(), admin, "in", "out")
	if len(configs) != 1 || configs[0].Name != "in" || !slices.Equal(unread, []string{"out"}) {
		t.Errorf("%+v, not of %q", configs, unread)
	}
}
