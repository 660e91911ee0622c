package deadletter

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluicedata/sluice/validate"
)

func TestViolationsAreWrittenAsTheirTagsSay(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "/items/0/sku", `a "quoted" word`, `back\slash`, "<tag> & more", "line\nbreak", "\x00", "žluťoučký", "\u2028", "\xff not UTF-8",
	}))
	rapid.Check(t, func(t *rapid.T) {
		v := validate.Violation{
			InstanceLocation: texts.Draw(t, "instance"),
			Rule: &validate.Rule{
				KeywordLocation: texts.Draw(t, "location"), AbsoluteKeywordLocation: texts.Draw(t, "absolute"),
				Keyword: texts.Draw(t, "keyword"), Message: texts.Draw(t, "message"),
			},
		}
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		if got := appendViolation(nil, &v); string(got)+"\n" != want.String() {
			t.Fatalf("got  %s\nwant %s", got, want.String())
		}
	})
}
