package provision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/config"
)

// ErrNotTried is why a step was left out after the cluster could not be reached
// any more.
var ErrNotTried = errors.New("not tried: the cluster did not answer the step before")

// Apply does what a plan creates and changes, in its order, and tells each step
// with its error. A step that the cluster refuses does not keep the others from
// being done; one that gets no answer does. It returns how many were done.
//
// What was done is awaited: brokers learn of it one after the other.
func Apply(ctx context.Context, client *kgo.Client, cfg *config.Config, o Options, plan *Plan, told func(*Step, error)) (done int) {
	var applied []*Step
	lost := false
	for steps := pending(plan); len(steps) > 0; {
		n := together(steps)
		errs := slices.Repeat([]error{ErrNotTried}, n)
		if !lost {
			errs = request(ctx, client, steps[:n])
		}
		for i, s := range steps[:n] {
			if errs[i] == nil {
				applied = append(applied, s)
			} else if _, answered := errors.AsType[*kerr.Error](errs[i]); !answered {
				lost = true
			}
			told(s, errs[i])
		}
		steps = steps[n:]
	}
	if len(applied) > 0 && !lost {
		await(ctx, client, cfg, o, applied)
	}
	return len(applied)
}

// await looks again until the cluster shows what was applied, or ctx ends.
func await(ctx context.Context, client *kgo.Client, cfg *config.Config, o Options, applied []*Step) {
	for {
		now, err := Look(ctx, client, cfg, o)
		if err == nil && !slices.ContainsFunc(applied, func(s *Step) bool { return now.wants(s) }) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// wants reports whether a step is still to be done.
func (p *Plan) wants(s *Step) bool {
	return slices.ContainsFunc(p.Steps, func(now Step) bool {
		return now.do != nil && now.Kind == s.Kind && now.Name == s.Name && (s.Action == Create && s.Kind == KindTopic || now.What == s.What)
	})
}

// pending are the steps that are to be done.
func pending(plan *Plan) (steps []*Step) {
	for i := range plan.Steps {
		if s := &plan.Steps[i]; s.do != nil {
			steps = append(steps, s)
		}
	}
	return steps
}

// together is how many of the next steps are one request: permissions are, for
// there are many.
func together(steps []*Step) int {
	const most = 200
	n := slices.IndexFunc(steps, func(s *Step) bool { _, is := s.do.(*permission); return !is })
	if n < 0 {
		n = len(steps)
	}
	return max(1, min(n, most))
}

// request does steps that are one request, and returns the error of each.
func request(ctx context.Context, client *kgo.Client, steps []*Step) []error {
	if do, ok := steps[0].do.(change); ok {
		return []error{do.request(ctx, kadm.NewClient(client))}
	}
	return grant(ctx, client, steps)
}

// change is a request of one step.
type change interface {
	request(ctx context.Context, admin *kadm.Client) error
}

// newTopic creates a topic; -1 is the cluster's default.
type newTopic struct {
	topic                   string
	partitions, replication int
	settings                []setting
}

func (n *newTopic) request(ctx context.Context, admin *kadm.Client) error {
	configs := make(map[string]*string, len(n.settings))
	for _, s := range n.settings {
		configs[s.key] = kadm.StringPtr(s.value)
	}
	answer, err := admin.CreateTopic(ctx, int32(n.partitions), int16(n.replication), configs, n.topic)
	switch {
	case errors.Is(err, kerr.TopicAlreadyExists):
		return fmt.Errorf("%w: it was created a moment ago by someone else: look at the plan again", err)
	case err != nil:
		return explained(err, answer.ErrMessage, "Create on the topic or the cluster")
	}
	return nil
}

// morePartitions raises the number of partitions.
type morePartitions struct {
	topic string
	to    int
}

func (m *morePartitions) request(ctx context.Context, admin *kadm.Client) error {
	answers, err := admin.UpdatePartitions(ctx, m.to, m.topic)
	answer := answers[m.topic]
	return explained(cmp.Or(err, answer.Err), answer.ErrMessage, "Alter on the topic")
}

// alteration sets one setting of a topic and leaves the others.
type alteration struct {
	topic string
	setting
}

func (a *alteration) request(ctx context.Context, admin *kadm.Client) error {
	answers, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: a.key, Value: kadm.StringPtr(a.value)}}, a.topic)
	answer, missing := answers.On(a.topic, nil)
	return explained(cmp.Or(err, missing, answer.Err), answer.ErrMessage, "AlterConfigs on the topic")
}

// grant grants permissions.
func grant(ctx context.Context, client *kgo.Client, steps []*Step) []error {
	req := kmsg.NewPtrCreateACLsRequest()
	for _, s := range steps {
		p, _ := s.do.(*permission) // together has seen to it
		c := kmsg.NewCreateACLsRequestCreation()
		c.ResourceType, c.ResourceName, c.ResourcePatternType = p.resource, p.name, kmsg.ACLResourcePatternTypeLiteral
		if p.prefixed {
			c.ResourcePatternType = kmsg.ACLResourcePatternTypePrefixed
		}
		c.Principal, c.Host, c.Operation, c.PermissionType = p.principal, "*", p.operation, kmsg.ACLPermissionTypeAllow
		req.Creations = append(req.Creations, c)
	}
	resp, err := req.RequestWith(ctx, client)
	if err == nil && len(resp.Results) != len(steps) {
		err = fmt.Errorf("%d answers to %d new ACLs", len(resp.Results), len(steps))
	}
	if err != nil {
		return slices.Repeat([]error{err}, len(steps))
	}
	errs := make([]error, len(steps))
	for i, r := range resp.Results {
		message := ""
		if r.ErrorMessage != nil {
			message = *r.ErrorMessage
		}
		errs[i] = explained(kerr.ErrorForCode(r.ErrorCode), message, "Alter on the cluster")
	}
	return errs
}

// explained adds what the broker says of its error, or what is missing.
func explained(err error, message, permission string) error {
	switch hint := needs(err, permission); {
	case err == nil:
		return nil
	case hint != "":
		return fmt.Errorf("%w%s", err, hint)
	case message != "":
		return fmt.Errorf("%w: %s", err, message)
	default:
		return err
	}
}
