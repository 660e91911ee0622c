package deploy_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Units that are used, as Grafana names them.
var units = []string{"none", "short", "percentunit", "s", "bytes", "decbytes", "Bps", "rps", "cps", "eps", "mps", "bool_yes_no", "suffix:×"}

// TestDashboards checks what Grafana would not complain about: it shows what
// it can of a broken dashboard.
func TestDashboards(t *testing.T) {
	t.Parallel()
	all := dashboards(t)
	var uids []string
	for _, d := range all {
		uids = append(uids, d.UID)
	}
	for file, d := range all {
		complain := func(format string, args ...any) { t.Errorf("%s: "+format, append([]any{file}, args...)...) }
		if d.UID == "" || !strings.HasSuffix(file, "/"+d.UID+".json") || d.Title == "" || d.Description == "" || d.Editable {
			complain("uid, file name, title or description is missing, or it is editable")
		}
		// 36 is Grafana 9; what later versions added is not used.
		if d.SchemaVersion != 36 {
			complain("schemaVersion is %d", d.SchemaVersion)
		}
		d.checkVariables(complain)
		d.checkGrid(complain)
		for _, uid := range uids {
			if uid != d.UID && !slices.ContainsFunc(d.Links, func(l struct {
				URL string `json:"url"`
			},
			) bool {
				return strings.HasPrefix(l.URL, "/d/"+uid+"?") && strings.Contains(l.URL, "var-domain=${domain}")
			}) {
				complain("no link to %s that keeps the domain", uid)
			}
		}
		if len(d.Annotations.List) < 3 {
			complain("annotations are missing")
		}
		ids := make(map[int]bool)
		for i := range d.Panels {
			p := &d.Panels[i]
			if ids[p.ID] || p.ID == 0 {
				complain("%s: id %d is missing or not unique", p.Title, p.ID)
			}
			ids[p.ID] = true
			if p.Type != "row" {
				p.check(complain, uids)
			}
		}
	}
}

func (d *dashboard) checkVariables(complain func(string, ...any)) {
	var names []string
	text := ""
	for _, q := range d.queries() {
		text += q.expr + "\n"
	}
	for _, v := range d.Templating.List {
		text += v.Definition + "\n"
		names = append(names, v.Name)
		if v.Label == "" {
			complain("$%s has no label", v.Name)
		}
		if v.Type == "query" && v.Refresh != 2 {
			complain("$%s does not look again when the time range changes", v.Name)
		}
	}
	if len(names) < 4 || !slices.Equal(names[:4], []string{"datasource", "domain", "product", "instance"}) {
		complain("variables are %q", names)
	}
	for _, name := range names {
		if name != "datasource" && !regexp.MustCompile(`\$`+name+`\b`).MatchString(text) {
			complain("$%s is not used", name)
		}
	}
	for _, m := range variableForm.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) && !strings.HasPrefix(m[1], "__") {
			complain("$%s is not defined", m[1])
		}
	}
}

func (d *dashboard) checkGrid(complain func(string, ...any)) {
	taken := make(map[[2]int]string)
	for i := range d.Panels {
		p := &d.Panels[i]
		g := p.GridPos
		if g.W < 1 || g.H < 1 || g.X < 0 || g.X+g.W > 24 {
			complain("%s is not within the 24 columns", p.Title)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok {
					complain("%s lies on %s", p.Title, other)
					return
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}

func (p *panel) check(complain func(string, ...any), uids []string) {
	say := func(format string, args ...any) { complain("%s: %s", p.Title, fmt.Sprintf(format, args...)) }
	if p.Title == "" || p.Description == "" {
		say("no title or no description")
	}
	if !slices.Contains(units, p.FieldConfig.Defaults.Unit) {
		say("unit %q", p.FieldConfig.Defaults.Unit)
	}
	if !slices.Contains([]string{"stat", "timeseries", "heatmap", "table"}, p.Type) {
		say("type %q is not one that Grafana has had since 9", p.Type)
	}
	if len(p.Targets) == 0 {
		say("no query")
	}
	sources := []datasource{p.Datasource}
	refs := make(map[string]bool)
	for _, target := range p.Targets {
		if target.RefID == "" || refs[target.RefID] {
			say("refId %q is missing or not unique", target.RefID)
		}
		refs[target.RefID] = true
		sources = append(sources, target.Datasource)
		if target.Instant != (p.Type == "stat" || p.Type == "table") {
			say("%s: instant is %v", target.RefID, target.Instant)
		}
		if p.Type == "timeseries" && target.LegendFormat == "" {
			say("%s has no legend", target.RefID)
		}
	}
	for _, s := range sources {
		if s != (datasource{"prometheus", "${datasource}"}) {
			say("data source is %v", s)
		}
	}
	for _, l := range p.FieldConfig.Defaults.Links {
		uid, _, _ := strings.Cut(strings.TrimPrefix(l.URL, "/d/"), "?")
		if !slices.Contains(uids, uid) {
			say("leads to %q", l.URL)
		}
	}
}

var redForm = regexp.MustCompile(`Red as ((?:Sluice\w+(?: and )?)+):`)

// TestThresholdsAreTheAlerts holds what is red in a dashboard to what fires.
func TestThresholdsAreTheAlerts(t *testing.T) {
	t.Parallel()
	exprs := make(map[string]string)
	for _, r := range allRules(t) {
		exprs[r.Alert] += r.Expr + "\n"
	}
	shown := make(map[string]bool)
	for _, d := range dashboards(t) {
		for i := range d.Panels {
			p := &d.Panels[i]
			steps := p.FieldConfig.Defaults.Thresholds.Steps
			where := d.UID + " / " + p.Title
			red := ""
			for i, s := range steps {
				switch {
				case s.Color != "red":
				case s.Value == nil && i+1 < len(steps): // red below the next
					red = "below " + number(*steps[i+1].Value)
				case s.Value != nil:
					red = number(*s.Value)
				}
			}
			m := redForm.FindStringSubmatch(p.Description)
			switch {
			case red == "" && m != nil:
				t.Errorf("%s names an alert and is never red", where)
			case red == "" || strings.HasSuffix(p.Description, "Red as soon as any alert fires."):
			case m == nil:
				t.Errorf("%s is red from %s on and says of no alert why", where, red)
			default:
				for _, alert := range strings.Split(m[1], " and ") {
					shown[alert] = true
					if !fires(exprs[alert], red) {
						t.Errorf("%s is red from %s on, %s is\n%s", where, red, alert, exprs[alert])
					}
				}
			}
		}
	}
	for alert := range exprs {
		// Down and Absent are about a service that tells nothing.
		if alert != "" && !shown[alert] && alert != "SluiceDown" && alert != "SluiceAbsent" {
			t.Errorf("no panel shows when %s fires", alert)
		}
	}
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// fires reports whether an alert compares with the value at which a panel
// becomes red. Below 1 is equal to 0 for what is 0 or 1.
func fires(expr, red string) bool {
	if red == "below 1" {
		return strings.Contains(expr, "== 0")
	}
	return regexp.MustCompile(`(>|>=) ` + regexp.QuoteMeta(red) + `(\s|$)`).MatchString(expr)
}
