package pipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/validate"
)

// BySchema judges lines by a schema that takes records of this size at most.
func BySchema(s *validate.Schema, recordBytes int) func() Judge {
	// The parts of a product that a schema alone has.
	route := new(router.Route)
	return func() Judge { return &bySchema{schema: s, recordBytes: recordBytes, route: route} }
}

type bySchema struct {
	schema      *validate.Schema
	recordBytes int
	route       *router.Route
}

// Decide implements Judge.
func (j *bySchema) Decide(line []byte, _ int64) router.Decision {
	if line == nil {
		return j.refuse(router.LimitExceeded, &validate.Verdict{
			Class: validate.LimitExceeded, Message: "the record is over the size limit", Offset: j.recordBytes,
		})
	}
	v := j.schema.Check(line)
	switch v.Class {
	case validate.Valid:
		return router.Decision{Route: j.route, Outcome: router.Accepted}
	case validate.Malformed:
		return j.refuse(router.MalformedJSON, &v)
	case validate.LimitExceeded:
		return j.refuse(router.LimitExceeded, &v)
	case validate.Violates:
		return j.refuse(router.SchemaViolation, &v)
	default:
		return j.refuse(router.Internal, &v)
	}
}

func (j *bySchema) refuse(r router.Reason, v *validate.Verdict) router.Decision {
	stage := router.StageValidate
	if v.Class == validate.Malformed || v.Class == validate.LimitExceeded {
		stage = router.StageDecode
	}
	return router.Decision{Route: j.route, Outcome: router.DeadLettered, Reason: r, Stage: stage, Verdict: v}
}

// Lines say as what records of a topic lines come.
type Lines struct {
	// Product whose records they may be; empty for any of Topic.
	Product string
	// Topic they come from; empty where the product has only one.
	Topic string
	// Key of every record; nil is none.
	Key *string
	// Headers of every record, each NAME=VALUE.
	Headers []string
}

// ByProduct judges lines as the service of the configuration does: by
// router.Decide. The lines are the JSON of the records: where the product has
// the registry's wire format, its prefix is put before them.
func ByProduct(cfg *config.Config, table *router.Table, l Lines) (func() Judge, error) {
	p, err := l.resolve(cfg)
	if err != nil {
		return nil, err
	}
	model := byProduct{table: table, topic: l.Topic}
	if p.WireFormat == config.WireConfluent {
		model.prefix = []byte{0, 0, 0, 0, 0}
	}
	if l.Key != nil {
		model.key = append([]byte{}, *l.Key...)
	}
	for _, h := range l.Headers {
		name, value, ok := strings.Cut(h, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--header %q: write NAME=VALUE", h)
		}
		model.headers = append(model.headers, header{name, []byte(value)})
	}
	if l.Product != "" && p.Match != nil {
		_, given := model.Header(p.Match.Header)
		switch {
		case p.Match.Header != "" && !given:
			return nil, fmt.Errorf("product %s is matched by header %s: say what the records have, --header %s=VALUE", p.Name, p.Match.Header, p.Match.Header)
		case p.Match.Key && l.Key == nil:
			return nil, fmt.Errorf("product %s is matched by the record's key: say what the records have, --key VALUE", p.Name)
		}
	}
	return func() Judge { j := model; return &j }, nil
}

// resolve fills in the topic and returns the product, or the first of the topic.
func (l *Lines) resolve(cfg *config.Config) (*config.Product, error) {
	var p *config.Product
	var names []string
	for i := range cfg.Products {
		q := &cfg.Products[i]
		names = append(names, q.Name)
		if l.Product == q.Name || l.Product == "" && p == nil && slices.Contains(q.Input, l.Topic) {
			p = q
		}
	}
	switch {
	case p == nil && l.Product != "":
		return nil, fmt.Errorf("--product %q: there is no such product in %s: choose one of %s", l.Product, cfg.File, strings.Join(names, ", "))
	case p == nil:
		return nil, fmt.Errorf("--topic %q: no product of %s reads it", l.Topic, cfg.File)
	case l.Topic == "" && len(p.Input) > 1:
		return nil, fmt.Errorf("product %s has %d inputs: choose one with --topic: %s", p.Name, len(p.Input), strings.Join(p.Input, ", "))
	case l.Topic == "":
		l.Topic = p.Input[0]
	case !slices.Contains(p.Input, l.Topic):
		return nil, fmt.Errorf("--topic %q: product %s does not read it: choose %s", l.Topic, p.Name, strings.Join(p.Input, ", "))
	}
	if l.Product == "" {
		for i := range cfg.Products {
			if q := &cfg.Products[i]; slices.Contains(q.Input, l.Topic) && q.WireFormat != p.WireFormat {
				return nil, fmt.Errorf("--topic %q: its products have different wire formats: choose one with --product", l.Topic)
			}
		}
	}
	return p, nil
}

type header struct {
	name  string
	value []byte
}

// byProduct is a router.Record whose value is the line at hand.
type byProduct struct {
	table   *router.Table
	topic   string
	key     []byte
	headers []header
	prefix  []byte // of the registry, or nil

	value  []byte
	size   int64
	joined []byte // reused
}

// Decide implements Judge.
func (j *byProduct) Decide(line []byte, size int64) router.Decision {
	switch {
	case line == nil:
		j.value = []byte{} // a record over the limit is not looked into
	case j.prefix == nil:
		j.value = line
	default:
		j.joined = append(append(j.joined[:0], j.prefix...), line...)
		j.value = j.joined
	}
	j.size = size + int64(len(j.prefix))
	d := j.table.Decide(j.topic, j)
	if d.Verdict != nil && d.Verdict.Offset >= len(j.prefix) {
		d.Verdict.Offset -= len(j.prefix)
	}
	return d
}

// Key implements router.Record.
func (j *byProduct) Key() []byte { return j.key }

// Value implements router.Record.
func (j *byProduct) Value() []byte { return j.value }

// Header implements router.Record.
func (j *byProduct) Header(name string) ([]byte, bool) {
	for i := len(j.headers) - 1; i >= 0; i-- {
		if j.headers[i].name == name {
			return j.headers[i].value, true
		}
	}
	return nil, false
}

// Size implements router.Record.
func (j *byProduct) Size() int {
	n := int(j.size) + len(j.key)
	for _, h := range j.headers {
		n += len(h.name) + len(h.value)
	}
	return n
}
