// Command sluice is the quality gate of a data mesh: it judges the records of
// a domain's raw Kafka topics by the contracts of the domain's data products,
// writes good records to the product's topic and bad ones, untouched and with
// the reasons, to its dead-letter topic.
//
// Each command is a file of its own: flags, and one call. Commands exit 0 when
// all is well, 1 when they found what they look for (problems, an unhealthy
// service), 2 when they could not run. Answers go to stdout, errors to stderr.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx := interruptible(context.Background(), signals, os.Exit)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
