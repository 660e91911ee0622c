package config

import (
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// span is what a number, a size or a duration may be, both ends included.
type span struct{ least, most int64 }

func spanOf[T ~int | ~int64](least, most T) span { return span{int64(least), int64(most)} }

// spans has every number, size and duration. Their ends are no tuning advice:
// outside of them lies what cannot work.
var spans = map[string]span{
	"commit_interval":                 spanOf(10*time.Millisecond, 10*time.Minute),
	"shutdown_timeout":                spanOf(time.Second, time.Hour),
	"kafka.session_timeout":           spanOf(time.Second, 30*time.Minute),
	"kafka.rebalance_timeout":         spanOf(time.Second, time.Hour),
	"kafka.linger":                    spanOf(0, time.Minute),
	"kafka.fetch_min_bytes":           spanOf[Bytes](1, 16<<20),
	"kafka.fetch_max_wait":            spanOf(time.Millisecond, 30*time.Second),
	"kafka.max_poll_records":          spanOf(1, 1_000_000),
	"reload.interval":                 spanOf(10*time.Millisecond, time.Hour),
	"reload.timeout":                  spanOf(100*time.Millisecond, 10*time.Minute),
	"limits.record_bytes":             spanOf[Bytes](1<<10, 1<<30),
	"limits.depth":                    spanOf(1, 10_000),
	"limits.values":                   spanOf(1, 100_000_000),
	"limits.number_digits":            spanOf(1, 10_000),
	"limits.number_exponent":          spanOf(1, 10_000),
	"limits.pattern_input_bytes":      spanOf[Bytes](1, 1<<30),
	"limits.violations":               spanOf(1, 1_000),
	"limits.violations_bytes":         spanOf[Bytes](256, 1<<20),
	"limits.dead_letter_header_bytes": spanOf[Bytes](4<<10, 1<<20),
	"limits.schema_bytes":             spanOf[Bytes](1, 64<<20),
	"limits.pattern_bytes":            spanOf[Bytes](1, 64<<10),
	"limits.contracts_bytes":          spanOf[Bytes](1<<10, 64<<30),
	"limits.in_flight_bytes":          spanOf[Bytes](1<<20, 64<<30),
	"limits.in_flight_records":        spanOf(1, 100_000_000),
	"limits.fetch_batch_bytes":        spanOf[Bytes](1<<10, 1<<30),
	"limits.admin_request_bytes":      spanOf[Bytes](64, 64<<20),
	"products[].slo.latency_p99":      spanOf(time.Millisecond, time.Hour),

	"topics.partitions":                     spanOf(1, 100_000),
	"topics.replication":                    spanOf(1, 32),
	"topics.min_insync_replicas":            spanOf(1, 32),
	"topics.retention":                      spanOf(time.Minute, 876_000*time.Hour),
	"topics.dlq_retention":                  spanOf(time.Minute, 876_000*time.Hour),
	"products[].topics.partitions":          spanOf(1, 100_000),
	"products[].topics.replication":         spanOf(1, 32),
	"products[].topics.min_insync_replicas": spanOf(1, 32),
	"products[].topics.retention":           spanOf(time.Minute, 876_000*time.Hour),
	"products[].topics.dlq_retention":       spanOf(time.Minute, 876_000*time.Hour),
}

// checkRanges compares what the file gives with spans. The defaults lie inside.
func (c *checker) checkRanges(v reflect.Value, path, kind string) {
	for _, k := range keysOf(v.Type()) {
		at, general := join(path, k.name), join(kind, k.name)
		field := v.FieldByIndex(k.index)
		if allowed, ok := spans[general]; ok {
			if c.has(at) {
				c.inside(field, at, allowed)
			}
			continue
		}
		switch {
		case isMapping(k.typ):
			c.checkRanges(field, at, general)
		case k.typ.Kind() == reflect.Slice && isMapping(k.typ.Elem()):
			for i := range field.Len() {
				c.checkRanges(field.Index(i), fmt.Sprintf("%s[%d]", at, i), general+"[]")
			}
		}
	}
}

func (c *checker) inside(v reflect.Value, path string, allowed span) {
	said := c.number(path, written(v.Type(), v.Int()))
	switch {
	case v.Int() < allowed.least:
		c.addPath(path, said+" is below the minimum", "write at least "+written(v.Type(), allowed.least))
	case v.Int() > allowed.most:
		c.addPath(path, said+" is above the maximum", "write at most "+written(v.Type(), allowed.most))
	}
}

// written is a number as a file would say it.
func written(t reflect.Type, n int64) string {
	switch t {
	case durationType:
		return short(time.Duration(n))
	case bytesType:
		return Bytes(n).String()
	default:
		return strconv.FormatInt(n, 10)
	}
}

// short is a duration without the zeros of its String: 10m, not 10m0s.
func short(d time.Duration) string {
	for _, unit := range []struct {
		d    time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}} {
		if d != 0 && d%unit.d == 0 {
			return strconv.FormatInt(int64(d/unit.d), 10) + unit.name
		}
	}
	return d.String()
}
