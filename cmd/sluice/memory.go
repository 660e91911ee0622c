package main

import (
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"
)

// The collector works harder above this share of the container's limit; what
// is left is for what it does not see.
const memoryShare = 0.9

// limitMemory tells the garbage collector how much memory there is: nine
// tenths of what limit says, which is the container's limit unless a test says
// otherwise. GOMEMLIMIT and AUTOMEMLIMIT in the environment win.
func limitMemory(log *zap.Logger, limit memlimit.Provider) {
	bytes, err := memlimit.Set(memlimit.WithRatio(memoryShare), memlimit.WithProvider(limit))
	switch {
	case err != nil:
		// Without cgroups there is no limit to be had.
		log.Debug("memory limit unknown", zap.Error(err))
	case bytes != math.MaxInt64:
		log.Info("memory limit", zap.Int64("bytes", bytes))
	}
}
