package ops

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicedata/sluice/cmd/sluice/internal/reload"
	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
	"github.com/sluicedata/sluice/consumer/metrics"
	"github.com/sluicedata/sluice/router"
)

func TestHealthz(t *testing.T) {
	t.Parallel()
	f := func(s consumer.Status, code int, body string) {
		t.Helper()
		o := options()
		o.Status = func() consumer.Status { return s }
		if w := ask(newHandler(o), "GET", "/healthz", ""); w.Code != code || w.Body.String() != body {
			t.Errorf("%+v: %d %q, want %d %q", s, w.Code, w.Body, code, body)
		}
	}
	f(consumer.Status{Live: true, LiveDetail: "starting"}, 200, "live: starting\n")
	f(consumer.Status{Live: true, LiveDetail: "in back-pressure", BackPressure: true}, 200, "live: in back-pressure\n")
	f(consumer.Status{Live: true, LiveDetail: "draining", Draining: true}, 200, "live: draining\n")
	f(consumer.Status{LiveDetail: "the loop has not turned"}, 503, "not live: the loop has not turned\n")
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	group := consumer.Check{Name: "group", OK: true, Detail: "joined sluice-sales"}
	broker := consumer.Check{Name: "broker", Detail: "none of kafka:9092 answered"}
	outputs := consumer.Check{Name: "outputs", Detail: "sales.orders.v1: missing <topic>"}
	f := func(s consumer.Status, code int, body, verbose string) {
		t.Helper()
		o := options()
		o.Status = func() consumer.Status { return s }
		h := newHandler(o)
		if w := ask(h, "GET", "/readyz", ""); w.Code != code || w.Body.String() != body {
			t.Errorf("%+v: %d %q, want %d %q", s, w.Code, w.Body, code, body)
		}
		for _, query := range []string{"?verbose", "?verbose=1"} {
			w := ask(h, "GET", "/readyz"+query, "")
			if got := strings.Join(strings.Fields(w.Body.String()), " "); w.Code != code || got != verbose {
				t.Errorf("%+v: %d %s, want %d %s", s, w.Code, got, code, verbose)
			}
			decode(t, w, new(any))
		}
	}
	f(consumer.Status{Ready: true, Checks: []consumer.Check{group}}, 200, "ready\n",
		`{ "ready": true, "checks": [ { "name": "group", "ok": true, "detail": "joined sluice-sales" } ] }`)
	f(consumer.Status{Checks: []consumer.Check{group, broker, outputs}}, 503,
		"not ready\nbroker: none of kafka:9092 answered\noutputs: sales.orders.v1: missing <topic>\n",
		`{ "ready": false, "checks": [ { "name": "group", "ok": true, "detail": "joined sluice-sales" }, `+
			`{ "name": "broker", "ok": false, "detail": "none of kafka:9092 answered" }, `+
			`{ "name": "outputs", "ok": false, "detail": "sales.orders.v1: missing <topic>" } ] }`)
	f(consumer.Status{}, 503, "not ready\n", `{ "ready": false, "checks": [] }`)
}

func TestStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Status = func() consumer.Status {
			return consumer.Status{
				Live: true, LiveDetail: "the loop turns",
				Checks: []consumer.Check{{Name: "inputs", Detail: "shop.orders partition 1: a batch is too large"}},
				Products: []consumer.ProductStatus{
					{
						Product: "orders", Schema: "orders@3f2a", SchemaSHA256: "3f2a91", Output: "sales.orders.v1", DLQ: "sales.orders.v1.dlq",
						Consumed: 100, Accepted: 80, DeadLettered: 20, Dropped: 2, InFlight: 8, Released: 1,
						Rejected: []metrics.Rejection{
							{Reason: router.SchemaViolation, Keyword: "required", Records: 8},
							{Reason: router.MalformedJSON, Records: 7},
							{Reason: router.NullValue, Records: 2},
							{Reason: router.LimitExceeded, Records: 1},
							{Reason: router.Internal, Records: 1},
							{Reason: router.SchemaViolation, Keyword: "type", Records: 1},
						},
					},
					{Product: "_unmatched"},
				},
				Partitions: []consumer.PartitionStatus{
					{Topic: "shop.orders", Partition: 0, Committed: 90, Position: 100, HighWatermark: 120},
					{Topic: "shop.orders", Partition: 1, Committed: -1, Position: -1, HighWatermark: -1, Held: true, Detail: "a batch is too large"},
					{Topic: "shop.orders", Partition: 2, Committed: 12, Position: 12, HighWatermark: 10},
				},
				InFlightRecords: 8, InFlightBytes: 4096, BackPressure: true,
				LastPoll: time.Now().In(time.FixedZone("east", 3600)),
			}
		}
		o.Reloader = &reloader{state: reload.State{
			LoadedAt: time.Now().In(time.FixedZone("east", 3600)), RestartNeeded: true,
			Last: &reload.Result{
				Time: time.Now().Add(time.Second), Trigger: reload.ByFile, Took: 250 * time.Millisecond,
				Err: config.Problems{{File: "order.json", Line: 3, Column: 7, Path: "products[0].schema", What: "is wrong", Mend: "mend it"}},
			},
		}}
		h := newHandler(o)
		time.Sleep(90*time.Second + 5*time.Millisecond) // of the test's own clock
		w := ask(h, "GET", "/status", "")
		decode(t, w, new(any))
		if got := w.Body.String(); got != wantStatus {
			t.Errorf("status is\n%s\nwant\n%s", got, wantStatus)
		}
	})
}

