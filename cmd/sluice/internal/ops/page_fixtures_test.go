package ops

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sluicedata/sluice/cmd/sluice/internal/reload"
	"github.com/sluicedata/sluice/config"
)

// wellPage is always the same, for the pictures.
func wellPage() page {
	at := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	wave := func(base, swing float64) (list []float64) {
		for i := range 60 {
			list = append(list, base+swing*math.Sin(float64(i)/5)+swing/3*math.Sin(float64(i)*1.7))
		}
		return list
	}
	p := page{
		Domain: "sales", Owner: "sales-data@example.com", Group: "sluice-sales", Delivery: config.AtLeastOnce,
		Build:     Build{Version: "v1.2.3", Revision: "0123abc", GoVersion: "go1.26", Platform: "linux/amd64"},
		At:        at,
		StartedAt: at.Add(-51*time.Hour - 12*time.Minute), LastCommit: at.Add(-400 * time.Millisecond),
		Live: true, LiveDetail: "the loop turns", Ready: true,
		Checks: []check{
			{"contracts", true, "compiled"},
			{"group", true, "joined sluice-sales"},
			{"broker", true, "answers"},
			{"outputs", true, "exist and take records"},
			{"inputs", true, "readable"},
		},
		InFlightRecords: 412, InFlightBytes: 219_000,
		Products: []product{
			{
				Product: "orders", Description: "Accepted orders, one record per order.", Input: []string{"shop.orders"},
				Output: "sales.orders.v1", DLQ: "sales.orders.v1.dlq", Schema: "order@1.4.0",
				SchemaSHA256: "9c1f6ad3b27e40d8a1b2c3d4e5f60718293a4b5c6d7e8f901a2b3c4d5e6f7081",
				PerSecond:    &perSecond{1840, 1839.1, 0.42}, GoodRatio: new(0.99972), RecentGoodRatio: new(0.99977),
				SLO: &promise{0.999, 0.05}, Lag: 212, Consumed: 338_120_442, DeadLettered: 94_673,
				TopReasons: []reason{{"schema_violation", "required", 51_210}, {"schema_violation", "format", 30_477}, {"malformed_json", "", 12_986}},
				curve:      wave(1840, 260),
			},
			{
				Product: "refunds", Description: "Refunds from request to payout, one record per step.", Input: []string{"shop.refunds"},
				Output: "sales.refunds.v1", DLQ: "sales.refunds.v1.dlq", Schema: "refund@2.0.1",
				SchemaSHA256: "52d0b7a9e1f34c6688990a1b2c3d4e5f60718293a4b5c6d7e8f901a2b3c4d5e6",
				PerSecond:    &perSecond{96.2, 96.1, 0.05}, GoodRatio: new(0.9991), RecentGoodRatio: new(0.9994),
				SLO: &promise{0.995, 0.1}, Lag: 0, Consumed: 17_220_004, DeadLettered: 15_498,
				TopReasons: []reason{{"schema_violation", "oneOf", 11_020}, {"schema_violation", "minimum", 4_478}},
				curve:      wave(96, 20),
			},
		},
	}
	p.Reload = reloadStatus{
		Successful: true, LoadedAt: at.Add(-2 * time.Hour),
		Last: &reloadResult{Result: "success", Time: at.Add(-2 * time.Hour), Trigger: reload.ByFile},
	}
	for _, topic := range []string{"shop.orders", "shop.refunds"} {
		for i := range int32(4) {
			end := offset(84_530_110 - 61_000*int64(i))
			part := partition{Topic: topic, Partition: i, Committed: end - 53, Position: end, HighWatermark: end, Lag: 53}
			if topic == "shop.refunds" {
				part.Committed, part.Lag = end, 0
			}
			p.Partitions = append(p.Partitions, part)
		}
	}
	return p
}

func troubledPage() page {
	p := wellPage()
	p.Ready = false
	p.Checks[3] = check{"outputs", false, "sales.refunds.v1: TOPIC_AUTHORIZATION_FAILED"}
	p.BackPressure, p.InFlightRecords, p.InFlightBytes = true, 100_000, 53_100_000
	p.LastCommit = p.At.Add(-75 * time.Second)
	p.Reload.Successful, p.Reload.Last = false, &reloadResult{
		Result: "failure", Time: p.At.Add(-4 * time.Minute), Trigger: reload.ByFile,
		Problems: []config.Problem{{File: "schemas/refund.json", Line: 31, Column: 9, What: `"minLenght" is no keyword`, Mend: `write "minLength"`}},
	}
	orders, refunds := &p.Products[0], &p.Products[1]
	orders.PerSecond, orders.RecentGoodRatio, orders.GoodRatio = &perSecond{1912, 1606, 306}, new(0.8604), new(0.99871)
	orders.TopReasons = append([]reason{{"schema_violation", "additionalProperties", 431_870}}, orders.TopReasons...)
	orders.DeadLettered += 431_870
	refunds.PerSecond, refunds.RecentGoodRatio, refunds.Lag, refunds.curve = &perSecond{}, nil, 412_084, nil
	for i := range p.Partitions {
		if part := &p.Partitions[i]; part.Topic == "shop.refunds" {
			part.Held, part.Detail, part.Lag = true, "waits for an output", 103_021
			part.HighWatermark = part.Committed + part.Lag
		}
	}
	return p
}

// longPage has everything as long as a configuration may have it.
func longPage() page {
	p := troubledPage()
	long := strings.Repeat("customer-lifetime-value-", 10) + "v12"
	p.Domain, p.Owner, p.Group = long[:63], long+"@example.com", "sluice-"+long
	p.Reload.RestartNeeded = true
	p.Reload.Last.Problems[0].File, p.Reload.Last.Problems[0].What = long+".json", long
	p.Checks[4] = check{"inputs", false, long + " partition 12: the batch at offset 18446744073709551615 decompresses to more than limits.fetch_batch_bytes: raise it and restart"}
	for i := range 30 {
		p.Products = append(p.Products, product{
			Product: fmt.Sprint(long, i), Description: strings.Repeat("What it is for, and for whom. ", 8), Input: []string{long + ".raw", long + ".late"},
			Output: long + ".v1", Schema: long + "@2026.03.14-nightly.20260314", SchemaSHA256: strings.Repeat("ab", 32),
			PerSecond: &perSecond{9_999_999, 9_999_999, 9_999_999}, GoodRatio: new(0.12345), RecentGoodRatio: new(0.9999999),
			SLO: &promise{0.99999, 86400}, Lag: 123_456_789_012, DeadLettered: 1,
			TopReasons: []reason{{"schema_violation", "unevaluatedProperties", 9_999_999}}, curve: []float64{0, 0, 0},
		})
		p.Partitions = append(p.Partitions, partition{Topic: long + ".raw", Partition: int32(1000 + i), Committed: 9_999_999, HighWatermark: -1, Lag: -1, Held: true, Detail: long})
	}
	p.Products = append(p.Products, product{Product: "_unmatched", DLQ: "unmatched", Lag: -1})
	return p
}
