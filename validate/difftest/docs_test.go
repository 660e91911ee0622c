package difftest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocumented holds the table in docs/validation.md equal to Permitted.
func TestDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/validation.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| kind | with | why it stays |\n| --- | --- | --- |\n")
	table, _, _ = strings.Cut(strings.TrimRight(table, "\n"), "\n\n")
	var want strings.Builder
	for _, d := range Permitted {
		fmt.Fprintf(&want, "| %s | %s | %s |\n", d.Name, d.With, d.Reason)
	}
	if table+"\n" != want.String() {
		t.Errorf("docs/validation.md has\n%s\n\nwant\n%s", table, want.String())
	}
}
