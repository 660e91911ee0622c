package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicedata/sluice/validate"
)

// TestCompileEnds: a schema of many patterns is given up in the middle.
func TestCompileEnds(t *testing.T) {
	t.Parallel()
	const patterns = 1000
	text := `{"allOf":[{}`
	for i := range patterns {
		text += fmt.Sprintf(`,{"pattern":"^a{%d}$"}`, i%90+1)
	}
	text += `]}`
	asked := 0
	if _, err := validate.Compile([]byte(text), validate.Options{Ended: func() bool { asked++; return false }}); err != nil || asked < patterns {
		t.Fatalf("asked %d times, error %v", asked, err)
	}
	asked = 0
	_, err := validate.Compile([]byte(text), validate.Options{Ended: func() bool { asked++; return asked > 3 }})
	if err == nil || !strings.Contains(err.Error(), "not compiled in time") || strings.Contains(err.Error(), `/allOf/1/`) {
		t.Errorf("asked %d times, error %v", asked, err)
	}
}

// TestCompileEndsAmongNames: every name of a property meets every pattern, which
// is given up in the middle, too.
func TestCompileEndsAmongNames(t *testing.T) {
	t.Parallel()
	const names, patterns = 300, 200
	text := `{"properties":{"a":true`
	for i := range names {
		text += fmt.Sprintf(`,"n%d":true`, i)
	}
	text += `},"patternProperties":{"a":true`
	for i := range patterns {
		text += fmt.Sprintf(`,"^x%d":true`, i)
	}
	text += `}}`
	asked := 0
	if _, err := validate.Compile([]byte(text), validate.Options{Ended: func() bool { asked++; return false }}); err != nil || asked < names+patterns {
		t.Fatalf("asked %d times, error %v", asked, err)
	}
	for _, last := range []int{patterns + 5, patterns + names/2, asked - 1} {
		n := 0
		s, err := validate.Compile([]byte(text), validate.Options{Location: "s.json", Ended: func() bool { n++; return n > last }})
		if s != nil || err == nil || !strings.Contains(err.Error(), "s.json") || !strings.Contains(err.Error(), "not compiled in time") || n > last+1 {
			t.Errorf("asked %d times of %d, error %v", n, last, err)
		}
	}
}
