package ops

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// view is a page as people read it: numbers are texts, and what needs a look
// says so.
type view struct {
	page
	Icon     template.URL
	Headline string // why it is not well; empty if it is
	Uptime   string
	Started  string
	At       string
	Tiles    []tile
	Products []productView
	Topics   []topicView
	// Loaded says since when the contracts are in use, Refused why later ones
	// are not, Restart that the configuration has changed.
	Loaded, Refused string
	Restart         bool
}

// tile is one number at the top.
type tile struct {
	Name, Value, Unit, Note string
	Bad                     bool
}

type productView struct {
	product
	Rate, DeadRate   string
	Share            string // of good records
	Promised         string
	Since            string // share since the start
	Budget           int    // used of the error budget, percent, at most 100
	HasBudget        bool
	Broken           bool
	LagText          string
	Version, Digest  string
	Area, Line       string // of the curve
	Reasons          []reasonView
	InputList, Other string
}

type reasonView struct {
	Reason, Keyword, Records string
	Percent                  int
}

// topicView is an input with the partitions that this member owns.
type topicView struct {
	Topic, LagText string
	Held           int
	Partitions     []partitionView
}

type partitionView struct {
	Partition                       int32
	LagText, Committed, End, Detail string
	Held                            bool
}

// The icon in a browser's tab is the state as a dot.
const (
	iconGood = template.URL("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='6' fill='%230f766e'/%3E%3C/svg%3E")
	iconBad  = template.URL("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M8 1l7 14H1z' fill='%23b42318'/%3E%3C/svg%3E")
)

func viewOf(p page) view {
	v := view{
		page: p, Icon: iconGood, Headline: headline(p),
		Uptime: span(p.At.Sub(p.StartedAt)), Started: p.StartedAt.Format(time.RFC3339), At: p.At.Format("15:04:05 MST"),
	}
	if v.Headline != "" {
		v.Icon = iconBad
	}
	v.Tiles = tiles(p)
	v.Loaded, v.Refused = contracts(p)
	v.Restart = p.Reload.RestartNeeded
	for _, product := range p.Products {
		v.Products = append(v.Products, viewOfProduct(product))
	}
	for _, part := range p.Partitions {
		i := slices.IndexFunc(v.Topics, func(t topicView) bool { return t.Topic == part.Topic })
		if i < 0 {
			i = len(v.Topics)
			v.Topics = append(v.Topics, topicView{Topic: part.Topic, LagText: known(lagOf([]string{part.Topic}, p.Partitions))})
		}
		t := &v.Topics[i]
		t.Partitions = append(t.Partitions, partitionView{
			part.Partition, known(part.Lag), known(part.Committed), known(part.HighWatermark), part.Detail, part.Held,
		})
		if part.Held {
			t.Held++
		}
	}
	return v
}

// headline says in one line what is wrong.
func headline(p page) string {
	if !p.Live {
		return p.LiveDetail
	}
	for _, c := range p.Checks {
		if !c.OK {
			return c.Detail
		}
	}
	if !p.Ready {
		return "not ready"
	}
	return ""
}

// contracts says what became of reloads.
func contracts(p page) (loaded, refused string) {
	loaded = "Contracts are those of the start."
	last := p.Reload.Last
	if last == nil {
		return loaded, ""
	}
	ago := span(p.At.Sub(last.Time)) + " ago (" + string(last.Trigger) + ")"
	if p.Reload.Successful {
		return "Contracts were reloaded " + ago + ".", ""
	}
	refused = ago + ": " + last.Result
	if len(last.Problems) > 0 {
		refused = ago + ": " + last.Problems[0].String()
	}
	return "Contracts are those of the files as they were " + span(p.At.Sub(p.Reload.LoadedAt)) + " ago.", refused
}

