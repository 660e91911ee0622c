package integration

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluicedata/sluice/integration/internal/service"
)

// processFaults befall the service's own processes.
var processFaults = []fault{
	{name: "SIGKILL after poll", gate: true, run: killedAt("after_poll")},
	{name: "SIGKILL after produce", gate: true, run: killedAt("after_produce")},
	{name: "SIGKILL before commit", gate: true, run: killedAt("before_commit")},
	{name: "SIGKILL after commit", gate: true, run: killedAt("after_commit")},
	{name: "SIGKILL at random", run: killedAtRandom},
	{name: "SIGTERM", run: terminated},
	{name: "SIGSTOP past the session timeout", gate: true, run: stopped},
	{name: "1 to 8 members and back", run: comeAndGo},
}

// killedAt lets the service die at a failpoint, again and again.
func killedAt(point string) func(t *trial) {
	return func(t *trial) {
		t.sales()
		t.slowly()
		t.send(salesTraffic(t.T), 1000)
		for i := range times(1, 5) {
			p := t.run(fmt.Sprintf("SLUICE_FAILPOINT=%s:%d", point, 5+3*i))
			t.dies(p)
			if !p.Killed() {
				t.Fatalf("the service ended by itself:\n%s", p.Log())
			}
			t.injected()
			if err := t.honest(); err != nil {
				t.Fatalf("kill %d %s: %v", i+1, point, err)
			}
		}
		t.proof("%d processes ended by SIGKILL at the failpoint", t.row.Injected)
		p := t.run()
		t.recovers(p)
		t.close(p)
	}
}

// dies waits until a process has ended.
func (t *trial) dies(p *service.Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatalf("the service lives on:\n%s", p.Log())
	}
}

// killedAtRandom kills the service at moments that nobody chose, while records
// are in flight.
func killedAtRandom(t *trial) {
	t.sales()
	t.slowly()
	t.send(salesTraffic(t.T), 1000)
	random := rand.New(rand.NewPCG(5, uint64(len(t.delivery))))
	var flown int64
	for i := range times(5, 100) {
		started := time.Now()
		p := t.run()
		t.grow(50, p)
		t.took(time.Since(started))
		t.hold(time.Duration(random.Int64N(int64(200 * time.Millisecond))))
		flown += t.busy(p)
		p.Kill()
		t.injected()
		if err := t.honest(); err != nil {
			t.Fatalf("kill %d: %v", i+1, err)
		}
		t.evict()
	}
	t.proof("%d records in flight just before the kills", flown)
	p := t.run()
	t.recovers(p)
	t.close(p)
}

// evict removes the group's members, all of which are dead, so that the next
// need not wait for their session timeouts.
func (t *trial) evict() {
	t.Helper()
	group := t.prefix + "sluice"
	described, err := t.admin.DescribeGroups(t.ctx(), group)
	if err != nil {
		t.Fatal(err)
	}
	request := kmsg.NewPtrLeaveGroupRequest()
	request.Group = group
	for _, m := range described[group].Members {
		member := kmsg.NewLeaveGroupRequestMember()
		member.MemberID, member.InstanceID = m.MemberID, m.InstanceID
		request.Members = append(request.Members, member)
	}
	if _, err := request.RequestWith(t.ctx(), t.client); err != nil {
		t.Fatal(err)
	}
}

// terminated stops the service by SIGTERM, again and again. Each time it
// finishes what it has begun, so that nothing comes twice.
func terminated(t *trial) {
	t.sales()
	t.slowly()
	t.send(salesTraffic(t.T), 1000)
	var flown int64
	for range times(5, 20) {
		started := time.Now()
		p := t.run()
		t.grow(50, p)
		t.took(time.Since(started))
		flown += t.busy(p)
		t.stop(p)
		t.injected()
		if err := t.honest(); err != nil {
			t.Fatal(err)
		}
	}
	t.proof("%d records in flight at the signals", flown)
	p := t.run()
	t.recovers(p)
	t.once(p)
}

// stopped makes a zombie: a member that sleeps past its session timeout, and
// goes on when its partitions are another's.
func stopped(t *trial) {
	t.sales()
	t.slowly()
	t.send(salesTraffic(t.T), 1000)
	zombie := t.member(1)
	t.grow(100, zombie)
	heir := t.member(2)
	var flown int64
	for range times(1, 5) {
		t.shared(zombie, heir)
		flown += t.busy(zombie)
		if err := zombie.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		t.await("the other member to have all partitions", func() (bool, string) {
			n := len(t.status(heir).Partitions)
			return n == 2*partitions, fmt.Sprintf("it has %d", n)
		})
		t.grow(200, heir)
		if err := zombie.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		t.injected()
		over := time.Now()
		t.shared(zombie, heir)
		t.took(time.Since(over))
	}
	t.proof("%d records in flight when it stopped; the other member took its partitions", flown)
	t.recovers(zombie, heir)
	t.close(zombie, heir)
}

// member starts one of several processes.
func (t *trial) member(n int) *service.Process {
	t.Helper()
	if t.delivery == exactlyOnce {
		t.config.Set("instance_id", fmt.Sprintf("%s%d", t.prefix, n), "kafka")
	}
	return t.run()
}

// shared waits until every member has partitions, and all partitions have an
// owner.
func (t *trial) shared(members ...*service.Process) {
	t.Helper()
	t.await("the members to share the partitions", func() (bool, string) {
		all, least := 0, 2*partitions
		for _, p := range members {
			t.alive(p)
			status, err := p.Status(t.ctx())
			if err != nil {
				return false, err.Error()
			}
			n := len(status.Partitions)
			all, least = all+n, min(least, n)
		}
		return all == 2*partitions && least > 0, fmt.Sprintf("%d partitions have an owner, one member has %d", all, least)
	})
}

// comeAndGo lets the group grow to eight members and shrink to one.
func comeAndGo(t *trial) {
	t.sales()
	t.slowly()
	t.send(salesTraffic(t.T), 1000)
	const most = 8
	members := []*service.Process{t.member(1)}
	t.grow(100, members...)
	for n := 2; n <= most; n++ {
		members = append(members, t.member(n))
		t.shared(members...)
		t.injected()
		t.grow(100, members...)
	}
	for len(members) > 1 {
		started := time.Now()
		t.stop(members[0])
		members = members[1:]
		t.shared(members...)
		t.took(time.Since(started))
		t.injected()
		t.grow(100, members...)
	}
	t.proof("each of %d members had partitions", most)
	t.recovers(members...)
	t.once(members...)
}
