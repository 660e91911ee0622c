package replay

import (
	"testing"

	"github.com/sluicedata/sluice/config"
)

func TestPatch(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.Products = []config.Product{{Name: "wired", WireFormat: config.WireConfluent}}
	f := func(patch, product, value, want string) {
		t.Helper()
		p, err := ParsePatch([]byte(patch))
		if err != nil {
			t.Fatal(err)
		}
		got, err := newPatcher(&cfg, p).apply(product, []byte(value))
		if want == "" {
			if err == nil {
				t.Errorf("%s of %s is %s, want an error", patch, value, got)
			}
			return
		}
		if err != nil || string(got) != want {
			t.Errorf("%s of %s is %s, want %s: %v", patch, value, got, want, err)
		}
	}
	const total = `[{"op": "replace", "path": "/total", "value": 12345678901234567890.10}]`
	f(total, "", `{"total": "?"}`, `{"total":12345678901234567890.10}`)
	// What is not touched keeps its bytes, and its place.
	f(total, "", `{"z": 1e400, "total": 0, "a": {"n": 9007199254740993.0, "s": "<é\u00e9>"}}`,
		`{"z":1e400,"total":12345678901234567890.10,"a":{"n":9007199254740993.0,"s":"<é\u00e9>"}}`)
	f(`[{"op": "add", "path": "/items/-", "value": 3}]`, "", `{"items": [1.00, 2E1]}`, `{"items":[1.00,2E1,3]}`)
	f(`[{"op": "move", "from": "/old", "path": "/new"}]`, "", `{"old": 0.10}`, `{"new":0.10}`)
	f(`[{"op": "test", "path": "/v", "value": 1}, {"op": "remove", "path": "/v"}]`, "", `{"v": 1}`, `{}`)
	f(`[{"op": "remove", "path": "/note"}]`, "wired", "\x00\x00\x00\x00\x07{\"note\":1,\"id\":2}", "\x00\x00\x00\x00\x07{\"id\":2}")
	// It is not for these.
	f(`[{"op": "test", "path": "/v", "value": 1}, {"op": "remove", "path": "/v"}]`, "", `{"v": 2}`, "")
	f(`[{"op": "remove", "path": "/note"}]`, "", `{"id": 1}`, "")
	f(`[{"op": "remove", "path": "/note"}]`, "", `{"note": 1, "id": 1, "id": 2}`, "")
	f(`[{"op": "remove", "path": "/note"}]`, "", `{"note": 1`, "")
	f(`[{"op": "remove", "path": "/note"}]`, "", `7`, "")
	f(`[{"op": "remove", "path": "/note"}]`, "", ``, "")
}

func TestBadPatch(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `{}`, `[]`, `[{"op": "erase", "path": "/a"}]`, `[{"op": "remove"}]`, `[{"op": "remove", "path": "a"}]`,
		`[{"op": "add", "path": "/a"}]`, `[{"op": "move", "path": "/a"}]`,
	} {
		if _, err := ParsePatch([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
