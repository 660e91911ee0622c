package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCheckFindsEveryProblem looks at what check prints of a configuration and
// of contracts with several mistakes each. Golden files hold the configuration's
// problems in full, and the contracts' places: their texts are the engine's.
func TestCheckFindsEveryProblem(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`^testdata/check/[^:]+:[0-9]+:[0-9]+: [a-z.0-9\[\]]+: `)
	for _, name := range []string{"config", "contract"} {
		file := "testdata/check/" + name + "/sluice.yaml"
		code, stdout, stderr := sluice(t, "check", "--config", file)
		if code != exitFound {
			t.Errorf("%s: exit code %d, want %d", name, code, exitFound)
		}
		places := ""
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		for _, line := range lines {
			if !place.MatchString(line) {
				t.Errorf("%s: no file:line:column: path in %q", name, line)
			}
			places += place.FindString(line) + "\n"
		}
		if want := "sluice: " + file + ": " + count(len(lines), "problem") + "\n"; stderr != want {
			t.Errorf("%s: stderr %q, want %q", name, stderr, want)
		}
		if name == "config" {
			golden(t, "check/config.txt", stdout)
		} else {
			golden(t, "check/contract.places.txt", places)
		}

		code, stdout, _ = sluice(t, "check", "--json", "--config", file)
		var f findings
		if err := json.Unmarshal([]byte(stdout), &f); err != nil || code != exitFound {
			t.Fatalf("%s --json: %d %v", name, code, err)
		}
		if f.OK || len(f.Problems) != len(lines) || f.Contracts == nil || len(f.Contracts) != 0 {
			t.Errorf("%s --json: %+v, want %d problems", name, f, len(lines))
		}
		for i, p := range f.Problems {
			if got := fmt.Sprintf("%s:%d:%d: %s: %s: %s", p.File, p.Line, p.Column, p.Path, p.What, p.Mend); got != lines[i] {
				t.Errorf("%s --json: problem %d is %s, the text says %s", name, i, got, lines[i])
			}
		}
	}
}

func TestCheckOfAServiceWithoutProblems(t *testing.T) {
	t.Parallel()
	file := filepath.Join(write(t, serviceFiles("localhost:9092")), "sluice.yaml")
	code, stdout, stderr := sluice(t, "check", "-c", file)
	want := "orders  schemas/order.json  version 1.0.0  2 fixtures\n" + file + ": no problems in 1 product and 2 fixtures\n"
	if code != 0 || stdout != want || stderr != "" {
		t.Errorf("%d %q %q, want %q", code, stdout, stderr, want)
	}
	code, stdout, _ = sluice(t, "check", "--json", "-c", file)
	want = `{
  "ok": true,
  "problems": [],
  "warnings": [],
  "contracts": [
    {
      "product": "orders",
      "schema": "schemas/order.json",
      "version": "1.0.0",
      "sha256": "SHA",
      "fixtures": 2
    }
  ]
}
`
	stdout = regexp.MustCompile(`"[0-9a-f]{64}"`).ReplaceAllString(stdout, `"SHA"`)
	if code != 0 || stdout != want {
		t.Errorf("%d %s", code, stdout)
	}
}

// TestCheckWarns holds every warning that there is, in all formats, and that
// --strict makes problems of them.
func TestCheckWarns(t *testing.T) {
	t.Parallel()
	const file = "testdata/check/warnings/sluice.yaml"
	code, stdout, stderr := sluice(t, "check", "--config", file)
	if code != 0 || stderr != "" || strings.Contains(stdout, "\x1b") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	golden(t, "check/warnings.txt", stdout)
	strict, again, stderr := sluice(t, "check", "--config", file, "--strict")
	if strict != exitFound || again != stdout || stderr != "sluice: "+file+": no problems and 9 warnings\n" {
		t.Errorf("--strict: %d %s%s", strict, again, stderr)
	}
	code, stdout, _ = sluice(t, "check", "--config", file, "--format", "json", "--strict")
	var f findings
	if err := json.Unmarshal([]byte(stdout), &f); err != nil || code != exitFound || f.OK || len(f.Warnings) != 9 || len(f.Problems) != 0 {
		t.Errorf("--format json: %d %v %s", code, err, stdout)
	}
	code, stdout, _ = sluice(t, "check", "--config", file, "--format", "github")
	if code != 0 {
		t.Errorf("--format github: exit code %d", code)
	}
	golden(t, "check/warnings.github.txt", stdout)
	code, stdout, _ = sluice(t, "check", "--config", "testdata/check/config/sluice.yaml", "--format", "github")
	if want := "::error file=testdata/check/config/sluice.yaml,line=4,col=3,title=sluice check::kafka.gruop: is not a known key: did you mean group?\n"; code != exitFound || !strings.HasPrefix(stdout, want) {
		t.Errorf("%d %s", code, stdout)
	}
}

