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
