package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/cmd/sluice/internal/ops"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := sluice(t, "version")
	if want := "sluice version " + describe(currentBuild()) + "\n"; code != 0 || stdout != want || stderr != "" {
		t.Errorf("%d %q %q, want %q", code, stdout, stderr, want)
	}
	if _, flag, _ := sluice(t, "--version"); flag != stdout {
		t.Errorf("--version says %q, version %q", flag, stdout)
	}
	code, stdout, _ = sluice(t, "version", "--json")
	var b ops.Build
	if err := json.Unmarshal([]byte(stdout), &b); code != 0 || err != nil || b != currentBuild() {
		t.Errorf("%d %v %s", code, err, stdout)
	}
}

func TestBuildIsTheLinkersThenTheGoCommands(t *testing.T) {
	t.Parallel()
	stamped := &debug.BuildInfo{
		Main: debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"},
		},
	}
	f := func(info *debug.BuildInfo, linked ops.Build, want string) {
		t.Helper()
		want += runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
		if got := describe(buildOf(info, linked)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(stamped, ops.Build{}, "v1.2.3 (revision abc modified, 2026-01-02T03:04:05Z, ")
	f(stamped, ops.Build{Version: "v2"}, "v2 (revision abc modified, 2026-01-02T03:04:05Z, ")
	// The time that the go command knows is that of another revision.
	f(stamped, ops.Build{Version: "v2", Revision: "def"}, "v2 (revision def, ")
	f(&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, ops.Build{}, "dev (")
	f(&debug.BuildInfo{}, ops.Build{}, "dev (")
	if !strings.Contains(describe(currentBuild()), runtime.Version()) {
		t.Error("this build has no Go version")
	}
}