// The test's own clock begins at the year 2000.
const wantStatus = `{
  "domain": "sales",
  "owner": "sales-data@example.com",
  "group": "sluice-sales",
  "delivery": "at_least_once",
  "build": {
    "version": "v1.2.3",
    "revision": "abc",
    "go_version": "go1.26",
    "platform": "linux/amd64"
  },
  "at": "2000-01-01T00:01:30.005Z",
  "started_at": "2000-01-01T00:00:00Z",
  "uptime_seconds": 90.005,
  "live": true,
  "live_detail": "the loop turns",
  "ready": false,
  "checks": [
    {
      "name": "inputs",
      "ok": false,
      "detail": "shop.orders partition 1: a batch is too large"
    }
  ],
  "products": [
    {
      "product": "orders",
      "description": "Accepted orders.",
      "input": [
        "shop.orders"
      ],
      "output": "sales.orders.v1",
      "dlq": "sales.orders.v1.dlq",
      "schema": "orders@3f2a",
      "schema_sha256": "3f2a91",
      "consumed": 100,
      "accepted": 80,
      "dead_lettered": 20,
      "dropped": 2,
      "in_flight": 8,
      "released": 1,
      "per_second": null,
      "good_ratio": 0.8,
      "recent_good_ratio": 0.8,
      "slo": {
        "good_ratio": 0.999,
        "latency_p99_seconds": 0.05
      },
      "lag": 30,
      "top_reasons": [
        {
          "reason": "schema_violation",
          "keyword": "required",
          "records": 8
        },
        {
          "reason": "malformed_json",
          "records": 7
        },
        {
          "reason": "null_value",
          "records": 2
        },
        {
          "reason": "limit_exceeded",
          "records": 1
        },
        {
          "reason": "internal",
          "records": 1
        }
      ]
    },
    {
      "product": "_unmatched",
      "consumed": 0,
      "accepted": 0,
      "dead_lettered": 0,
      "dropped": 0,
      "in_flight": 0,
      "released": 0,
      "per_second": null,
      "good_ratio": null,
      "recent_good_ratio": null,
      "lag": null
    }
  ],
  "partitions": [
    {
      "topic": "shop.orders",
      "partition": 0,
      "committed": 90,
      "position": 100,
      "high_watermark": 120,
      "lag": 30,
      "held": false
    },
    {
      "topic": "shop.orders",
      "partition": 1,
      "committed": null,
      "position": null,
      "high_watermark": null,
      "lag": null,
      "held": true,
      "detail": "a batch is too large"
    },
    {
      "topic": "shop.orders",
      "partition": 2,
      "committed": 12,
      "position": 12,
      "high_watermark": 10,
      "lag": 0,
      "held": false
    }
  ],
  "reload": {
    "successful": false,
    "loaded_at": "2000-01-01T00:00:00Z",
    "restart_needed": true,
    "last": {
      "result": "failure",
      "time": "2000-01-01T00:00:01Z",
      "trigger": "file",
      "took_seconds": 0.25,
      "changed": [],
      "problems": [
        {
          "file": "order.json",
          "line": 3,
          "column": 7,
          "path": "products[0].schema",
          "what": "is wrong",
          "mend": "mend it"
        }
      ]
    }
  },
  "in_flight_records": 8,
  "in_flight_bytes": 4096,
  "back_pressure": true,
  "draining": false,
  "last_poll": "2000-01-01T00:01:30.005Z"
}
`
