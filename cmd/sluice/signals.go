package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
)

// interruptible returns a context that the first signal ends, for a stop that
// finishes its work. The second one exits at once, with the code by which a
// shell tells of that signal: whoever sends it does not want to wait.
func interruptible(parent context.Context, signals <-chan os.Signal, exit func(code int)) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	go func() {
		defer cancel(nil)
		for second := false; ; second = true {
			select {
			case <-parent.Done():
				return
			case s := <-signals:
				if second {
					exit(exitCodeOf(s))
					return
				}
				cancel(fmt.Errorf("signal: %s", s))
			}
		}
	}()
	return ctx
}

func exitCodeOf(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return exitCannotRun
}
