package replay_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/consumer/replay"
)

// TestCrash ends replays at each step of a chunk; the next one goes on. Each
// dead letter has a fate, exactly one where delivery is exactly once.
func TestCrash(t *testing.T) {
	deliveries(t, func(b *bench) {
		keys := []kmsg.Key{kmsg.OffsetCommit}
		if b.exactly {
			keys = []kmsg.Key{kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit, kmsg.EndTxn}
		}
		ids := make([]int, 40)
		for i := range ids {
			ids[i] = -i
		}
		sources := b.flood(ids...)
		b.send(b.fail(strict, b.source("orders.in", `{}`, 1)))
		for _, key := range keys {
			b.crash(key)
			if result, err := replay.Run(b.Context(), b.options(loose)); err == nil {
				b.Fatalf("%s: no crash: %+v", key.Name(), result)
			}
		}
		result, err := replay.Run(b.Context(), b.options(loose))
		if err != nil || result.Left != result.StillBad {
			b.Fatalf("%+v %v", result, err)
		}
		recovered := make(map[string]int)
		for _, r := range b.read("orders") {
			recovered[string(r.Value)]++
		}
		bad := 0
		for _, e := range b.decode(b.read("orders.dlq")) {
			if e.Attempt == 2 {
				bad++
			}
		}
		if len(recovered) != len(sources) || bad == 0 {
			b.Errorf("%d of %d recovered, %d still bad", len(recovered), len(sources), bad)
		}
		if b.exactly {
			b.same(b.read("orders"), sources)
			if bad != 1 {
				b.Errorf("%d dead letters of one", bad)
			}
		}
	})
}

// crash makes the broker answer the next request of a kind, which all come when
// a chunk's records are acknowledged, with an error that ends a replay.
func (b *bench) crash(key kmsg.Key) {
	b.kafka.ControlKey(int16(key), func(request kmsg.Request) (kmsg.Response, error, bool) {
		switch r := request.(type) {
		case *kmsg.OffsetCommitRequest:
			resp := r.ResponseKind().(*kmsg.OffsetCommitResponse)
			for _, t := range r.Topics {
				rt := kmsg.NewOffsetCommitResponseTopic()
				rt.Topic, rt.TopicID = t.Topic, t.TopicID
				for _, p := range t.Partitions {
					rp := kmsg.NewOffsetCommitResponseTopicPartition()
					rp.Partition, rp.ErrorCode = p.Partition, kerr.GroupAuthorizationFailed.Code
					rt.Partitions = append(rt.Partitions, rp)
				}
				resp.Topics = append(resp.Topics, rt)
			}
			return resp, nil, true
		case *kmsg.AddOffsetsToTxnRequest:
			resp := r.ResponseKind().(*kmsg.AddOffsetsToTxnResponse)
			resp.ErrorCode = kerr.GroupAuthorizationFailed.Code
			return resp, nil, true
		case *kmsg.TxnOffsetCommitRequest:
			resp := r.ResponseKind().(*kmsg.TxnOffsetCommitResponse)
			for _, t := range r.Topics {
				rt := kmsg.NewTxnOffsetCommitResponseTopic()
				rt.Topic, rt.TopicID = t.Topic, t.TopicID
				for _, p := range t.Partitions {
					rp := kmsg.NewTxnOffsetCommitResponseTopicPartition()
					rp.Partition, rp.ErrorCode = p.Partition, kerr.GroupAuthorizationFailed.Code
					rt.Partitions = append(rt.Partitions, rp)
				}
				resp.Topics = append(resp.Topics, rt)
			}
			return resp, nil, true
		case *kmsg.EndTxnRequest:
			resp := r.ResponseKind().(*kmsg.EndTxnResponse)
			resp.ErrorCode = kerr.TransactionalIDAuthorizationFailed.Code
			return resp, nil, true
		}
		return nil, fmt.Errorf("%T is not foreseen", request), true
	})
}

// TestTwoAtOnce starts a replay while another is at work: one of them ends with
// an error, and exactly once nothing comes twice.
func TestTwoAtOnce(t *testing.T) {
	deliveries(t, func(b *bench) {
		ids := make([]int, 90)
		sources := b.flood(ids...)
		first := b.options(loose)
		first.Rate = 15
		begun, errs := make(chan struct{}), make(chan error, 1)
		first.Progress = func(int64, int64) {
			select {
			case <-begun:
			default:
				close(begun)
			}
		}
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		go func() {
			_, err := replay.Run(ctx, first)
			errs <- err
		}()
		<-begun
		if _, err := replay.Run(b.Context(), b.options(loose)); err != nil {
			b.Fatal(err)
		}
		err := <-errs
		if err == nil {
			b.Fatal("both end well")
		}
		if !strings.Contains(err.Error(), "another replay") {
			b.Errorf("the first says %v", err)
		}
		if b.exactly {
			b.same(b.read("orders"), sources)
		}
	})
}
