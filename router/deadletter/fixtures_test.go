package deadletter_test

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/router/deadletter"
	"github.com/sluicedata/sluice/validate"
)

var (
	stamp = time.Date(2026, 11, 1, 8, 30, 0, 123e6, time.UTC)
	now   = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
)

func options() deadletter.Options {
	return deadletter.Options{
		Domain: "sales", Group: "sluice-sales", Version: "1.0.0",
		Conventions: []config.Convention{config.ConventionKafka, config.ConventionConnect},
		HeaderBytes: 16 << 10,
	}
}

func source() deadletter.Source {
	return deadletter.Source{Topic: "shop.orders", Partition: 3, Offset: 4711, Timestamp: stamp}
}

// order is a record with headers of every kind: repeated, empty, nil.
func order() *kgo.Record {
	return &kgo.Record{
		Topic: "shop.orders", Partition: 3, Offset: 4711, Timestamp: stamp,
		Key: []byte("c-1"), Value: []byte(`{"id":"x"}`),
		Headers: []kgo.RecordHeader{
			{Key: "trace", Value: []byte("1")},
			{Key: "trace", Value: []byte("2")},
			{Key: "", Value: []byte{0, 0xff}},
			{Key: "nil"},
			{Key: "empty", Value: []byte{}},
		},
	}
}

func violation(location, keyword string) validate.Violation {
	return validate.Violation{
		InstanceLocation: location,
		Rule: &validate.Rule{
			KeywordLocation:         "/properties" + location + "/" + keyword,
			AbsoluteKeywordLocation: "sluice://sales/schemas/order.json#/properties" + location + "/" + keyword,
			Keyword:                 keyword,
			Message:                 "the value breaks " + keyword,
		},
	}
}

func sameViolation(a, b validate.Violation) bool {
	return a.InstanceLocation == b.InstanceLocation && *a.Rule == *b.Rule
}

func violates(total int, list ...validate.Violation) deadletter.Failure {
	return deadletter.Failure{
		Product: "orders", Schema: "orders@1.2.0", SchemaSHA256: "ab12",
		Reason: router.SchemaViolation, Stage: router.StageValidate,
		Verdict: &validate.Verdict{Class: validate.Violates, Violations: list, Total: total},
	}
}
