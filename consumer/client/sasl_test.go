package client

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sluicedata/sluice/config"
)

func TestATokenFileIsReadAtEachAuthentication(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	s := &config.SASL{Mechanism: config.OAuthBearer, TokenFile: path}
	if _, err := token(s); err == nil {
		t.Error("a missing token file is no error")
	}
	for _, want := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(want+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if a, err := token(s); err != nil || a.Token != want {
			t.Errorf("token is %q (%v), want %q", a.Token, err, want)
		}
	}
	if err := os.WriteFile(path, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := token(s); err == nil {
		t.Error("an empty token file is no error")
	}
}
