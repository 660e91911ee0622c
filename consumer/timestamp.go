package consumer

import (
	"math"
	"time"
)

// The client keeps timestamps as nanoseconds since 1970 in 64 bits, which reach
// from 1677 to 2262. A record of another time, such as one whose producer wrote
// microseconds for milliseconds, it would send with a wrong one.
const farthest = math.MaxInt64 / int64(time.Millisecond)

// millis is the timestamp of a fetched record in milliseconds since 1970, as
// Kafka has it, also where the client could not keep it.
//
// NOTE: the client has multiplied it by 1,000,000 = 15,625 × 2⁶ modulo 2⁶⁴, so
// that 58 bits of it can be had back: all of any time that a broker takes
// within millions of years.
func millis(stamp time.Time) int64 {
	const inverse = 0x10fb65668c26139 // of 15,625 modulo 2⁵⁸
	return int64(uint64(stamp.UnixNano())>>6*inverse<<6) >> 6
}

// sendable reports whether the client can send a record with this timestamp.
func sendable(millis int64) bool { return -farthest <= millis && millis <= farthest }

// elapsed is the time between two moments in milliseconds since 1970: none if
// the first is later, and 292 years at most.
func elapsed(from, to int64) time.Duration {
	return time.Duration(max(0, min(to-from, farthest))) * time.Millisecond
}
