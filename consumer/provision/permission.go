package provision

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/replay"
)

// permission is something that a principal may do, from every host.
type permission struct {
	principal string
	operation kadm.ACLOperation
	resource  kmsg.ACLResourceType
	name      string
	prefixed  bool // name is how the names begin
	purpose   string
}

// String is operation, resource and name, such as READ topic shop.orders.
func (p *permission) String() string {
	return describe(p.operation, p.resource, p.name, p.prefixed)
}

func describe(operation kadm.ACLOperation, resource kmsg.ACLResourceType, name string, prefixed bool) string {
	if prefixed {
		name += "*"
	}
	return operation.String() + " " + strings.ToLower(resource.String()) + " " + name
}

// permissions returns what the service and the readers need and no more, each
// once. Without a principal the service's own are left out.
//
// That a client may look at a topic or a group follows from Read and Write, and
// so does, since Kafka 2.8, that it may produce idempotently.
func permissions(cfg *config.Config, topics []topic) []permission {
	var list []permission
	add := func(p permission) {
		for i := range list {
			if have := list[i]; have.principal == p.principal && have.String() == p.String() {
				return
			}
		}
		list = append(list, p)
	}
	if who := cfg.Kafka.Principal; who != "" {
		servicePermissions(cfg, topics, who, add)
	}
	if who := cfg.Kafka.ReplayPrincipal; who != "" {
		replayPermissions(cfg, topics, who, add)
	}
	for i := range cfg.Products {
		p := &cfg.Products[i]
		for _, reader := range p.Readers {
			purpose := "reads product " + p.Name
			add(permission{reader.Principal, kadm.OpRead, kmsg.ACLResourceTypeTopic, p.Output, false, purpose})
			if reader.GroupPrefix != "" {
				add(permission{reader.Principal, kadm.OpRead, kmsg.ACLResourceTypeGroup, reader.GroupPrefix, true, purpose})
			}
		}
	}
	return list
}

func servicePermissions(cfg *config.Config, topics []topic, who string, add func(permission)) {
	for i := range topics {
		t := &topics[i]
		switch t.role {
		case input:
			add(permission{who, kadm.OpRead, kmsg.ACLResourceTypeTopic, t.name, false, t.purpose()})
		case output, deadLetters:
			add(permission{who, kadm.OpWrite, kmsg.ACLResourceTypeTopic, t.name, false, t.purpose()})
			// How large a record the topic takes.
			add(permission{who, kadm.OpDescribeConfigs, kmsg.ACLResourceTypeTopic, t.name, false, t.purpose()})
		case parked: // replay's alone
		}
	}
	add(permission{who, kadm.OpRead, kmsg.ACLResourceTypeGroup, cfg.Kafka.Group, false, "consumer group of the service"})
	if cfg.Delivery == config.ExactlyOnce {
		add(permission{who, kadm.OpWrite, kmsg.ACLResourceTypeTransactionalId, cfg.Kafka.Group + "-", true, "transactions of the service's members"})
	}
}

// replayPermissions are for replay to products and to inputs alike.
func replayPermissions(cfg *config.Config, topics []topic, who string, add func(permission)) {
	for i := range topics {
		t := &topics[i]
		if t.role == deadLetters || t.role == parked {
			add(permission{who, kadm.OpRead, kmsg.ACLResourceTypeTopic, t.name, false, "replay from " + t.purpose()})
		}
		add(permission{who, kadm.OpWrite, kmsg.ACLResourceTypeTopic, t.name, false, "replay to " + t.purpose()})
	}
	group := replay.Group(cfg)
	add(permission{who, kadm.OpRead, kmsg.ACLResourceTypeGroup, group, false, "offsets of replay"})
	if cfg.Delivery == config.ExactlyOnce {
		add(permission{who, kadm.OpWrite, kmsg.ACLResourceTypeTransactionalId, group, false, "transactions of replay"})
	}
}

// acl is an entry that the cluster has.
type acl struct {
	principal, host string
	operation       kadm.ACLOperation
	resource        kmsg.ACLResourceType
	name            string
	prefixed, deny  bool
}

// everybody is the principal whose entries hold for all users.
const everybody = "User:*"

func (a *acl) concerns(principal string) bool {
	return a.principal == principal || a.principal == everybody && strings.HasPrefix(principal, "User:")
}

// grants reports whether the entry alone gives the permission.
func (a *acl) grants(p *permission) bool {
	if a.deny || a.host != "*" || !a.concerns(p.principal) || a.resource != p.resource || !implies(a.operation, p.operation) {
		return false
	}
	switch {
	case a.prefixed:
		return strings.HasPrefix(p.name, a.name)
	case p.prefixed:
		return a.name == "*"
	default:
		return a.name == p.name || a.name == "*"
	}
}

// denies reports whether the entry takes the permission away, wholly or in
// part, whatever else grants it.
func (a *acl) denies(p *permission) bool {
	if !a.deny || !a.concerns(p.principal) || a.resource != p.resource ||
		a.operation != p.operation && a.operation != kadm.OpAll {
		return false
	}
	switch {
	case a.name == "*":
		return true
	case a.prefixed && p.prefixed:
		return strings.HasPrefix(p.name, a.name) || strings.HasPrefix(a.name, p.name)
	case a.prefixed:
		return strings.HasPrefix(p.name, a.name)
	case p.prefixed:
		return strings.HasPrefix(a.name, p.name)
	default:
		return a.name == p.name
	}
}

// implies reports whether an entry for one operation allows another.
func implies(have, want kadm.ACLOperation) bool {
	switch {
	case have == want, have == kadm.OpAll:
		return true
	case want == kadm.OpDescribe:
		return slices.Contains([]kadm.ACLOperation{kadm.OpRead, kadm.OpWrite, kadm.OpDelete, kadm.OpAlter}, have)
	case want == kadm.OpDescribeConfigs:
		return have == kadm.OpAlterConfigs
	default:
		return false
	}
}

// needed reports whether any wanted permission lies in what the entry grants,
// and the entry grants nothing else.
func (a *acl) needed(wanted []permission) bool {
	return slices.ContainsFunc(wanted, func(p permission) bool {
		return a.operation == p.operation && a.name == p.name && a.prefixed == p.prefixed && a.grants(&p)
	})
}

// String is the entry as describe says it, with what is not usual of it.
func (a *acl) String() string {
	s := describe(a.operation, a.resource, a.name, a.prefixed)
	if a.host != "*" {
		s += " from " + a.host
	}
	return s
}
