package main

import (
	"io/fs"
	"runtime"
	"testing"
	"time"

	"github.com/sluicedata/sluice/validate"
)

// schemaTexts are all schemas of the corpora that are not made from shared
// material, and the webhooks where these are there.
func schemaTexts(t testing.TB) (all [][]byte) {
	t.Helper()
	files, err := fs.Glob(builtin, "schemas/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := builtin.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	webhooks, err := octokit("../../../shared")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range webhooks {
		all = append(all, w.schema)
	}
	return all
}

func BenchmarkCompile(b *testing.B) {
	texts := schemaTexts(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := validate.Compile(texts[i%len(texts)], validate.Options{Location: location}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCompileBounds: 700 schemas in 2 s of processor time, and what they hold
// on to.
func TestCompileBounds(t *testing.T) {
	texts := schemaTexts(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var kept []*validate.Schema
	size := 0
	start := cpu()
	for i := range 700 {
		s, err := validate.Compile(texts[i%len(texts)], validate.Options{Location: location})
		if err != nil {
			t.Fatal(err)
		}
		size += len(texts[i%len(texts)])
		kept = append(kept, s)
	}
	spent := cpu() - start
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := int(after.HeapAlloc-before.HeapAlloc) / len(kept)
	t.Logf("700 schemas of %d bytes on average in %v; each holds %d KiB", size/700, spent.Round(time.Millisecond), held>>10)
	if spent > 10*time.Second { // five times the goal: other tests run too
		t.Errorf("700 schemas took %v", spent)
	}
	runtime.KeepAlive(kept)
}
