package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/config"
)

// found is what the cluster has of what a configuration asks for.
type found struct {
	topics map[string]*foundTopic // those that exist
	acls   []acl                  // of the principals that are asked for
}

type foundTopic struct {
	partitions int
	// replication is the least of its partitions.
	replication int
	settings    map[string]string
	empty       bool // surely
}

// Look compares a configuration with the cluster that the client speaks to. It
// changes nothing. An error means that it could not look.
func Look(ctx context.Context, client *kgo.Client, cfg *config.Config, o Options) (*Plan, error) {
	admin := kadm.NewClient(client)
	metadata, err := admin.BrokerMetadata(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the brokers %v for metadata: %w", cfg.Kafka.Brokers, err)
	}
	want := topics(cfg)
	allowed := permissions(cfg, want)
	have := found{topics: make(map[string]*foundTopic)}
	if err := have.lookAtTopics(ctx, admin, want); err != nil {
		return nil, err
	}
	if err := have.lookAtACLs(ctx, admin, allowed); err != nil {
		return nil, err
	}
	p := &Plan{Cluster: metadata.Cluster, Surplus: []string{}}
	c := comparison{Options: o, have: &have, brokers: cfg.Kafka.Brokers, plan: p}
	for i := range want {
		c.topic(&want[i])
	}
	for i := range allowed {
		c.permission(&allowed[i])
	}
	c.surplus(cfg.Kafka.Principal, allowed)
	return p, nil
}

func (f *found) lookAtTopics(ctx context.Context, admin *kadm.Client, want []topic) error {
	names := make([]string, len(want))
	for i := range want {
		names[i] = want[i].name
	}
	details, err := admin.ListTopicsWithInternal(ctx, names...)
	if err != nil {
		return fmt.Errorf("ask for topics: %w", err)
	}
	var exist, written []string
	for i := range want {
		name := want[i].name
		d, ok := details[name]
		switch {
		case !ok || errors.Is(d.Err, kerr.UnknownTopicOrPartition):
			continue
		case d.Err != nil:
			return fmt.Errorf("look at topic %s: %w%s", name, d.Err, needs(d.Err, "Describe on the topic"))
		}
		t := &foundTopic{partitions: len(d.Partitions)}
		for _, p := range d.Partitions {
			if t.replication == 0 || len(p.Replicas) < t.replication {
				t.replication = len(p.Replicas)
			}
		}
		f.topics[name] = t
		exist = append(exist, name)
		if want[i].role != input {
			written = append(written, name)
		}
	}
	if err := f.lookAtSettings(ctx, admin, written); err != nil {
		return err
	}
	f.lookForRecords(ctx, admin, exist)
	return nil
}

func (f *found) lookAtSettings(ctx context.Context, admin *kadm.Client, names []string) error {
	if len(names) == 0 {
		return nil
	}
	configs, err := admin.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return fmt.Errorf("ask for the settings of topics: %w%s", err, needs(err, "DescribeConfigs on the topics"))
	}
	for _, c := range configs {
		if c.Err != nil {
			return fmt.Errorf("look at the settings of topic %s: %w%s", c.Name, c.Err, needs(c.Err, "DescribeConfigs on the topics"))
		}
		t := f.topics[c.Name]
		t.settings = make(map[string]string, len(c.Configs))
		for _, kv := range c.Configs {
			t.settings[kv.Key] = kv.MaybeValue()
		}
	}
	return nil
}

// lookForRecords finds out which topics are empty. Where that cannot be told,
// a topic counts as one with records.
func (f *found) lookForRecords(ctx context.Context, admin *kadm.Client, names []string) {
	if len(names) == 0 {
		return
	}
	starts, err := admin.ListStartOffsets(ctx, names...)
	if err != nil {
		return
	}
	ends, err := admin.ListEndOffsets(ctx, names...)
	if err != nil {
		return
	}
	for _, name := range names {
		t := f.topics[name]
		seen := 0
		for p, end := range ends[name] {
			if start, ok := starts.Lookup(name, p); ok && start.Err == nil && end.Err == nil && start.Offset == end.Offset {
				seen++
			}
		}
		t.empty = seen == t.partitions
	}
}

func (f *found) lookAtACLs(ctx context.Context, admin *kadm.Client, want []permission) error {
	if len(want) == 0 {
		return nil
	}
	principals := []string{everybody}
	for i := range want {
		if !slices.Contains(principals, want[i].principal) {
			principals = append(principals, want[i].principal)
		}
	}
	results, err := admin.DescribeACLs(ctx, kadm.NewACLs().AnyResource().ResourcePatternType(kadm.ACLPatternAny).
		Allow(principals...).AllowHosts().Deny(principals...).DenyHosts().Operations(kadm.OpAny))
	if err != nil {
		return fmt.Errorf("ask for ACLs: %w", err)
	}
	for _, r := range results {
		switch {
		case errors.Is(r.Err, kerr.SecurityDisabled):
			return fmt.Errorf("look at ACLs: %w: the cluster has no authorizer: turn one on, or remove kafka.principal and readers from the configuration", r.Err)
		case r.Err != nil:
			return fmt.Errorf("look at ACLs: %w%s", r.Err, needs(r.Err, "Describe on the cluster"))
		}
		for _, d := range r.Described {
			f.acls = append(f.acls, acl{
				principal: d.Principal, host: d.Host, operation: d.Operation, resource: d.Type, name: d.Name,
				prefixed: d.Pattern == kadm.ACLPatternPrefixed, deny: d.Permission == kmsg.ACLPermissionTypeDeny,
			})
		}
	}
	return nil
}

// needs says what permission an error of Kafka's asks for.
func needs(err error, what string) string {
	if errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.ClusterAuthorizationFailed) {
		return ": who plans and applies needs " + what
	}
	return ""
}
