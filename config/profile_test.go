package config

import (
	"strings"
	"testing"
	"time"
)

func TestProfileSetsWhatTheFileLeavesOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	with := func(lines string) Kafka {
		return read(t, dir, strings.Replace(minimal, "products:", lines+"products:", 1)).Kafka
	}
	latency, balanced, throughput := with("profile: latency\n"), with("profile: balanced\n"), with("profile: throughput\n")
	// An idle or lightly loaded service waits for nothing but with throughput.
	for _, k := range []Kafka{latency, balanced} {
		if k.Linger != 0 || k.FetchMinBytes != 1 {
			t.Errorf("linger %v, fetch_min_bytes %v", k.Linger, k.FetchMinBytes)
		}
	}
	if throughput.Linger == 0 || throughput.FetchMinBytes == 1 || throughput.FetchMaxWait > 100*time.Millisecond {
		t.Errorf("throughput: linger %v, fetch_min_bytes %v within %v", throughput.Linger, throughput.FetchMinBytes, throughput.FetchMaxWait)
	}
	if latency.MaxPollRecords >= balanced.MaxPollRecords || balanced.MaxPollRecords >= throughput.MaxPollRecords {
		t.Errorf("max_poll_records: %d, %d, %d", latency.MaxPollRecords, balanced.MaxPollRecords, throughput.MaxPollRecords)
	}
}

func TestKeysWinOverTheProfile(t *testing.T) {
	t.Parallel()
	text := strings.Replace(minimal, "kafka:\n", "profile: throughput\nkafka:\n  linger: 0s\n  fetch_min_bytes: 1\n  fetch_max_wait: 2s\n  max_poll_records: 7\n", 1)
	k := read(t, t.TempDir(), text).Kafka
	if k.Linger != 0 || k.FetchMinBytes != 1 || k.FetchMaxWait != 2*time.Second || k.MaxPollRecords != 7 {
		t.Errorf("%v %v %v %v", k.Linger, k.FetchMinBytes, k.FetchMaxWait, k.MaxPollRecords)
	}
}
