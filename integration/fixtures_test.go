package integration

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/schemas/examples"
)

// fixture is one document of an example domain.
type fixture struct {
	name  string
	value []byte
	// reason is empty for a valid document. It comes from the fixture's folder
	// and name.
	reason string
}

// fixtures are the documents beside a schema of an example domain, such as
// "order" or "webhooks/label_event".
func fixtures(t testing.TB, domain, schema string) []fixture {
	t.Helper()
	var list []fixture
	for _, kind := range []string{"valid", "invalid"} {
		folder := path.Join(domain, "schemas/examples", kind, schema)
		files, err := fs.ReadDir(examples.FS, folder)
		if err != nil {
			if kind == "invalid" {
				continue // an event of which GitHub publishes only good payloads
			}
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := fs.ReadFile(examples.FS, path.Join(folder, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			documents := [][]byte{text}
			if strings.HasSuffix(f.Name(), ".ndjson") {
				documents = bytes.Split(bytes.TrimSpace(text), []byte("\n"))
			}
			reason := ""
			if kind == "invalid" {
				if reason = "schema_violation"; strings.HasPrefix(f.Name(), "malformed-") {
					reason = "malformed_json"
				}
			}
			for _, d := range documents {
				list = append(list, fixture{f.Name(), d, reason})
			}
		}
	}
	if len(list) == 0 {
		t.Fatalf("no fixtures of %s %s", domain, schema)
	}
	return list
}

// unique makes a document's bytes its own and changes nothing that it says: it
// writes a number as white space before it.
func unique(value []byte, n int) []byte {
	var b bytes.Buffer
	for i := range 20 {
		b.WriteByte(" \t"[n>>i&1])
	}
	b.Write(value)
	return b.Bytes()
}

// key is one of a few hundred, so that order can be seen; sometimes there is
// none.
func key(n int) []byte {
	if n%17 == 0 {
		return nil
	}
	return fmt.Appendf(nil, "customer-%03d", n*7919%300)
}
