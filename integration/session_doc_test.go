package integration

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/sluicedata/sluice/integration/internal/service"
)

var update = flag.Bool("update", false, "write docs/session.md anew")

// session is a scenario that writes a document of what is typed and answered.
type session struct {
	*scenario
	dir           string
	domain, input string
	process       *service.Process
	sent          int
	doc           strings.Builder
}

// newSession begins one in a folder of its own, with the topic of the shop.
func newSession(t *testing.T) *session {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	s := &session{scenario: &scenario{T: t, kafka: kafka}, dir: t.TempDir()}
	t.Parallel()
	register(t, &s.note, "")
	s.prefix = runID + "s-"
	s.domain, s.input = s.prefix+"sales", s.prefix+"shop.orders"
	s.client = s.connect()
	s.admin = kadm.NewClient(s.client)
	s.create(nil, "shop.orders")
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, _ = s.admin.DeleteTopics(ctx, s.domain+".orders.v1", s.domain+".orders.v1.dlq") // a courtesy to named clusters
	})
	return s
}

// say adds paragraphs.
func (s *session) say(paragraphs ...string) {
	for _, p := range paragraphs {
		s.doc.WriteString(p + "\n\n")
	}
}

// file writes a file that the team has.
func (s *session) file(name, text string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
}

// hidden writes a file of the test's own, which git does not see.
func (s *session) hidden(name, text string) {
	s.Helper()
	s.file(name, text)
	s.file(".git/info/exclude", name+"\n")
}

// sluice runs a command and shows it.
func (s *session) sluice(code int, args ...string) {
	s.Helper()
	s.run(code, "sluice "+strings.Join(args, " "), append([]string{binary}, args...)...)
}

// run runs a command, shows it as what is typed, and holds its exit code.
func (s *session) run(code int, typed string, command ...string) {
	s.Helper()
	out, got := s.output(command...)
	if got != code {
		s.Fatalf("%s: exit code %d, want %d\n%s", typed, got, code, out)
	}
	s.show(typed, out, code)
}

// output runs a command in the session's folder and returns what it writes.
func (s *session) output(command ...string) (string, int) {
	s.Helper()
	cmd := exec.CommandContext(s.ctx(), command[0], command[1:]...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=Sales", "GIT_AUTHOR_EMAIL=sales@example.com", "GIT_COMMITTER_NAME=Sales", "GIT_COMMITTER_EMAIL=sales@example.com",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.Fatalf("%s: %v", strings.Join(command, " "), err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// show adds a command and its answer to the document.
func (s *session) show(typed, out string, code int) {
	s.doc.WriteString("```console\n$ " + typed + "\n" + out)
	if out != "" && !strings.HasSuffix(out, "\n") {
		s.doc.WriteString("\n")
	}
	if code != 0 {
		fmt.Fprintf(&s.doc, "$ echo $?\n%d\n", code)
	}
	s.doc.WriteString("```\n\n")
}

// compare holds a document of the repository to what the session was, without
// what is another each time.
func (s *session) compare(file string) {
	s.Helper()
	text := strings.NewReplacer(s.prefix, "", strings.Join(kafka.Seeds, ","), "localhost:9092", strings.Join(kafka.Seeds, ", "), "localhost:9092", s.dir+"/", "").Replace(s.doc.String())
	for _, r := range []struct{ what, by string }{
		{`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`, "2026-01-31T12:30:00.000Z"},
		{`(?m)^cluster \S+$`, "cluster 5L6g3nShT-eMCtK--X86sw"},
	} {
		text = regexp.MustCompile(r.what).ReplaceAllString(text, r.by)
	}
	text = strings.TrimSuffix(text, "\n")
	file = filepath.Join(root, file)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			s.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	if text != string(want) {
		s.Errorf("%s is not what happened: see what changed, and write it anew with -update:\n%s", file, text)
	}
}
