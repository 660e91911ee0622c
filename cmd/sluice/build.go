package main

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/sluicedata/sluice/cmd/sluice/internal/ops"
)

// Set by -ldflags "-X main.version=…" where the build is not stamped by the go
// command, as in the container image.
var version, revision, date string

// currentBuild is what this binary was built from.
func currentBuild() ops.Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(info, ops.Build{Version: version, Revision: revision, Date: date})
}

// buildOf completes what -ldflags told with what the go command stamped.
func buildOf(info *debug.BuildInfo, b ops.Build) ops.Build {
	b.GoVersion, b.Platform = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "dev"
	}
	stamped := make(map[string]string)
	for _, s := range info.Settings {
		stamped[s.Key] = s.Value
	}
	if b.Revision == "" {
		b.Revision = stamped["vcs.revision"]
	}
	// What the go command stamped is of its own revision only.
	if b.Revision == stamped["vcs.revision"] {
		if b.Date == "" {
			b.Date = stamped["vcs.time"]
		}
		b.Modified = stamped["vcs.modified"] == "true"
	}
	return b
}

// describe is a build in one line.
func describe(b ops.Build) string {
	var parts []string
	if b.Revision != "" {
		revision := "revision " + b.Revision
		if b.Modified {
			revision += " modified"
		}
		parts = append(parts, revision)
	}
	if b.Date != "" {
		parts = append(parts, b.Date)
	}
	parts = append(parts, b.GoVersion, b.Platform)
	return b.Version + " (" + strings.Join(parts, ", ") + ")"
}
