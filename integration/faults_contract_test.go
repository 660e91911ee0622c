package integration

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// contractFaults come in the files of the contracts.
var contractFaults = []fault{
	{name: "contracts swapped, half-written and broken", run: contractsChange},
}

// contractsChange writes a contract ten times a second: a new version, half of
// one, and one that is none.
func contractsChange(t *trial) {
	t.sales()
	t.config.Set("interval", "50ms", "reload")
	p := t.load(500)
	file := filepath.Join(t.config.Folder, "schemas", "order.json")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	version := func(n int) []byte {
		return bytes.Replace(whole, []byte(`"version": "1.2.0"`), fmt.Appendf(nil, `"version": "1.2.%d"`, n), 1)
	}
	for n := range times(30, 200) {
		switch n % 3 {
		case 0:
			write(version(n + 1))
		case 1:
			write(version(n)[:len(whole)/2])
		default:
			write([]byte(`{"type": 5}`))
		}
		t.injected()
		t.hold(100 * time.Millisecond)
	}
	write(version(9999))
	count, err := t.counters(p)
	t.await("the last contract", func() (bool, string) {
		if count, err = t.counters(p); err != nil {
			return false, err.Error()
		}
		n := count("sluice_schema_info", "version", "1.2.9999")
		return n == 1, fmt.Sprint(n)
	})
	const reloads = "sluice_schema_reloads_total"
	taken, refused := count(reloads, "result", "success"), count(reloads, "result", "failure")
	if taken < 3 || refused < 3 {
		t.Errorf("%d contracts were taken over, %d refused", taken, refused)
	}
	t.proof("%d contracts were taken over, %d were refused", taken, refused)
	t.grow(100, p)
	t.recovers(p)
	t.once(p)
}
