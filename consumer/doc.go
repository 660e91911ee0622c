// Package consumer is the loop between Kafka's topics: it polls a domain's raw
// topics, lets the router decide on every record, produces each to the topic
// that the decision names, and commits an input offset only when everything up
// to it is settled.
//
// A record goes one way, one file a step:
//
//	poll    poll.go    one goroutine polls; it stops when too much is in flight
//	decide  decide.go  pure, in parallel over chunks of what was polled
//	emit    emit.go    one goroutine sends, lane by lane; it never waits for an ack
//	settle  settle.go  acks advance a contiguous watermark per input partition
//	commit  commit.go  watermarks, on an interval, on revoke and at the end
//
// # Order
//
// A lane is one partition of one output or dead-letter topic. Its records stand
// in the order in which their input partition had them, and it has one flight
// at a time: the records sent together, whose acknowledgements are all awaited
// before the next flight leaves. Records that arrive meanwhile make the next
// flight, so flights grow under load and are immediate when idle.
//
// One flight at a time is what makes failure simple. kgo fails everything that
// is buffered for a partition when the broker refuses one batch; were a later
// record produced between that moment and our hearing of it, it would overtake
// the failed ones. Here nothing is sent until the whole flight is heard of, so
// the failed records are sent again in their order: halved until the one that
// the broker refuses stands alone (a dead letter, reason produce_rejected), or
// kept until the trouble is over. No input is read again, no key goes back.
//
// For that a flight must fail as a whole: answers of brokers are acted on only
// when no flight is being launched (barrier.go), and a lane's first flight is
// one record, because a broker takes any sequence number of a producer that it
// does not know.
//
// # Delivery
//
// At least once (at_least_once.go): an offset is marked only below the first record of its
// partition that is not settled. A record is settled by the acknowledgement of
// its output or of its dead letter, or by a policy that drops it. Infrastructure
// trouble never makes dead letters, and bad data never stops the loop.
//
// Exactly once (exactly_once.go): the same, inside Kafka transactions that hold
// outputs, dead letters and offsets. Whatever fails undoes its transaction. Of
// the records that brokers refuse the undone transaction tells which they are.
//
// # Contracts
//
// What judges is a table behind one atomic pointer (swap.go), loaded once for
// each poll: a record is judged by a whole set of contracts, one that was in use
// between its poll and its decision, and its dead letter names it.
//
// # Bytes
//
// Keys, values and headers are the fetched record's own slices from poll to
// acknowledgement; nobody copies or changes them.
package consumer
