// Command bench measures the service beside a program that only copies records
// with the same client, on the Kafka that the scenarios of integration run on.
//
//	go run ./integration/internal/bench drain     a full topic, as fast as it goes
//	go run ./integration/internal/bench latency   a steady rate, end to end
//	go run ./integration/internal/bench reload    full load, with and without reloads
//	go run ./integration/internal/bench soak      full load for a long time
//
// Candidates run one after the other, again and again, so that a busy machine
// hurts all of them alike; medians are compared. Flags say how much of what.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/sluicedata/sluice/integration/internal/cluster"
	"github.com/sluicedata/sluice/integration/internal/service"
)

// options are the flags.
type options struct {
	records    int64
	runs       int
	bad        float64
	partitions int
	members    int
	codec      string
	profile    string
	candidates string
	rates      string
	seconds    int
	interval   time.Duration
	ahead      int64
	minutes    float64
	products   int
	all        bool
	cores      int
	root       string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) == 3 && os.Args[1] == copyCommand {
		exit(runCopy(ctx, os.Args[2]))
	}
	var o options
	flag.Int64Var(&o.records, "records", 2_000_000, "records of a drain")
	flag.IntVar(&o.runs, "runs", 5, "runs of each candidate")
	flag.Float64Var(&o.bad, "bad", 0.02, "share of records that violate their contract")
	flag.IntVar(&o.partitions, "partitions", 4, "partitions of every topic")
	flag.IntVar(&o.members, "members", 1, "members of each candidate's group")
	flag.StringVar(&o.codec, "codec", "snappy", "compression of what is produced")
	flag.StringVar(&o.profile, "profile", "", "profile of the service; default balanced for a drain, latency for latency")
	flag.StringVar(&o.candidates, "candidates", "", "what to measure: of nothing (latency only), copy, at_least_once, exactly_once; default all")
	flag.StringVar(&o.rates, "rates", "10000", "records a second of a latency run; several with commas")
	flag.IntVar(&o.seconds, "seconds", 15, "length of a latency run, after 5 seconds to warm up, or of a window of reload")
	flag.DurationVar(&o.interval, "commit_interval", 0, "commit_interval of the service; default that of its delivery")
	flag.Int64Var(&o.ahead, "ahead", 300_000, "records that a soak or reload run keeps waiting for the service")
	flag.Float64Var(&o.minutes, "minutes", 20, "length of a soak")
	flag.IntVar(&o.products, "products", 1000, "products of a reload run")
	flag.BoolVar(&o.all, "all", false, "let every reload change all contracts, and not one")
	flag.IntVar(&o.cores, "cores", 0, "GOMAXPROCS of the service in a soak or reload run; default all")
	flag.StringVar(&o.root, "root", ".", "folder of the module")
	flag.Parse()
	exit(run(ctx, o, flag.Arg(0)))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, o options, what string) error {
	measure, ok := map[string]func(context.Context, *bench) error{
		"drain": drain, "latency": latency, "reload": reloading, "soak": soak,
	}[what]
	if !ok {
		return errors.New("say what to measure: drain, latency, reload or soak")
	}
	folder, err := os.MkdirTemp("", "sluice-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	root, err := filepath.Abs(o.root)
	if err != nil {
		return err
	}
	// Else a broker looks each five minutes for what it may delete.
	kafka, err := cluster.Start(ctx, "KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS=5000", "KAFKA_LOG_INITIAL_TASK_DELAY_MS=1000")
	if err != nil {
		return err
	}
	defer kafka.Close()
	b := &bench{options: o, kafka: kafka, folder: folder, events: orders{bad: o.bad}, prefix: fmt.Sprintf("bench-%x-", time.Now().Unix())}
	if b.service, err = service.Build(ctx, root, folder, "sluice"); err != nil {
		return err
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if err := b.open(); err != nil {
		return err
	}
	defer b.close()
	fmt.Printf("%s on %s %s, %d partitions, orders of about %d bytes, %g %% bad, %s, acks of all replicas\n",
		what, kafka.Name(), kafka.Version, o.partitions, b.size(), 100*o.bad, o.codec)
	return measure(ctx, b)
}

// names are the candidates to measure, these by default.
func (b *bench) names(usual ...string) []string {
	if b.candidates == "" {
		return usual
	}
	return strings.Split(b.candidates, ",")
}
