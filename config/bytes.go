package config

import (
	"math"
	"regexp"
	"strconv"
)

// units of sizes; String takes the largest binary one that fits.
var units = map[string]int64{
	"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10,
	"GB": 1e9, "MB": 1e6, "kB": 1e3,
}

var sizeForm = regexp.MustCompile(`^(0|[1-9][0-9]*)(kB|MB|GB|KiB|MiB|GiB)$`)

// String is the size with the largest binary unit that leaves it whole: 64KiB,
// 1MiB, 1000. Load reads it back.
func (b Bytes) String() string {
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		if n := units[unit]; b != 0 && int64(b)%n == 0 {
			return strconv.FormatInt(int64(b)/n, 10) + unit
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// parseBytes reads a size with a unit.
func parseBytes(text string) (Bytes, bool) {
	parts := sizeForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	unit := units[parts[2]]
	if err != nil || n > math.MaxInt64/unit {
		return 0, false
	}
	return Bytes(n * unit), true
}