func TestAnnotations(t *testing.T) {
	root := t.TempDir()
	t.Setenv("GITHUB_WORKSPACE", root)
	f := findings{Problems: []problem{{File: filepath.Join(root, "a,b:c%", "x.yaml"), What: "is 100% wrong\nand so on"}}, Warnings: []problem{{File: "/elsewhere/y.json", Line: 2, Column: 3, Path: "#/a", What: "w", Mend: "m"}}}
	var b strings.Builder
	if err := f.annotate(&b); err != nil {
		t.Fatal(err)
	}
	want := "::error file=a%2Cb%3Ac%25/x.yaml,title=sluice check::is 100%25 wrong%0Aand so on\n" +
		"::warning file=/elsewhere/y.json,line=2,col=3,title=sluice check::#/a: w: m\n"
	if b.String() != want {
		t.Errorf("%s want %s", b.String(), want)
	}
}

func TestCheckFlags(t *testing.T) {
	t.Parallel()
	f := func(want string, args ...string) {
		t.Helper()
		if code, stdout, stderr := sluice(t, append([]string{"check"}, args...)...); code != exitCannotRun || stdout != "" || stderr != "sluice: "+want+"\n" {
			t.Errorf("%v: %d %s%s", args, code, stdout, stderr)
		}
	}
	f(`--format "xml": choose text, json, github`, "--format", "xml")
	f(`--json and --format say different things: leave one out`, "--format", "text", "--json")
}

func TestCheckAsksForFixtures(t *testing.T) {
	t.Parallel()
	files := serviceFiles("localhost:9092")
	delete(files, "schemas/examples/valid/one.json")
	delete(files, "schemas/examples/invalid/no.json")
	code, stdout, _ := sluice(t, "check", "-c", filepath.Join(write(t, files), "sluice.yaml"))
	if code != 0 || !strings.Contains(stdout, "no fixtures: records under schemas/examples/valid and invalid would prove it\n") {
		t.Errorf("%d %s", code, stdout)
	}
}

func TestTheExamplesHaveNoProblems(t *testing.T) {
	t.Parallel()
	for _, domain := range []string{"sales", "code-hosting"} {
		code, stdout, stderr := sluice(t, "check", "--config", "../../schemas/examples/"+domain+"/sluice.yaml")
		if code != 0 || !strings.Contains(stdout, "no problems") {
			t.Errorf("%s: %d %s%s", domain, code, stdout, stderr)
		}
	}
}

// TestCheckProvesTheKafkaClient finds what only the making of a client finds.
func TestCheckProvesTheKafkaClient(t *testing.T) {
	t.Parallel()
	files := serviceFiles("localhost:9092")
	files["ca.pem"] = "this is no certificate"
	files["sluice.yaml"] = strings.Replace(files["sluice.yaml"], "http:\n", "  tls: {enabled: true, ca_file: ca.pem}\nhttp:\n", 1)
	file := filepath.Join(write(t, files), "sluice.yaml")
	code, stdout, _ := sluice(t, "check", "-c", file)
	if code != exitFound || !strings.HasPrefix(stdout, file) || !strings.Contains(stdout, "ca.pem") {
		t.Errorf("%d %q", code, stdout)
	}
}

// TestConfigurationsThatCannotBeRead are exit code 2: nobody has found a
// problem in them.
func TestConfigurationsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, file := range []string{filepath.Join(folder, "sluice.yaml"), folder} {
		for _, command := range []string{"check", "run"} {
			code, stdout, stderr := sluice(t, command, "--config", file)
			if code != exitCannotRun || stdout != "" || !strings.Contains(stderr, file) || !strings.Contains(stderr, "--config") {
				t.Errorf("%s %s: %d %q %q", command, file, code, stdout, stderr)
			}
		}
	}
}

// TestRunRefusesWhatCheckRefuses holds that run starts nothing where check
// finds a problem, and prints the same lines.
func TestRunRefusesWhatCheckRefuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"config", "contract"} {
		file := "testdata/check/" + name + "/sluice.yaml"
		_, want, _ := sluice(t, "check", "--config", file)
		code, stdout, stderr := sluice(t, "run", "--config", file)
		if code != exitCannotRun || stdout != "" || stderr != want {
			t.Errorf("%s: %d %q\n%s\nwant\n%s", name, code, stdout, stderr, want)
		}
	}
}

func TestConfigSchema(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := sluice(t, "config", "schema")
	var schema struct {
		Schema     string         `json:"$schema"`
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal([]byte(stdout), &schema); err != nil || code != 0 || stderr != "" {
		t.Fatalf("%d %v %q", code, err, stderr)
	}
	if !strings.Contains(schema.Schema, "draft-07") || schema.Properties["products"] == nil || schema.Properties["kafka"] == nil {
		t.Errorf("schema %q with properties %v", schema.Schema, schema.Properties)
	}
	if !strings.HasSuffix(stdout, "}\n") {
		t.Error("no line end at the end")
	}
}
