package consumer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/zap"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer/client"
)

// connect makes the clients, waits until a broker answers, and learns the
// topics. Refused authentication is an error; brokers that are away are waited
// for.
func (c *Consumer) connect(ctx context.Context) error {
	aside := append([]kgo.Opt{}, c.base...)
	aside = append(aside, client.Produce(c.cfg, c.asideBytes, 4*c.cfg.Limits.InFlightRecords)...)
	var err error
	if c.aside, err = kgo.NewClient(append(aside, kgo.WithHooks(&c.health, &c.emitter.launching), kgo.WithLogger(logger{c.log.Named("kafka")}))...); err != nil {
		return fmt.Errorf("kafka client: %w", err)
	}
	if err := c.reach(ctx); err != nil || ctx.Err() != nil {
		c.aside.Close()
		return err
	}
	if err := c.delivery.connect(ctx); err != nil {
		c.aside.Close()
		return err
	}
	c.lookAtTopics(ctx)
	return nil
}

// reach waits until a broker answers, and pins "start: latest".
func (c *Consumer) reach(ctx context.Context) error {
	warned := false
	for wait := retryMin; ctx.Err() == nil; wait = min(2*wait, retryMax) {
		c.health.turned()
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := c.aside.Ping(attempt)
		if err == nil && c.cfg.Kafka.GroupProtocol == config.ProtocolConsumer {
			err = c.offersProtocol(attempt)
		}
		if err == nil && c.cfg.Kafka.Start == config.Latest {
			err = c.startAtLatest(attempt, c.table.Load().Inputs())
		}
		cancel()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errNoProtocol):
			return err
		case classify(err) == fatal:
			return fmt.Errorf("connect to %v: %w", c.cfg.Kafka.Brokers, err)
		case !warned:
			warned = true
			c.log.Warn("no broker answers, trying again", zap.Strings("brokers", c.cfg.Kafka.Brokers), zap.String("error", err.Error()))
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	return nil
}

var errNoProtocol = errors.New("the brokers do not offer kafka.group_protocol consumer (KIP-848): write classic, or use Kafka 4.0 or later")

// offersProtocol returns an error if a broker does not know the group protocol
// of KIP-848: the client would use the classic one instead, and stop all members
// at every rebalance.
func (c *Consumer) offersProtocol(ctx context.Context) error {
	brokers, err := kadm.NewClient(c.aside).ApiVersions(ctx)
	if err != nil {
		return fmt.Errorf("versions of the brokers: %w", err)
	}
	for _, b := range brokers {
		if b.Err != nil {
			return fmt.Errorf("versions of broker %d: %w", b.NodeID, b.Err)
		}
		if most, ok := b.KeyMaxVersion(kmsg.ConsumerGroupHeartbeat.Int16()); !ok || most < 1 {
			return errNoProtocol
		}
	}
	return nil
}

// startAtLatest pins "start: latest": where the group has no offset for any
// partition of an input, the ends of the input are committed before joining.
// Partitions found later, and inputs that do not exist yet, then start at their
// beginning, and a crash before the first commit skips nothing.
func (c *Consumer) startAtLatest(ctx context.Context, inputs []string) error {
	admin := kadm.NewClient(c.aside)
	topics, err := details(ctx, admin, inputs...)
	if err != nil {
		return fmt.Errorf("inputs: %w", err)
	}
	committed, err := admin.FetchOffsets(ctx, c.cfg.Kafka.Group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("offsets of group %s: %w", c.cfg.Kafka.Group, err)
	}
	var fresh []string
	for _, topic := range inputs {
		if len(committed[topic]) == 0 && missing(topics, topic, "read") == "" {
			fresh = append(fresh, topic)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	ends, err := admin.ListEndOffsets(ctx, fresh...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("end offsets: %w", err)
	}
	if err := admin.CommitAllOffsets(ctx, c.cfg.Kafka.Group, ends.Offsets()); err != nil {
		if rebalancing(err) {
			return nil // another member was faster and is at work
		}
		return fmt.Errorf("commit end offsets: %w", err)
	}
	return nil
}

// leave leaves the group and closes the clients.
func (c *Consumer) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), max(c.cfg.ShutdownTimeout/10, time.Second))
	defer cancel()
	if err := closeClient(ctx, c.kafka()); err != nil {
		c.log.Warn("group not left, its coordinator waits for the session timeout", zap.String("error", name(err)))
	}
	c.aside.Close()
	c.log.Info("stopped")
}

// closeClient leaves the group, which may take until ctx ends, and closes the
// client. It allows rebalances all the while: one poll that is heard of late
// would block them, and the leaving, for ever.
func closeClient(ctx context.Context, client *kgo.Client) error {
	closed := make(chan struct{})
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			client.AllowRebalance()
			select {
			case <-tick.C:
			case <-closed:
				client.AllowRebalance()
				return
			}
		}
	}()
	defer close(closed)
	err := client.LeaveGroupContext(ctx)
	client.CloseAllowingRebalance()
	return err
}
