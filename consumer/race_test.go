//go:build race

package consumer

// The race detector makes sync.Pool forget at random.
func init() { race = true }
