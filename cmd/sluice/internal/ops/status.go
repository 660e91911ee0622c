package ops

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/consumer"
)

// page is /status, as JSON and for people. It holds names, counts and times,
// nothing of a record.
type page struct {
	Domain   string          `json:"domain"`
	Owner    string          `json:"owner,omitempty"`
	Group    string          `json:"group"`
	Delivery config.Delivery `json:"delivery"`
	Build    Build           `json:"build"`

	At            time.Time `json:"at"`
	StartedAt     time.Time `json:"started_at"`
	UptimeSeconds float64   `json:"uptime_seconds"`

	Live       bool    `json:"live"`
	LiveDetail string  `json:"live_detail,omitempty"`
	Ready      bool    `json:"ready"`
	Checks     []check `json:"checks"`

	Products   []product   `json:"products"`
	Partitions []partition `json:"partitions"`

	Reload reloadStatus `json:"reload"`

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

	// PerSecond is of the last minute; null while that is not known.
	PerSecond *perSecond `json:"per_second"`
	// GoodRatio is the share of accepted records among those judged since the
	// start, RecentGoodRatio in the last five minutes; null without records.
	GoodRatio       *float64 `json:"good_ratio"`
	RecentGoodRatio *float64 `json:"recent_good_ratio"`
	SLO             *promise `json:"slo,omitempty"`
	// Lag is of the owned partitions of the product's inputs, which it may share.
	Lag offset `json:"lag"`
	// TopReasons are why records became dead letters since the start.
	TopReasons []reason `json:"top_reasons,omitempty"`

	curve []float64
}

// promise is what the configuration says under slo; what is zero is not
// promised.
type promise struct {
	GoodRatio         float64 `json:"good_ratio,omitempty"`
	LatencyP99Seconds float64 `json:"latency_p99_seconds,omitempty"`
}

type reason struct {
	Reason  string `json:"reason"`
	Keyword string `json:"keyword,omitempty"`
	Records int64  `json:"records"`
}

// Of each product so many reasons are shown.
const topReasons = 5

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

// status answers with JSON, or with a page where a browser asks.
func (h *handler) status(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	html, ok := wantsHTML(r)
	switch {
	case !ok:
		text(w, http.StatusBadRequest, "no such format: choose ?format=json or ?format=html\n")
	case html:
		writePage(w, h.page(), h.Logger)
	default:
		answer(w, http.StatusOK, h.page())
	}
}

func (h *handler) page() page {
	s, now := h.Status(), time.Now()
	p := page{
		Domain: h.Config.Domain, Owner: h.Config.Owner, Group: h.Config.Kafka.Group, Delivery: h.Config.Delivery,
		Build: h.Build,
		At:    now.UTC(), StartedAt: h.started.UTC(), UptimeSeconds: now.Sub(h.started).Round(time.Millisecond).Seconds(),
		Live: s.Live, LiveDetail: s.LiveDetail, Ready: s.Ready, Checks: checks(s),
		Products: make([]product, len(s.Products)), Partitions: make([]partition, len(s.Partitions)),
		Reload:          reloadStatusOf(h.Reloader.State()),
		InFlightRecords: s.InFlightRecords, InFlightBytes: s.InFlightBytes,
		BackPressure: s.BackPressure, Draining: s.Draining,
		LastPoll: utc(s.LastPoll), LastCommit: utc(s.LastCommit), LastBrokerContact: utc(s.LastBrokerContact),
	}
	for i, v := range s.Partitions {
		p.Partitions[i] = partition{
			Topic: v.Topic, Partition: v.Partition,
			Committed: offset(v.Committed), Position: offset(v.Position), HighWatermark: offset(v.HighWatermark),
			Lag: lag(v), Held: v.Held, Detail: v.Detail,
		}
	}
	past, last := h.history.list(), sampleOf(now, s.Products)
	for i, v := range s.Products {
		p.Products[i] = h.product(v)
		p.Products[i].PerSecond = rate(past, last, i)
		p.Products[i].RecentGoodRatio = recentRatio(past, last, i)
		p.Products[i].curve = curve(past, last, i)
		p.Products[i].Lag = lagOf(p.Products[i].Input, p.Partitions)
	}
	return p
}

// product adds what the configuration says of a product to its counts. The
// unmatched route is no product of the configuration.
func (h *handler) product(v consumer.ProductStatus) product {
	p := product{
		Product: v.Product, Output: v.Output, DLQ: v.DLQ, Schema: v.Schema, SchemaSHA256: v.SchemaSHA256,
		Consumed: v.Consumed, Accepted: v.Accepted, DeadLettered: v.DeadLettered, Dropped: v.Dropped,
		InFlight: v.InFlight, Released: v.Released,
		GoodRatio: goodRatio(v.Accepted, v.DeadLettered),
	}
	for _, r := range v.Rejected[:min(topReasons, len(v.Rejected))] {
		p.TopReasons = append(p.TopReasons, reason{r.Reason.String(), r.Keyword, r.Records})
	}
	for _, c := range h.Config.Products {
		if c.Name != v.Product {
			continue
		}
		p.Description, p.Input = c.Description, c.Input
		if c.SLO.GoodRatio > 0 || c.SLO.LatencyP99 > 0 {
			p.SLO = &promise{c.SLO.GoodRatio, c.SLO.LatencyP99.Seconds()}
		}
	}
	return p
}

// lagOf is the lag of some topics, -1 while nothing is known of it.
func lagOf(topics []string, partitions []partition) offset {
	sum := offset(-1)
	for _, p := range partitions {
		if p.Lag >= 0 && slices.Contains(topics, p.Topic) {
			sum = max(sum, 0) + p.Lag
		}
	}
	return sum
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
