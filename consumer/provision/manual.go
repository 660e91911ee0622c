package provision

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The commands of Kafka's own tools, for what a human decides.

func tool(name string, brokers []string) string {
	return name + ".sh --bootstrap-server " + strings.Join(brokers, ",")
}

func createCommand(brokers []string, n *newTopic) string {
	s := tool("kafka-topics", brokers) + " --create --topic " + n.topic
	if n.partitions > 0 {
		s += fmt.Sprintf(" --partitions %d", n.partitions)
	}
	if n.replication > 0 {
		s += fmt.Sprintf(" --replication-factor %d", n.replication)
	}
	return s
}

func configCommand(brokers []string, topic string, s setting) string {
	value := s.value
	if strings.Contains(value, ",") {
		value = "[" + value + "]"
	}
	return fmt.Sprintf("%s --alter --topic %s --add-config %s=%s", tool("kafka-configs", brokers), topic, s.key, value)
}

func reassignCommand(brokers []string, topic string) string {
	return fmt.Sprintf("%s --execute --reassignment-json-file FILE, with the new replicas of %s in FILE",
		tool("kafka-reassign-partitions", brokers), topic)
}

// removeCommand removes a denial.
func removeCommand(brokers []string, a *acl) string {
	resource := map[kmsg.ACLResourceType]string{
		kmsg.ACLResourceTypeTopic:           "--topic",
		kmsg.ACLResourceTypeGroup:           "--group",
		kmsg.ACLResourceTypeTransactionalId: "--transactional-id",
	}[a.resource]
	pattern := ""
	if a.prefixed {
		pattern = " --resource-pattern-type prefixed"
	}
	return fmt.Sprintf("%s --remove --deny-principal %s --deny-host %s --operation %s %s %s%s", tool("kafka-acls", brokers),
		a.principal, a.host, operationName(a.operation), resource, a.name, pattern)
}

// operationName is an operation as Kafka's tools and documentation write it.
func operationName(o kadm.ACLOperation) string {
	var b strings.Builder
	for word := range strings.SplitSeq(o.String(), "_") {
		b.WriteString(word[:1] + strings.ToLower(word[1:]))
	}
	return b.String()
}
