package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// committed is an offset of the group, negative if there is none.
type committed struct {
	offset   int64
	metadata string
}

// offsets reads and writes the offsets of the replay's group, which has no
// members.
type offsets struct {
	client        *kgo.Client
	admin         *kadm.Client
	group         string
	transactional bool
	known         map[partition]committed
	ids           map[string]kadm.TopicID
}

// errTaken is the error if another replay has moved the group's offsets.
var errTaken = errors.New("another replay of the same domain is running: let it end, then run this one again")

// load reads the group's offsets. Exactly once, it first ends the transaction
// that a crash may have left open and fences who began it.
func (o *offsets) load(ctx context.Context, topics []string) error {
	if o.transactional {
		if _, _, err := o.client.ProducerID(ctx); err != nil {
			return fmt.Errorf("transactional id %s: %w", o.group, err)
		}
	}
	listed, err := o.admin.ListTopics(ctx, topics...)
	if err != nil {
		return fmt.Errorf("read topics %v: %w", topics, err)
	}
	o.ids = make(map[string]kadm.TopicID)
	for _, t := range listed {
		o.ids[t.Topic] = t.ID
		for id := range t.Partitions {
			o.known[partition{t.Topic, id}] = committed{offset: -1}
		}
	}
	found, err := o.fetch(ctx)
	for id, c := range found {
		if _, ok := o.known[id]; ok {
			o.known[id] = c
		}
	}
	return err
}

// fetch asks for the group's offsets, of all topics.
func (o *offsets) fetch(ctx context.Context) (map[partition]committed, error) {
	answers, err := o.admin.FetchOffsets(kadm.RequireStable(ctx), o.group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil, nil
	}
	if err == nil {
		err = answers.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read the offsets of group %s: %w", o.group, err)
	}
	found := make(map[partition]committed)
	answers.Each(func(a kadm.OffsetResponse) {
		found[partition{a.Topic, a.Partition}] = committed{a.At, a.Metadata}
	})
	return found, nil
}

// commit commits outside of a transaction, unless somebody else has meanwhile.
func (o *offsets) commit(ctx context.Context, changed map[partition]committed) error {
	found, err := o.fetch(ctx)
	if err != nil {
		return err
	}
	var list kadm.Offsets
	for id, c := range changed {
		if before, ok := found[id]; ok && before != o.known[id] {
			return errTaken
		}
		list.Add(kadm.Offset{Topic: id.topic, TopicID: o.ids[id.topic], Partition: id.id, At: c.offset, LeaderEpoch: -1, Metadata: c.metadata})
	}
	if err := o.admin.CommitAllOffsets(ctx, o.group, list); err != nil {
		return fmt.Errorf("commit offsets of group %s: %w", o.group, err)
	}
	o.remember(changed)
	return nil
}

func (o *offsets) remember(changed map[partition]committed) {
	for id, c := range changed {
		o.known[id] = c
	}
}

// join makes offsets part of the client's transaction. kgo does so for members
// of a group only, and this group has none.
func (o *offsets) join(ctx context.Context, changed map[partition]committed) error {
	id, epoch, err := o.client.ProducerID(ctx)
	if err != nil {
		return fmt.Errorf("transactional id %s: %w", o.group, err)
	}
	if err := o.addGroup(ctx, id, epoch); err != nil {
		return fmt.Errorf("add group %s to the transaction: %w", o.group, err)
	}
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch = o.group, o.group, id, epoch
	at := make(map[string]int)
	for id, c := range changed {
		i, ok := at[id.topic]
		if !ok {
			i = len(req.Topics)
			at[id.topic] = i
			t := kmsg.NewTxnOffsetCommitRequestTopic()
			t.Topic, t.TopicID = id.topic, o.ids[id.topic]
			req.Topics = append(req.Topics, t)
		}
		p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset, p.Metadata = id.id, c.offset, &c.metadata
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, p)
	}
	resp, err := req.RequestWith(ctx, o.client)
	if err != nil {
		return fmt.Errorf("commit offsets of group %s: %w", o.group, err)
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("commit offsets of group %s: %w", o.group, err)
			}
		}
	}
	return nil
}

// addGroup adds the group's offsets to the transaction, which may have to wait
// until the broker has finished the last one.
func (o *offsets) addGroup(ctx context.Context, id int64, epoch int16) error {
	for {
		req := kmsg.NewPtrAddOffsetsToTxnRequest()
		req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch = o.group, o.group, id, epoch
		resp, err := req.RequestWith(ctx, o.client)
		if err != nil {
			return err
		}
		if err := kerr.ErrorForCode(resp.ErrorCode); !errors.Is(err, kerr.ConcurrentTransactions) {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
