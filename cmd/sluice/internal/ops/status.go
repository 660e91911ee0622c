package ops

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
)

// page is /status. It holds names, counts and times, nothing of a record.
type page struct {
	Domain   string          `json:"domain"`
	Owner    string          `json:"owner,omitempty"`
	Group    string          `json:"group"`
	Delivery config.Delivery `json:"delivery"`
	Build    Build           `json:"build"`

	StartedAt     time.Time `json:"started_at"`
	UptimeSeconds float64   `json:"uptime_seconds"`

	Live       bool    `json:"live"`
	LiveDetail string  `json:"live_detail,omitempty"`
	Ready      bool    `json:"ready"`
	Checks     []check `json:"checks"`

	Products   []product   `json:"products"`
	Partitions []partition `json:"partitions"`

	InFlightRecords   int64     `json:"in_flight_records"`
	InFlightBytes     int64     `json:"in_flight_bytes"`
	BackPressure      bool      `json:"back_pressure"`
	Draining          bool      `json:"draining"`
	LastPoll          time.Time `json:"last_poll,omitzero"`
	LastCommit        time.Time `json:"last_commit,omitzero"`
	LastBrokerContact time.Time `json:"last_broker_contact,omitzero"`
}

type product struct {
	Product      string   `json:"product"`
	Description  string   `json:"description,omitempty"`
	Input        []string `json:"input,omitempty"`
	Output       string   `json:"output,omitempty"`
	DLQ          string   `json:"dlq,omitempty"`
	Schema       string   `json:"schema,omitempty"`
	SchemaSHA256 string   `json:"schema_sha256,omitempty"`

	Consumed     int64 `json:"consumed"`
	Accepted     int64 `json:"accepted"`
	DeadLettered int64 `json:"dead_lettered"`
	Dropped      int64 `json:"dropped"`
	InFlight     int64 `json:"in_flight"`
	Released     int64 `json:"released"`
}

type partition struct {
	Topic         string `json:"topic"`
	Partition     int32  `json:"partition"`
	Committed     offset `json:"committed"`
	Position      offset `json:"position"`
	HighWatermark offset `json:"high_watermark"`
	Lag           offset `json:"lag"`
	Held          bool   `json:"held"`
	Detail        string `json:"detail,omitempty"`
}

// offset is null in JSON while it is not known, which is below zero.
type offset int64

// MarshalJSON implements json.Marshaler.
func (o offset) MarshalJSON() ([]byte, error) {
	if o < 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(o), 10), nil
}

func (h *handler) status(w http.ResponseWriter, _ *http.Request) {
	s := h.Status()
	p := page{
		Domain: h.Config.Domain, Owner: h.Config.Owner, Group: h.Config.Kafka.Group, Delivery: h.Config.Delivery,
		Build:     h.Build,
		StartedAt: h.started.UTC(), UptimeSeconds: time.Since(h.started).Round(time.Millisecond).Seconds(),
		Live: s.Live, LiveDetail: s.LiveDetail, Ready: s.Ready, Checks: checks(s),
		Products: make([]product, len(s.Products)), Partitions: make([]partition, len(s.Partitions)),
		InFlightRecords: s.InFlightRecords, InFlightBytes: s.InFlightBytes,
		BackPressure: s.BackPressure, Draining: s.Draining,
		LastPoll: utc(s.LastPoll), LastCommit: utc(s.LastCommit), LastBrokerContact: utc(s.LastBrokerContact),
	}
	for i, v := range s.Products {
		p.Products[i] = h.product(v)
	}
	for i, v := range s.Partitions {
		p.Partitions[i] = partition{
			Topic: v.Topic, Partition: v.Partition,
			Committed: offset(v.Committed), Position: offset(v.Position), HighWatermark: offset(v.HighWatermark),
			Lag: lag(v), Held: v.Held, Detail: v.Detail,
		}
	}
	answer(w, http.StatusOK, p)
}

// product adds what the configuration says of a product to its counts. The
// unmatched route is no product of the configuration.
func (h *handler) product(v consumer.ProductStatus) product {
	p := product{
		Product: v.Product, Output: v.Output, DLQ: v.DLQ, Schema: v.Schema, SchemaSHA256: v.SchemaSHA256,
		Consumed: v.Consumed, Accepted: v.Accepted, DeadLettered: v.DeadLettered, Dropped: v.Dropped,
		InFlight: v.InFlight, Released: v.Released,
	}
	for _, c := range h.Config.Products {
		if c.Name == v.Product {
			p.Description, p.Input = c.Description, c.Input
		}
	}
	return p
}

// lag is how far the group is behind the end of a partition.
func lag(p consumer.PartitionStatus) offset {
	if p.HighWatermark < 0 || p.Committed < 0 {
		return -1
	}
	return offset(max(0, p.HighWatermark-p.Committed))
}

// utc leaves the zero time, which is never, the zero time.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
