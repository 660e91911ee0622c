package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sluicedata/sluice/config"
)

// The exit codes of every command.
const (
	exitOK        = 0
	exitFound     = 1
	exitCannotRun = 2
)

// failure is an error with an exit code of its own; any other error is
// exitCannotRun. Without err the command has said all there is to say.
type failure struct {
	code int
	err  error
}

// Error implements error.
func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit code %d", f.code)
	}
	return f.err.Error()
}

// Unwrap gives errors.Is and errors.As the cause.
func (f *failure) Unwrap() error { return f.err }

// exitCode says on stderr what a command's error is, and returns its code.
func exitCode(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code := exitCannotRun
	var f *failure
	if errors.As(err, &f) {
		code = f.code
		if f.err == nil {
			return code
		}
	}
	report(stderr, err)
	return code
}

// report writes an error for people. Problems of a configuration stand as they
// are, one a line, so that editors and CI find file, line and column.
func report(stderr io.Writer, err error) {
	var problems config.Problems
	if errors.As(err, &problems) {
		fmt.Fprintln(stderr, strings.TrimRight(problems.Error(), "\n"))
		return
	}
	text := strings.TrimSpace(err.Error())
	if text == context.Canceled.Error() { // and nothing of where
		text = "interrupted"
	}
	fmt.Fprintf(stderr, "sluice: %s\n", text)
}
