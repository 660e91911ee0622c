//go:build !race

package difftest

// raced tests run under the race detector, which costs memory of its own and
// tenfold time.
const raced = false
