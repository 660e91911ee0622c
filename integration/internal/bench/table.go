package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// tellDrains prints medians and how they compare with the copy.
func (b *bench) tellDrains(names []string, seen map[string][]drained) {
	of := func(name string, f func(drained) float64) float64 { return median(seen[name], f) }
	rate := func(d drained) float64 { return d.rate }
	cpu := func(d drained) float64 { return d.cpu }
	rss := func(d drained) float64 { return d.rss }
	bytes := func(d drained) float64 { return d.bytes }
	fmt.Printf("\nmedians of %d runs of %d records\n\n", b.runs, b.records)
	fmt.Println("| candidate | records/s | of the copy | CPU s a million | more than the copy | peak MiB | more | stored bytes a record |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, name := range names {
		fmt.Printf("| %s | %.0f | %s | %.2f | %s | %.0f | %s | %.0f |\n", name,
			of(name, rate), compared("%.2f", of(name, rate)/of("copy", rate)),
			of(name, cpu), compared("%+.2f", of(name, cpu)-of("copy", cpu)),
			of(name, rss), compared("%+.0f", of(name, rss)-of("copy", rss)), of(name, bytes))
	}
}

// tellLatencies prints medians of quantiles.
func (b *bench) tellLatencies(rate int, names []string, seen map[string][]quantiles) {
	ms := func(name string, f func(quantiles) time.Duration) float64 {
		return median(seen[name], func(q quantiles) float64 { return float64(f(q).Microseconds()) / 1000 })
	}
	p50 := func(q quantiles) time.Duration { return q.p50 }
	p99 := func(q quantiles) time.Duration { return q.p99 }
	p999 := func(q quantiles) time.Duration { return q.p999 }
	fmt.Printf("\n%d records a second, medians of %d runs of %d s, milliseconds from before the produce to the reader\n\n", rate, b.runs, b.seconds)
	fmt.Println("| candidate | p50 | more than the copy | p99 | of the copy | p99.9 | CPU of a core |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, name := range names {
		fmt.Printf("| %s | %.1f | %s | %.1f | %s | %.1f | %.0f %% |\n", name,
			ms(name, p50), compared("%+.1f", ms(name, p50)-ms("copy", p50)),
			ms(name, p99), compared("%.2f", ms(name, p99)/ms("copy", p99)), ms(name, p999),
			100*median(seen[name], func(q quantiles) float64 { return q.cpu }))
	}
}

// compared is a comparison with the copy, or a dash where there is none.
func compared(format string, value float64) string {
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return "-"
	}
	return fmt.Sprintf(format, value)
}

// median is NaN without values.
func median[T any](list []T, of func(T) float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	values := make([]float64, len(list))
	for i := range list {
		values[i] = of(list[i])
	}
	slices.Sort(values)
	return (values[len(values)/2] + values[(len(values)-1)/2]) / 2
}
