package ops

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// count writes a number with thin groups of three digits, and short from ten
// million on.
func count(n int64) string {
	switch {
	case n >= 1e12:
		return decimal(float64(n)/1e12) + " T"
	case n >= 1e9:
		return decimal(float64(n)/1e9) + " G"
	case n >= 1e7:
		return decimal(float64(n)/1e6) + " M"
	}
	return groups(strconv.FormatInt(n, 10))
}

func groups(digits string) string {
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "\u202f" + digits[at:]
	}
	return digits
}

// decimal writes a number with three digits that count, and all of a larger one.
func decimal(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 0.01:
		return "< 0.01"
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 1e7:
		return count(int64(v))
	default:
		return groups(strconv.FormatInt(int64(math.Round(v)), 10))
	}
}

// percent writes a ratio so that two digits of what is missing to a hundred can
// be seen, and never a hundred where something is missing.
func percent(ratio float64) string {
	digits := 0
	if missing := 100 * (1 - ratio); missing > 0 {
		digits = min(5, max(1, 1-int(math.Floor(math.Log10(missing)))))
	}
	scale := math.Pow10(digits)
	// A little is added because 99.9 is a hair less in binary.
	return strconv.FormatFloat(math.Floor(100*ratio*scale+1e-6)/scale, 'f', -1, 64) + "\u00a0%"
}

// known writes an offset or a lag, which may not be known yet.
func known(o offset) string {
	if o < 0 {
		return "–"
	}
	return count(int64(o))
}

func size(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return decimal(float64(bytes)/(1<<30)) + " GiB"
	case bytes >= 1<<20:
		return decimal(float64(bytes)/(1<<20)) + " MiB"
	case bytes >= 1<<10:
		return decimal(float64(bytes)/(1<<10)) + " KiB"
	default:
		return count(bytes) + " B"
	}
}

// span writes a time with its two largest units.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "< 1 s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return pair(int(d.Minutes()), "min", int(d.Seconds())%60, "s")
	case d < 24*time.Hour:
		return pair(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	default:
		return pair(int(d.Hours())/24, "d", int(d.Hours())%24, "h")
	}
}

func pair(large int, unit string, small int, smaller string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", large, unit)
	}
	return fmt.Sprintf("%d %s %d %s", large, unit, small, smaller)
}

func partitions(n int) string {
	if n == 1 {
		return "1 partition"
	}
	return groups(strconv.Itoa(n)) + " partitions"
}
