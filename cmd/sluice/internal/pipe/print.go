package pipe

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// shown is how many kinds of failure a profile for people lists.
const shown = 10

// Print writes the profile for people.
func (p *Profile) Print(w io.Writer) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name string, n int64) {
		fmt.Fprintf(t, "  %s\t%d\t%s\n", name, n, share(n, p.Records))
	}
	fmt.Fprintf(t, "records\t%d\t\n", p.Records)
	line("good", p.Good)
	line("bad", p.Bad)
	if p.Products != nil {
		line("dropped", p.Dropped)
		line("other products", p.Other)
	}
	fmt.Fprintf(t, "blank lines\t%d\t\n", p.Blank)
	fmt.Fprintf(t, "bytes\t%d\t\n", p.Bytes)
	fmt.Fprintf(t, "largest record\t%d\t\n", p.Largest)
	_ = t.Flush() // a strings.Builder takes it all
	if len(p.Products) > 0 {
		t := section(&b, "product\taccepted\tdead letters\tdropped")
		for _, c := range p.Products {
			fmt.Fprintf(t, "  %s\t%d\t%d\t%d\n", c.Product, c.Accepted, c.DeadLettered, c.Dropped)
		}
		_ = t.Flush()
	}
	counts(&b, "reason", p.Reasons, p.Records)
	counts(&b, "keyword of the first violation", p.Keywords, p.Records)
	if len(p.Failures) > 0 {
		t := section(&b, "failure\trecords\tfirst at\twhat")
		for i := range p.Failures[:min(shown, len(p.Failures))] {
			f := &p.Failures[i]
			fmt.Fprintf(t, "  %s\t%d\t%s\t%s\n", f.Fingerprint[:12], f.Count, f.Place(), f.what())
		}
		_ = t.Flush()
		if more := len(p.Failures) - shown; more > 0 {
			fmt.Fprintf(&b, "  and %d kinds more: --json lists them\n", more)
		}
	}
	// Columns that end a line are filled up.
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func section(b *strings.Builder, head string) *tabwriter.Writer {
	b.WriteString("\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, head)
	return t
}

func counts(b *strings.Builder, head string, list []Count, of int64) {
	if len(list) == 0 {
		return
	}
	t := section(b, head+"\trecords\t")
	for _, c := range list {
		fmt.Fprintf(t, "  %s\t%d\t%s\n", c.Name, c.Count, share(c.Count, of))
	}
	_ = t.Flush()
}

func share(n, of int64) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f %%", 100*float64(n)/float64(of))
}

// Place is where a failure of this kind was first seen.
func (f *FailureCount) Place() string {
	if f.File == "" {
		return fmt.Sprintf("line %d", f.Line)
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

func (f *FailureCount) what() string {
	const most = 3
	if len(f.Keywords) == 0 {
		return f.Reason + ": " + f.Message
	}
	text := strings.Join(f.Keywords[:min(most, len(f.Keywords))], " ")
	if more := len(f.Keywords) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + ": " + f.Message
}
