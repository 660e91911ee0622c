package config

import "time"

// Profile is what the service is tuned for, where keys of their own do not say
// otherwise.
type Profile string

// The values of Profile.
const (
	// ProfileLatency decides on few records at a time, so that none waits long
	// for its neighbours.
	ProfileLatency Profile = "latency"
	// ProfileBalanced adds no waits, and decides on many records at a time when
	// many are there.
	ProfileBalanced Profile = "balanced"
	// ProfileThroughput lets records gather where they come one by one: the
	// least CPU per record, at the price of latency.
	ProfileThroughput Profile = "throughput"
)

// tuning is what a profile sets.
type tuning struct {
	linger, fetchMaxWait time.Duration
	fetchMinBytes        Bytes
	maxPollRecords       int
}

var profiles = map[Profile]tuning{
	ProfileLatency:    {fetchMinBytes: 1, fetchMaxWait: 500 * time.Millisecond, maxPollRecords: 2_000},
	ProfileBalanced:   {fetchMinBytes: 1, fetchMaxWait: 500 * time.Millisecond, maxPollRecords: 20_000},
	ProfileThroughput: {linger: 5 * time.Millisecond, fetchMinBytes: 256 << 10, fetchMaxWait: 50 * time.Millisecond, maxPollRecords: 50_000},
}

// tune fills in what the file leaves to the profile.
func (c *Config) tune(r *report) {
	t := profiles[c.Profile]
	if !r.has("kafka.linger") {
		c.Kafka.Linger = t.linger
	}
	if !r.has("kafka.fetch_min_bytes") {
		c.Kafka.FetchMinBytes = t.fetchMinBytes
	}
	if !r.has("kafka.fetch_max_wait") {
		c.Kafka.FetchMaxWait = t.fetchMaxWait
	}
	if !r.has("kafka.max_poll_records") {
		c.Kafka.MaxPollRecords = t.maxPollRecords
	}
}
