package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestInfer(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"a.ndjson": "{\"id\":1}\n{\"id\":2,\"n\":null}\n", "bad.ndjson": "{\"id\":1}\n{\"id\":\n{\"id\":\n", "none.ndjson": "\n", "junk.ndjson": "x\n"})
	f := func(wantCode int, wantOut, wantErr string, args ...string) {
		t.Helper()
		for i := range args {
			if strings.HasSuffix(args[i], ".ndjson") {
				args[i] = filepath.Join(dir, args[i])
			}
		}
		code, stdout, stderr := sluice(t, append([]string{"infer"}, args...)...)
		if code != wantCode || !strings.Contains(stdout, wantOut) || (wantOut == "") != (stdout == "") || strings.ReplaceAll(stderr, dir, "DIR") != wantErr {
			t.Errorf("infer %v: %d\n%s%s", args, code, stdout, stderr)
		}
	}
	f(0, `"title": "order (draft)"`, "", "--title", "order", "a.ndjson")
	f(0, `inferred from 4 records`, "", "a.ndjson", "a.ndjson")
	f(1, `inferred from 1 record:`, "sluice: 2 lines left out because they are no records, such as DIR/bad.ndjson:2: ends in the middle of a JSON value at byte 6\n", "bad.ndjson")
	f(2, "", "sluice: no line is a record, the first at DIR/junk.ndjson:1: expected a JSON value at byte 0\n", "junk.ndjson")
	f(2, "", "sluice: no record to infer a schema from: give a file, or records on stdin, one JSON text a line\n", "none.ndjson")
	f(2, "", "sluice: no record to infer a schema from: give a file, or records on stdin, one JSON text a line\n")
	f(2, "", "sluice: open DIR/absent.ndjson: no such file or directory\n", "absent.ndjson")

	_, schema, _ := sluice(t, "infer", filepath.Join(dir, "a.ndjson"))
	file := filepath.Join(write(t, map[string]string{"schema.json": schema}), "schema.json")
	if code, _, stderr := sluice(t, "pipe", "--schema", file, filepath.Join(dir, "a.ndjson")); code != 0 {
		t.Errorf("%d %s", code, stderr)
	}
}
