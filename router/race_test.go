//go:build race

package router_test

// The race detector makes sync.Pool forget at random.
func init() { race = true }