func tiles(p page) []tile {
	var in, out, dead float64
	rated := len(p.Products) > 0
	for _, product := range p.Products {
		if product.PerSecond == nil {
			rated = false
			break
		}
		in, out, dead = in+product.PerSecond.Consumed, out+product.PerSecond.Accepted, dead+product.PerSecond.DeadLettered
	}
	rate := func(name string, v float64, note string) tile {
		if !rated {
			return tile{Name: name, Value: "–", Note: note}
		}
		return tile{Name: name, Value: decimal(v), Unit: "/s", Note: note}
	}
	lag, held := offset(-1), 0
	for _, part := range p.Partitions {
		if part.Lag >= 0 {
			lag = max(lag, 0) + part.Lag
		}
		if part.Held {
			held++
		}
	}
	waiting := tile{Name: "Lag", Value: known(lag), Note: "records wait in " + partitions(len(p.Partitions))}
	if held > 0 {
		waiting.Note, waiting.Bad = partitions(held)+" held", true
	}
	flight := tile{Name: "In flight", Value: count(p.InFlightRecords), Note: size(p.InFlightBytes)}
	if p.BackPressure {
		flight.Note, flight.Bad = "back-pressure", true
	}
	commit := tile{Name: "Last commit", Value: "never", Note: "offsets of " + p.Group}
	if !p.LastCommit.IsZero() {
		commit.Value, commit.Unit = span(p.At.Sub(p.LastCommit)), "ago"
	}
	return []tile{
		rate("Consumed", in, "from the raw topics"),
		rate("Accepted", out, "to the products"),
		rate("Dead letters", dead, "in the last minute"),
		waiting, flight, commit,
	}
}

func viewOfProduct(p product) productView {
	v := productView{
		product: p, Rate: "–", DeadRate: "–", Share: "–", LagText: known(p.Lag),
		InputList: strings.Join(p.Input, ", "),
	}
	if p.Output == "" && p.DLQ != "" {
		v.Other = "what no product takes"
	}
	if p.PerSecond != nil {
		v.Rate, v.DeadRate = decimal(p.PerSecond.Consumed), decimal(p.PerSecond.DeadLettered)
	}
	if p.RecentGoodRatio != nil {
		v.Share = percent(*p.RecentGoodRatio)
	}
	if p.GoodRatio != nil {
		v.Since = percent(*p.GoodRatio)
	}
	if p.SLO != nil {
		if promised := p.SLO.GoodRatio; promised > 0 {
			v.Promised = percent(promised)
			if p.RecentGoodRatio != nil {
				v.HasBudget = true
				v.Broken = *p.RecentGoodRatio < promised
				v.Budget = used(*p.RecentGoodRatio, promised)
			}
		}
	}
	_, v.Version, _ = strings.Cut(p.Schema, "@")
	v.Digest = p.SchemaSHA256[:min(12, len(p.SchemaSHA256))]
	v.Area, v.Line = plot(p.curve)
	for _, r := range p.TopReasons {
		v.Reasons = append(v.Reasons, reasonView{
			strings.ReplaceAll(r.Reason, "_", " "), r.Keyword, count(r.Records), int(100 * r.Records / max(1, p.DeadLettered)),
		})
	}
	return v
}

// used is the share of an error budget that a ratio uses, in percent.
func used(ratio, promised float64) int {
	if promised >= 1 {
		if ratio < 1 {
			return 100
		}
		return 0
	}
	return int(min(100, max(0, 100*(1-ratio)/(1-promised))))
}

// The curve is drawn on a field of this size.
const curveWidth, curveHeight = 120, 28

// plot returns a curve as an area and as the line above it, in SVG's words.
func plot(values []float64) (area, line string) {
	if len(values) < 2 {
		return "", ""
	}
	top := cmp.Or(slices.Max(values), 1)
	var b strings.Builder
	for i, v := range values {
		fmt.Fprintf(&b, "%.1f,%.1f ", float64(i)*curveWidth/float64(len(values)-1), 1+(curveHeight-2)*(1-max(0, v)/top))
	}
	line = strings.TrimSpace(b.String())
	return fmt.Sprintf("0,%d %s %d,%d", curveHeight, line, curveWidth, curveHeight), line
}
