package difftest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// source is a given schema with records that somebody thought of.
type source struct {
	draft   gen.Draft
	schema  any
	records []any
}

// examples are the shipped contracts.
var examples = sync.OnceValue(func() (all []source) {
	const root = "../../schemas/examples"
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || strings.Contains(strings.TrimPrefix(filepath.ToSlash(path), root), "/examples/") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// The large ones cost the others too much time.
		schema, err := gen.Parse(text)
		m, ok := schema.(map[string]any)
		if err != nil || !ok || len(text) > 100_000 {
			return err
		}
		all = append(all, source{draftOf(m, 2020), schema, fixtures(filepath.Dir(path), strings.TrimSuffix(filepath.Base(path), ".json"))})
		return nil
	})
	return all
})

// fixtures of a schema in a folder.
func fixtures(dir, name string) (records []any) {
	for _, kind := range []string{"valid", "invalid"} {
		files, _ := filepath.Glob(filepath.Join(dir, "examples", kind, name, "*"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			for line := range strings.Lines(strings.TrimSpace(string(text))) {
				if v, err := gen.Parse([]byte(line)); err == nil {
					records = append(records, v)
				}
			}
			if v, err := gen.Parse(text); err == nil {
				records = append(records, v)
			}
		}
	}
	return records
}

func draftOf(schema map[string]any, otherwise gen.Draft) gen.Draft {
	uri, _ := schema["$schema"].(string)
	for _, d := range gen.Drafts {
		if strings.TrimSuffix(uri, "#") == strings.TrimSuffix(d.URI(), "#") {
			return d
		}
	}
	return otherwise
}

// suite is the official test suite, if it lies beside the repository.
var suite = sync.OnceValue(func() (all []source) {
	names := map[gen.Draft]string{4: "draft4", 6: "draft6", 7: "draft7", 2019: "draft2019-09", 2020: "draft2020-12"}
	for _, draft := range gen.Drafts { // in their order: a seed means the same schema in every run
		files, _ := filepath.Glob("../../../shared/data/JSON-Schema-Test-Suite/tests/" + names[draft] + "/*.json")
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			var groups []struct {
				Schema json.RawMessage
				Tests  []struct{ Data json.RawMessage }
			}
			if json.Unmarshal(text, &groups) != nil {
				continue
			}
			for _, g := range groups {
				s := source{draft: draft}
				if s.schema, err = gen.Parse(g.Schema); err != nil {
					continue
				}
				for _, t := range g.Tests {
					if v, err := gen.Parse(t.Data); err == nil {
						s.records = append(s.records, v)
					}
				}
				all = append(all, s)
			}
		}
	}
	return all
})
