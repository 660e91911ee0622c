// Package replay sends dead letters again: it reads dead-letter topics from
// where the last replay stopped to their ends as they are at the start, judges
// each selected dead letter by the contracts of today, and gives it one fate:
//
//	recovered   it passes: it goes to its product's output, or to its input
//	still bad   it fails: it is a new dead letter, with the new reasons and one
//	            attempt more, at the end of its dead-letter topic
//	parked      it failed too often, or nothing can ever be done with it here:
//	            it goes to the parking topic
//	skipped     it was not selected, or the patch is not for it: it stays
//
// Nothing is ever dropped. A record that goes back to a dead-letter topic lies
// behind the end that the replay has noted, so every replay ends.
//
// # Where it goes on
//
// A replay has a consumer group of its own, <group>-replay, with no members.
// Its offset in a partition is the first dead letter that has not been settled:
// recovered, written anew or parked. Skipped ones may lie behind it with
// settled ones between them; which, stands in the offset's metadata (see
// progress). So a later replay with another selection meets all that is left
// and nothing that is done, and the group's lag is 0 when the topic is drained.
//
// The metadata has little room. Where more separate stretches of skipped dead
// letters would be left than it can hold, further ones are moved to the end of
// their topic as they are and count as skipped all the same.
//
// # Delivery
//
// Dead letters are handled in chunks. At least once: a chunk is committed when
// all of it is acknowledged; after a crash the records of one chunk may come
// again. Exactly once: what a chunk sends and its offsets are one transaction,
// and a second replay fences the first.
//
// # Order
//
// Dead letters of one partition are sent in their order. They land behind what
// their keys have got meanwhile: a replay cannot go back in time.
package replay
