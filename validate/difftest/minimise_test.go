package difftest

import (
	"maps"
	"slices"
	"testing"

	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// minimise shrinks a schema and a record for as long as still holds.
func minimise(schema, record any, still func(schema, record any) bool) (any, any) {
	for budget := 2000; budget > 0; {
		smaller := false
		for _, s := range reductions(schema) {
			if budget--; budget > 0 && still(s, record) {
				schema, smaller = s, true
				break
			}
		}
		for _, r := range reductions(record) {
			if budget--; budget > 0 && still(schema, r) {
				record, smaller = r, true
				break
			}
		}
		if !smaller {
			break
		}
	}
	return schema, record
}

// reductions returns values that are one step smaller.
func reductions(v any) (all []any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			without := maps.Clone(v)
			delete(without, name)
			all = append(all, without)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			for _, r := range reductions(v[name]) {
				with := maps.Clone(v)
				with[name] = r
				all = append(all, with)
			}
		}
	case []any:
		for i := range v {
			all = append(all, slices.Delete(slices.Clone(v), i, i+1))
		}
		for i := range v {
			for _, r := range reductions(v[i]) {
				with := slices.Clone(v)
				with[i] = r
				all = append(all, with)
			}
		}
	case string:
		if len([]rune(v)) > 4 {
			r := []rune(v)
			all = append(all, string(r[:len(r)/2]), string(r[len(r)/2:]))
		}
	}
	return all
}

func TestMinimise(t *testing.T) {
	t.Parallel()
	schema, _ := gen.Parse([]byte(`{"a":{"b":[1,2,{"type":"x","y":1}]},"c":5}`))
	record, _ := gen.Parse([]byte(`[1,[2,{"k":"v"}],3]`))
	s, r := minimise(schema, record, func(s, r any) bool {
		return slices.Contains(gen.Write(s), 'y') && slices.Contains(gen.Write(r), 'k')
	})
	if got := string(gen.Write(s)); got != `{"a":{"b":[{"type":"x"}]}}` && got != `{"a":{"b":[{"y":1}]}}` {
		t.Errorf("schema %s", got)
	}
	if got := string(gen.Write(r)); got != `[[{"k":"v"}]]` {
		t.Errorf("record %s", got)
	}
}
