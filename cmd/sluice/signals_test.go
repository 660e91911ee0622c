package main

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestTheFirstSignalStopsTheSecondExits(t *testing.T) {
	t.Parallel()
	signals, exits := make(chan os.Signal), make(chan int, 1)
	ctx := interruptible(t.Context(), signals, func(code int) { exits <- code })
	if ctx.Err() != nil {
		t.Fatal("ended before any signal")
	}
	signals <- syscall.SIGTERM
	<-ctx.Done()
	if cause := context.Cause(ctx); !strings.Contains(cause.Error(), "terminated") {
		t.Errorf("cause %v", cause)
	}
	select {
	case code := <-exits:
		t.Fatalf("the first signal exits with %d", code)
	default:
	}
	signals <- os.Interrupt
	if code := <-exits; code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

func TestExitCodeOfASignal(t *testing.T) {
	t.Parallel()
	if got := exitCodeOf(syscall.SIGTERM); got != 143 {
		t.Errorf("SIGTERM: %d, want 143", got)
	}
}
