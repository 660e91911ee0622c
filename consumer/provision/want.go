package provision

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/replay"
)

// role is what the service does with a topic.
type role uint8

const (
	_ role = iota
	input
	output
	deadLetters
	parked
)

// topic is a topic as the configuration asks for it.
type topic struct {
	name string
	role role
	// products that use it; none for the topic of unmatched records.
	products []string
	// partitions is 0 where it is as many as the largest of inputs has.
	partitions int
	inputs     []string
	// replication is 0 where the cluster decides.
	replication int
	settings    []setting
}

// purpose says what the topic is there for.
func (t *topic) purpose() string {
	of := strings.Join(t.products, ", ")
	if len(t.products) > 3 {
		of = strconv.Itoa(len(t.products)) + " products"
	}
	switch {
	case t.role == input:
		return "input of " + of
	case t.role == output:
		return "output of " + of
	case of == "":
		of = "unmatched records"
	default:
		of = "dead letters of " + of
	}
	if t.role == parked {
		return "parked " + of
	}
	return of
}

// rule says which values of a setting will do, and which way is safe.
type rule uint8

const (
	_ rule = iota
	// atLeast is met by more; more is safe.
	atLeast
	// number is met exactly; more is safe, less loses something.
	number
	// words are met exactly, in any order; another way loses something.
	words
)

// setting is a topic setting by Kafka's name.
type setting struct {
	key, value string
	rule       rule
}

// The settings that are looked at.
const (
	maxMessageBytes   = "max.message.bytes"
	retention         = "retention.ms"
	cleanupPolicy     = "cleanup.policy"
	minInsyncReplicas = "min.insync.replicas"
)

// topics returns every topic of a configuration once: inputs, outputs, dead
// letters, and what replay parks if that is asked for.
func topics(cfg *config.Config) []topic {
	var inputs, outputs, dlqs []topic
	for i := range cfg.Products {
		p := &cfg.Products[i]
		for _, name := range p.Input {
			inputs = merge(inputs, topic{
				name: name, role: input, products: []string{p.Name},
				partitions: p.Topics.Partitions, replication: p.Topics.Replication,
			})
		}
		outputs = append(outputs, topic{
			name: p.Output, role: output, products: []string{p.Name}, inputs: p.Input,
			partitions: p.Topics.Partitions, replication: p.Topics.Replication, settings: outputSettings(cfg, p),
		})
		dlqs = merge(dlqs, deadLetterTopic(cfg, p.DLQ, &p.Topics, []string{p.Name}, p.Input))
	}
	if cfg.Unmatched.Topic != "" {
		var all []string
		for i := range inputs {
			all = append(all, inputs[i].name)
		}
		dlqs = merge(dlqs, deadLetterTopic(cfg, cfg.Unmatched.Topic, &cfg.Topics, nil, all))
	}
	all := slices.Concat(inputs, outputs, dlqs)
	if cfg.Kafka.ReplayPrincipal != "" {
		for _, t := range dlqs {
			// Few records come here, and nobody waits for them.
			t.name, t.role, t.partitions, t.inputs = t.name+replay.ParkedSuffix, parked, 0, nil
			all = append(all, t)
		}
	}
	return all
}

func outputSettings(cfg *config.Config, p *config.Product) []setting {
	s := []setting{{maxMessageBytes, strconv.FormatInt(int64(cfg.Limits.OutputBytes()), 10), atLeast}}
	if p.Topics.Retention > 0 {
		s = append(s, setting{retention, milliseconds(p.Topics.Retention), number})
	}
	if p.Topics.Cleanup != "" {
		s = append(s, setting{cleanupPolicy, string(p.Topics.Cleanup), words})
	}
	return append(s, insync(&p.Topics)...)
}

// deadLetterTopic is never compacted: of the dead letters of one key all but
// the last would be lost.
func deadLetterTopic(cfg *config.Config, name string, t *config.TopicSettings, products, inputs []string) topic {
	s := []setting{
		{maxMessageBytes, strconv.FormatInt(int64(cfg.Limits.DeadLetterBytes()), 10), atLeast},
		{cleanupPolicy, string(config.CleanupDelete), words},
	}
	if t.DLQRetention > 0 {
		s = append(s, setting{retention, milliseconds(t.DLQRetention), number})
	}
	return topic{
		name: name, role: deadLetters, products: products, inputs: inputs,
		partitions: t.Partitions, replication: t.Replication, settings: append(s, insync(t)...),
	}
}

func insync(t *config.TopicSettings) []setting {
	if t.MinInsyncReplicas == 0 {
		return nil
	}
	return []setting{{minInsyncReplicas, strconv.Itoa(t.MinInsyncReplicas), number}}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// merge adds a topic to a list. One that products share gets the most that any
// of them asks for.
func merge(list []topic, t topic) []topic {
	i := slices.IndexFunc(list, func(have topic) bool { return have.name == t.name })
	if i < 0 {
		return append(list, t)
	}
	have := &list[i]
	have.products = slices.Concat(have.products, t.products)
	have.partitions = max(have.partitions, t.partitions)
	have.replication = max(have.replication, t.replication)
	for _, name := range t.inputs {
		if !slices.Contains(have.inputs, name) {
			have.inputs = append(slices.Clip(have.inputs), name)
		}
	}
	for _, s := range t.settings {
		j := slices.IndexFunc(have.settings, func(x setting) bool { return x.key == s.key })
		switch {
		case j < 0:
			have.settings = append(have.settings, s)
		case s.rule != words && size(s.value) > size(have.settings[j].value):
			have.settings[j] = s
		}
	}
	return list
}

// size is a number as Kafka writes it: -1 is without limit.
func size(value string) int64 {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		return 1<<63 - 1
	}
	return n
}
