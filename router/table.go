package router

import (
	"fmt"
	"slices"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/jsonscan"
)

// Table knows where every record of a domain goes. It is immutable and safe to
// share.
type Table struct {
	routes  []*Route
	inputs  map[string]*input
	topics  []string // the inputs, sorted
	outputs []string // destinations, sorted
	// products by name, for DecideFor.
	products map[string]*product
	feeds    map[string][]string // inputs by destination, sorted

	recordBytes  int // largest size of a record; 0 is no limit
	patternBytes int // largest text that meets a regular expression; 0 is no limit
	scanLimits   jsonscan.Limits
}

// product is how the records of one route are judged.
type product struct {
	route      *Route
	schema     *validate.Schema
	confluent  bool
	tombstones config.Tombstones
}

// input is one input topic.
type input struct {
	// lookups and regexes are the conditions of its products, each in the file
	// order of the first product that they are for; lookups that look into the
	// value come last.
	lookups []lookup
	regexes []search
	rest    *product // takes what no condition takes; nil if there is none
	// unmatched is the route of what nothing takes; nil if rest is not.
	unmatched *Route
	// rescue is the route of records whose product a bug keeps us from
	// finding. It has a dead-letter topic.
	rescue *Route
	// fields says that a condition looks into the value.
	fields bool
	asked  []asked // for Trace
}

// Compile makes the table of a configuration and its contracts, as config.Load
// and schemas.Load return them. If the configuration is at fault the error is
// a config.Problems.
func Compile(cfg *config.Config, set *schemas.Set) (*Table, error) {
	c := &compiler{
		cfg: cfg,
		table: &Table{
			inputs:       make(map[string]*input),
			feeds:        make(map[string][]string),
			products:     make(map[string]*product),
			recordBytes:  int(cfg.Limits.RecordBytes),
			patternBytes: int(cfg.Limits.PatternInputBytes),
			scanLimits:   scanLimits(cfg.Limits),
		},
	}
	for i := range cfg.Products {
		contract := set.Contract(cfg.Products[i].Name)
		if contract == nil {
			return nil, fmt.Errorf("routes: product %s has no contract in the set: load the set from the same configuration", cfg.Products[i].Name)
		}
		c.add(i, contract)
	}
	c.addUnmatched()
	if len(cfg.Products) == 0 {
		c.problem("products", "names no product", "add one")
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	c.index()
	return c.table, nil
}

// Routes returns a route for each product, in file order, and the unmatched
// route behind them if records may take it.
func (t *Table) Routes() []*Route { return slices.Clone(t.routes) }

// Inputs returns the topics to consume, sorted.
func (t *Table) Inputs() []string { return slices.Clone(t.topics) }

// Outputs returns every topic that records go to, dead-letter topics too,
// sorted.
func (t *Table) Outputs() []string { return slices.Clone(t.outputs) }

// InputsOf returns the inputs whose records may go to a topic, sorted.
func (t *Table) InputsOf(topic string) []string { return slices.Clone(t.feeds[topic]) }

// compiler is one run of Compile.
type compiler struct {
	cfg      *config.Config
	table    *Table
	problems config.Problems
}

func (c *compiler) problem(path, what, mend string) {
	c.problems = append(c.problems, config.Problem{File: c.cfg.File, Path: path, What: what, Mend: mend})
}

// add makes the route of product i and appends it to its inputs.
func (c *compiler) add(i int, contract *schemas.Contract) {
	from := &c.cfg.Products[i]
	route := &Route{
		Index:        len(c.table.routes),
		Product:      from.Name,
		Inputs:       slices.Clone(from.Input),
		Schema:       contract.Name + "@" + contract.Version,
		Version:      contract.Version,
		SchemaSHA256: contract.SHA256,
		Output:       from.Output,
		DLQ:          from.DLQ,
		Keywords:     contract.Schema.Keywords(),
		GoodRatio:    from.SLO.GoodRatio,
		LatencyP99:   from.SLO.LatencyP99,
	}
	c.table.routes = append(c.table.routes, route)
	p := &product{
		route:      route,
		schema:     contract.Schema,
		confluent:  from.WireFormat == config.WireConfluent,
		tombstones: from.Tombstones,
	}
	c.table.products[from.Name] = p
	var cond condition
	ask := asked{product: p}
	if from.Match != nil {
		cond = c.condition(i, p)
		ask.condition = &cond
	}
	for _, topic := range from.Input {
		in := c.table.inputs[topic]
		if in == nil {
			in = new(input)
			c.table.inputs[topic] = in
		}
		switch {
		case in.rest != nil:
			// A product before this one takes everything.
		case from.Match == nil:
			in.rest = p
		default:
			in.add(i, cond, p)
		}
		in.rescue = route
		in.asked = append(in.asked, ask)
	}
}

// addUnmatched gives a route to what the last product of an input may leave.
func (c *compiler) addUnmatched() {
	var open []string
	for topic, in := range c.table.inputs {
		if in.rest == nil {
			open = append(open, topic)
		}
	}
	if len(open) == 0 {
		return
	}
	slices.Sort(open)
	route := &Route{Index: len(c.table.routes), Product: Unmatched, Inputs: open}
	switch action := c.cfg.Unmatched.Action; {
	case action == config.UnmatchedDeadLetter && c.cfg.Unmatched.Topic != "":
		route.DLQ = c.cfg.Unmatched.Topic
	case action == config.UnmatchedDrop:
	default:
		c.problem("unmatched", fmt.Sprintf("is needed: every product of input %s has a match", open[0]),
			"say where records that match none go: { action: dead_letter, topic: … } or { action: drop }")
	}
	c.table.routes = append(c.table.routes, route)
	for _, topic := range open {
		in := c.table.inputs[topic]
		in.unmatched = route
		if route.DLQ != "" {
			in.rescue = route
		}
	}
}

// index fills what the accessors return.
func (c *compiler) index() {
	t := c.table
	for topic := range t.inputs {
		t.topics = append(t.topics, topic)
	}
	slices.Sort(t.topics)
	for _, in := range t.inputs {
		in.sort()
	}
	for _, r := range t.routes {
		for _, to := range []string{r.Output, r.DLQ} {
			if to != "" {
				t.outputs = append(t.outputs, to)
				t.feeds[to] = append(t.feeds[to], r.Inputs...)
			}
		}
	}
	slices.Sort(t.outputs)
	t.outputs = slices.Compact(t.outputs)
	for to, inputs := range t.feeds {
		slices.Sort(inputs)
		t.feeds[to] = slices.Compact(inputs)
	}
}
