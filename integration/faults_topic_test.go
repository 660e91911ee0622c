package integration

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// topicFaults befall the topics that the service produces to.
var topicFaults = []fault{
	{name: "output topic missing", run: missingTopic},
	{name: "output topic deleted, recreated later", gate: true, run: func(t *trial) { deletedTopic(t, true) }},
	{name: "output topic deleted and recreated", run: func(t *trial) { deletedTopic(t, false) }},
	{name: "output topic refused by ACL", real: true, run: func(t *trial) { forbiddenTopic(t, "sales.orders.v1") }},
	{name: "dead-letter topic slow", real: true, run: slowDeadLetters},
	{name: "dead-letter topic refused by ACL", real: true, run: func(t *trial) { forbiddenTopic(t, "sales.orders.v1.dlq") }},
}

// ready waits until the service says that it is or, with why in what it says,
// that it is not.
func (t *trial) ready(want bool, why string) {
	t.Helper()
	t.await(fmt.Sprintf("readiness to be %v", want), func() (bool, string) {
		t.alive(t.single)
		body, code, err := t.single.Get(t.ctx(), "/readyz?verbose")
		is := code == http.StatusOK
		return err == nil && is == want && strings.Contains(string(body), why), fmt.Sprint(code, string(body), err)
	})
}

// flows checks that the other product flows while orders wait: n more refunds
// come out.
func (t *trial) flows(n int) int {
	t.Helper()
	refunds := func() int { return t.books.Held(t.topic("sales.refunds.v1")) }
	before := refunds()
	t.await("the other product to flow", func() (bool, string) {
		t.alive(t.single)
		now := refunds()
		return now >= before+n, fmt.Sprintf("%d refunds came out, waiting for %d", now-before, n)
	})
	return refunds() - before
}

func missingTopic(t *trial) {
	const topic = "sales.orders.v1"
	t.sales(topic)
	p := t.load(500)
	t.injected()
	t.ready(false, t.topic(topic))
	n := t.flows(100)
	t.proof("/readyz named the topic; %d records of the other product came out meanwhile", n)
	if err := t.honest(); err != nil {
		t.Error(err)
	}
	t.create(nil, topic)
	t.ready(true, "")
	t.grow(200, p)
	t.recovers(p)
	t.once(p)
}

// deletedTopic deletes an output at a moment when all of it is read: what it
// takes with it would be nobody's fault.
func deletedTopic(t *trial, later bool) {
	const topic = "sales.orders.v1"
	full := func() string { return t.topic(topic) }
	t.sales()
	p := t.load(500)
	for range times(1, 3) {
		t.traffic.pause()
		if err := t.client.Flush(t.ctx()); err != nil {
			t.Fatal(err)
		}
		t.settle(p)
		t.idle(p)
		t.readOn()
		if _, err := t.admin.DeleteTopics(t.ctx(), full()); err != nil {
			t.Fatal(err)
		}
		// The brokers hear of it a little later, and take records until then.
		t.await("the topic to be gone", func() (bool, string) {
			return !t.exists(full()), "it exists"
		})
		t.injected()
		t.books.Deleted(full())
		t.reader.PurgeTopicsFromConsuming(full())
		n := 0
		if later {
			t.traffic.resume()
			t.ready(false, full())
			n = t.flows(100)
		}
		t.recreate(topic)
		t.reader.AddConsumeTopics(full())
		over := time.Now()
		if !later {
			t.traffic.resume()
		}
		held := t.books.Held(full())
		t.await("records in the new topic", func() (bool, string) {
			t.alive(p)
			now := t.books.Held(full())
			return now > held, fmt.Sprintf("%d", now-held)
		})
		t.ready(true, "")
		t.took(time.Since(over))
		if later {
			t.proof("/readyz named the topic; %d records of the other product came out meanwhile", n)
		} else {
			t.proof("the topic has another id; records came out in it")
		}
		t.grow(100, p)
	}
	t.recovers(p)
	t.once(p)
}

// recreate creates a topic as soon as the old one of its name is gone.
func (t *trial) recreate(topic string) {
	t.Helper()
	t.await("the topic to be created again", func() (bool, string) {
		err := t.tryCreate(nil, t.topic(topic))
		return err == nil, fmt.Sprint(err)
	})
	t.await("the topic to exist", func() (bool, string) {
		return t.exists(t.topic(topic)), "it does not"
	})
}

// exists asks the brokers for a topic.
func (t *trial) exists(topic string) bool {
	t.Helper()
	found, err := t.admin.ListTopics(t.ctx(), topic)
	if err != nil {
		t.Fatal(err)
	}
	return found[topic].Err == nil && len(found[topic].Partitions) > 0
}

// forbiddenTopic takes the right to write to one topic away, and gives it
// back.
func forbiddenTopic(t *trial, topic string) {
	t.sales()
	all := kadm.NewACLs().Topics(t.topic(topic)).ResourcePatternType(kadm.ACLPatternLiteral).
		Allow("User:*").AllowHosts("*").Operations(kadm.OpAll)
	deny := kadm.NewACLs().Topics(t.topic(topic)).ResourcePatternType(kadm.ACLPatternLiteral).
		Deny("User:*").DenyHosts("*").Operations(kadm.OpWrite)
	t.grant(all)
	p := t.load(500)
	for range times(1, 3) {
		t.grant(deny)
		t.injected()
		t.ready(false, "TOPIC_AUTHORIZATION_FAILED")
		n := t.flows(100)
		t.proof("/readyz told TOPIC_AUTHORIZATION_FAILED; %d records of the other product came out meanwhile", n)
		if _, err := t.admin.DeleteACLs(t.ctx(), deny); err != nil {
			t.Fatal(err)
		}
		over := time.Now()
		t.ready(true, "")
		t.took(time.Since(over))
		t.grow(100, p)
	}
	t.recovers(p)
	t.once(p)
}

// grant creates ACLs; clusters without an authorizer end the trial.
func (t *trial) grant(acls *kadm.ACLBuilder) {
	t.Helper()
	results, err := t.admin.CreateACLs(t.ctx(), acls)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Err != nil {
			t.T.Skipf("ACLs cannot be had: %v %s", r.Err, r.ErrMessage)
		}
	}
}
