package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// comparison turns what is wanted and what was found into the steps of a plan.
type comparison struct {
	Options
	have    *found
	brokers []string
	plan    *Plan
	// planned are the partitions of topics that will be created.
	planned map[string]int
}

func (c *comparison) add(s Step) { c.plan.Steps = append(c.plan.Steps, s) }

func (c *comparison) topic(t *topic) {
	step := Step{Kind: KindTopic, Name: t.name, For: t.purpose()}
	have := c.have.topics[t.name]
	if have == nil {
		c.missing(t, step)
		return
	}
	before := len(c.plan.Steps)
	if t.role != input {
		c.partitions(t, have, step)
		c.replication(t, have, step)
		for _, s := range t.settings {
			c.setting(t, have, s, step)
		}
	}
	if len(c.plan.Steps) == before {
		step.Action, step.What = Fine, counted(have.partitions)
		c.add(step)
	}
}

// missing plans a topic that does not exist. Raw topics belong to whoever
// writes them, unless it is said otherwise.
func (c *comparison) missing(t *topic, step Step) {
	n := &newTopic{topic: t.name, partitions: c.count(t), replication: cmp.Or(t.replication, -1)}
	details := []string{counted(n.partitions)}
	if t.replication > 0 {
		details = append(details, "replication "+strconv.Itoa(t.replication))
	}
	for _, s := range t.settings {
		details = append(details, s.key+" "+shown(s.key, s.value))
		n.settings = append(n.settings, s)
	}
	if t.role == input && !c.Inputs {
		step.Action, step.What = Human, "does not exist"
		step.Why = "an input belongs to whoever writes it: the service waits until it is there"
		step.Manual = "sluice apply --inputs, or " + createCommand(c.brokers, n)
		c.add(step)
		return
	}
	if c.planned == nil {
		c.planned = make(map[string]int)
	}
	c.planned[t.name] = n.partitions
	step.Action, step.What, step.do = Create, strings.Join(details, ", "), n
	c.add(step)
}

// count is how many partitions a new topic gets: what the configuration says,
// else as many as the largest of its inputs has; -1 is the cluster's default.
func (c *comparison) count(t *topic) int {
	n := t.partitions
	for _, name := range t.inputs {
		if t.partitions == 0 {
			n = max(n, c.planned[name])
			if have := c.have.topics[name]; have != nil {
				n = max(n, have.partitions)
			}
		}
	}
	return cmp.Or(n, -1)
}

func (c *comparison) partitions(t *topic, have *foundTopic, step Step) {
	if t.partitions == 0 || t.partitions == have.partitions {
		return
	}
	step.What = fmt.Sprintf("partitions %d → %d", have.partitions, t.partitions)
	switch {
	case t.partitions < have.partitions:
		step.Action = Human
		step.Why = "partitions cannot be taken away from a topic"
		step.Manual = fmt.Sprintf("write partitions: %d, or make a topic of another name and move its readers", have.partitions)
	case have.empty || c.MorePartitions:
		step.Action, step.do = Change, &morePartitions{t.name, t.partitions}
	default:
		step.Action = Human
		step.Why = "keys would move to other partitions: what is there already of a key and what comes would not be read in order any more"
		step.Manual = "sluice apply --allow-more-partitions, or make a topic of another name and move its readers"
	}
	c.add(step)
}

func (c *comparison) replication(t *topic, have *foundTopic, step Step) {
	if t.replication == 0 || t.replication == have.replication {
		return
	}
	step.Action, step.What = Human, fmt.Sprintf("replication %d → %d", have.replication, t.replication)
	step.Why = "which brokers hold the replicas is a decision about the whole cluster, and moving them costs its network and disks"
	step.Manual = reassignCommand(c.brokers, t.name)
	c.add(step)
}

func (c *comparison) setting(t *topic, have *foundTopic, s setting, step Step) {
	value := have.settings[s.key]
	step.What = s.key + " " + shown(s.key, value) + " → " + shown(s.key, s.value)
	loses := ""
	switch s.rule {
	case atLeast:
		if size(value) >= size(s.value) {
			return
		}
	case number:
		if size(value) == size(s.value) {
			return
		}
		loses = lossOfNumber(&s, value, have)
	case words:
		if sameWords(value, s.value) {
			return
		}
		if !have.empty {
			loses = lossOfCleanup(t, s.value)
		}
	}
	if loses != "" {
		step.Action, step.Why, step.Manual = Human, loses, configCommand(c.brokers, t.name, s)
	} else {
		step.Action, step.do = Change, &alteration{t.name, s}
	}
	c.add(step)
}

// lossOfNumber says what a setting that is met exactly would lose, if anything.
func lossOfNumber(s *setting, value string, have *foundTopic) string {
	less := size(s.value) < size(value)
	switch {
	case s.key == retention && less && !have.empty:
		return "the cluster would delete records that it keeps now"
	case s.key == minInsyncReplicas && less:
		return "records would be acknowledged on fewer brokers than now, and could be lost with them"
	case s.key == minInsyncReplicas && size(s.value) > int64(have.replication):
		return fmt.Sprintf("the topic is on %d: it would take no more records", have.replication)
	}
	return ""
}

func lossOfCleanup(t *topic, to string) string {
	switch {
	case t.role == deadLetters, t.role == parked:
		return "a compacted topic loses all dead letters of a key but the last; those that are gone do not come back"
	case strings.Contains(to, "compact"):
		return "compaction deletes all records of a key but the last, and the topic would refuse records without a key"
	default:
		return "records older than retention.ms would be deleted, the last ones of their keys too"
	}
}

func (c *comparison) permission(p *permission) {
	step := Step{Kind: KindACL, Name: p.principal, For: p.purpose, What: p.String()}
	for i := range c.have.acls {
		if a := &c.have.acls[i]; a.denies(p) {
			step.Action = Human
			step.Why = "an ACL denies " + a.principal + " " + a.String() + ", and a denial wins over every permission"
			step.Manual = removeCommand(c.brokers, a)
			c.add(step)
			return
		}
	}
	if slices.ContainsFunc(c.have.acls, func(a acl) bool { return a.grants(p) }) {
		step.Action = Fine
	} else {
		step.Action, step.do = Create, p
	}
	c.add(step)
}

// surplus lists what the service's principal may do and need not.
func (c *comparison) surplus(principal string, wanted []permission) {
	if principal == "" {
		return
	}
	for i := range c.have.acls {
		if a := &c.have.acls[i]; a.principal == principal && !a.deny && !a.needed(wanted) {
			c.plan.Surplus = append(c.plan.Surplus, a.String())
		}
	}
	slices.Sort(c.plan.Surplus)
}

func sameWords(a, b string) bool {
	x, y := strings.Split(a, ","), strings.Split(b, ",")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// counted is a number of partitions; -1 is the cluster's default.
func counted(partitions int) string {
	switch partitions {
	case -1:
		return "partitions by the cluster's default"
	case 1:
		return "1 partition"
	default:
		return strconv.Itoa(partitions) + " partitions"
	}
}

// shown is a setting's value for people.
func shown(key, value string) string {
	switch ms, err := strconv.ParseInt(value, 10, 64); {
	case value == "":
		return "not set"
	case key != retention || err != nil:
		return value
	case ms < 0:
		return "without end"
	case ms%time.Hour.Milliseconds() == 0:
		return strconv.FormatInt(ms/time.Hour.Milliseconds(), 10) + "h"
	default:
		return (time.Duration(ms) * time.Millisecond).String()
	}
}
