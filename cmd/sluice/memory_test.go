package main

import (
	"errors"
	"math"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// The limit is the process's own, so the cases run one after the other.
func TestMemoryLimitIsTheContainers(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	for name, tc := range map[string]struct {
		limit memlimit.Provider
		env   string
		want  int64
		logs  string
	}{
		"a container's":         {limit: memlimit.Limit(1000 << 20), want: 900 << 20, logs: "memory limit"},
		"none":                  {limit: func() (uint64, error) { return 0, memlimit.ErrNoLimit }, want: math.MaxInt64},
		"not to be had":         {limit: func() (uint64, error) { return 0, errors.New("no cgroup") }, want: 77 << 20, logs: "memory limit unknown"},
		"given with GOMEMLIMIT": {limit: memlimit.Limit(1000 << 20), env: "77MiB", want: 77 << 20, logs: "memory limit"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.env != "" {
				t.Setenv("GOMEMLIMIT", tc.env)
			}
			debug.SetMemoryLimit(77 << 20)
			core, logs := observer.New(zap.DebugLevel)
			limitMemory(zap.New(core), tc.limit)
			if got := debug.SetMemoryLimit(-1); got != tc.want {
				t.Errorf("limit %d, want %d", got, tc.want)
			}
			told := ""
			for _, entry := range logs.All() {
				told += entry.Message
			}
			if told != tc.logs {
				t.Errorf("log says %q, want %q", told, tc.logs)
			}
		})
	}
}
