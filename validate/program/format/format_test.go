package format

import (
	"slices"
	"strings"
	"testing"
)

const (
	uriDraft4    = "http://json-schema.org/draft-04/schema"
	uriDraft6    = "http://json-schema.org/draft-06/schema"
	uriDraft7    = "http://json-schema.org/draft-07/schema"
	uriDraft2020 = "https://json-schema.org/draft/2020-12/schema"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		dialect, name string
		want          bool
	}{
		{uriDraft4, "email", true},
		{uriDraft4 + "#", "email", true},
		{uriDraft4, "date", true},
		{uriDraft4, "uri-reference", true},
		{uriDraft6, "uri-template", true},
		{uriDraft6, "iri", true},
		{uriDraft7, "regex", true},
		{uriDraft7, "uuid", true},
		{uriDraft7, "phone", false},
		{uriDraft2020, "uuid", true},
		{uriDraft2020, "phone", false},
		{uriDraft2020, "", false},
		{"", "email", false},
		{"https://example.com/schema", "email", false},
	} {
		f, ok := Lookup(test.dialect, test.name)
		if ok != test.want || ok != (f != nil) {
			t.Errorf("Lookup(%q, %q) = %v, want %v", test.dialect, test.name, ok, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	want := "date-time email hostname ipv4 ipv6 json-pointer uri uri-reference uri-template"
	if got := strings.Join(Names(uriDraft6), " "); got != want {
		t.Errorf("draft 6 defines %s, want %s", got, want)
	}
	if got := len(Names(uriDraft2020)); got != 19 {
		t.Errorf("2020-12 defines %d formats, want 19", got)
	}
	if got := Names("https://example.com/"); len(got) != 0 {
		t.Errorf("an unknown dialect knows %v", got)
	}
}

// TestFormats adds to the official suite what it leaves open.
func TestFormats(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 63)
	for name, test := range map[string]struct{ good, bad []string }{
		"date": {
			good: []string{"0000-02-29", "9999-12-31"},
			bad:  []string{"2021-04-31", "2021/04/30", "1900-02-29", "2021-4-030"},
		},
		"time": {
			good: []string{"00:00:00Z", "23:59:59.9+23:59", "00:59:60+01:00"},
			bad:  []string{"", "12:00:00", "12:00:00.Z", "12:00:00.5", "12:00:00+0100", "12:00:00Zz", "24:00:00Z", "12-00-00Z"},
		},
		"date-time": {
			good: []string{"2024-02-29t12:00:00z", "2016-12-31T15:59:60-08:00"},
			bad:  []string{"", "2024-02-29", "2024-02-29 12:00:00Z", "2024-02-29T", "2023-02-29T12:00:00Z"},
		},
		"duration": {
			good: []string{"P1Y", "P1M2DT3M4S", "PT9999999999999999999S"},
			bad:  []string{"", "P", "PT", "p1y", "P1YT1H1S", "P1W1D", "P1Y1M1W", "P1.5D", "PT1", "P1H", "P1DT"},
		},
		"email": {
			good: []string{
				"a@b", "a.b+c@example.com", `"a\"b"@example.com`, `""@example.com`, "a@[ipv6:2001:db8::1]",
				strings.Repeat("a", 64) + "@b.c", "a@" + long + ".com",
			},
			bad: []string{
				"", "@", "a@", "a", "a@b.", "a@-b", "a@b_c", "a@[", "a@[]", "a@[IPv6:]", "a@[::1]", "a@[1.2.3.4", `"a`, `"a"b@c`,
				`"a\`, "\"a\x01\"@b", "é@b", "a@é", strings.Repeat("a", 65) + "@b.c", "a@" + long + "a.com", "a@b\n",
			},
		},
		"idn-email": {
			good: []string{"é@b", "a@é.de", `"é"@b`},
			bad:  []string{"é", "@é", "é@", "é@-é", "é@a..b", `"\é"@b`},
		},
		"hostname": {
			good: []string{"a", "a-b.c", "127.0.0.1", "A.B", "xn--nxasmq6b.example", "ab--cd.example", strings.Repeat("a.", 126) + "a"},
			bad: []string{
				"", "a..b", "a.", "-a", "a-.b", "a_b", "é", "xn--", "xn--a", "xn--\u00e9", "XN--a.b", strings.Repeat("a.", 126) + "ab",
				long + "a",
			},
		},
		"idn-hostname": {
			good: []string{"EXAMPLE.com", "é.example", "bücher.xn--nxasmq6b", "é--x.de", "क्‌ष.in", "XN--NXASMQ6B.de"},
			bad: []string{
				"É.example", "a.é.", "☃.example", "e\u0301.example", "ᄀ.kr", "xn--Bcher-kva ", "éa--b\u3002", "aé--b",
				"क्‌षx‌y", "a\u00b7", strings.Repeat("é.", 600) + "é", "a b",
			},
		},
		"ipv4": {
			good: []string{"0.0.0.0", "1.20.255.9"},
			bad:  []string{"", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.04", "1.2.3.1234", "00.0.0.0", ".1.2.3"},
		},
		"ipv6": {
			good: []string{"::", "::1", "1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "1:2:3:4:5::1.2.3.4", "ABCD::ef01"},
			bad: []string{
				"", ":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7",
				"1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "::1.2.3", "::1.2.3.4:5", "1.2.3.4", "::12345", "::g", "::%1", "1:::2",
			},
		},
		"uri": {
			good: []string{"a:", "a+b-c.1:x", "http://", "http:///x", "http://h:/", "http://[v1.a:b]/", "http://u:p@h:1/p?q?/#f?/", "a:b:c", "a:?#"},
			bad: []string{
				"", ":", "1:", "http://[v.a]/", "http://[v1.]/", "http://[]/", "http://[::1", "http://[::1]x/", "http://h:1a/", "a:#b#c",
				"a:[", "http://é/", "a:%", "a:%4", "a: ", "http://h\\", "a:\x00", "a:\x7f",
			},
		},
		"uri-reference": {
			good: []string{"", "//h", "?", "#", "a/b:c", "/a:b", "%41", "..", "?a:b"},
			bad:  []string{"a b", "1a:b", "#a#", "é", "a[b", "%", "//[::1", "<>"},
		},
		"iri": {
			good: []string{"http://é/é?é#é", "a:?\ue000", "a:\U000e1000"},
			bad:  []string{"é:x", "a:\ue000", "a:#\ue000", "a:\ufdd0", "a:\ufffe", "a:\u0080", "a:\U000e0001", "a:\U0001ffff"},
		},
		"iri-reference": {
			good: []string{"é", "//é", "?\ue000"},
			bad:  []string{"é:x", "é é", "\ue000", "?\ufffd"},
		},
		"uri-template": {
			good: []string{"", "{a}", "{+a,b*}", "{?a:1}", "é{%41.b}", "{=a}", "x'y"},
			bad:  []string{"{", "}", "{a", "{a}}", "{{a}}", "{a:}", "{a:12345}", "{a*b}", "{a*:1}", "{.}", "{a.}", "{.a.}", "{a b}", "%zz", "{%4}", "<"},
		},
		"json-pointer": {
			good: []string{"", "/", "/~0~1/é"},
			bad:  []string{"a", "/~", "/~2", "~0"},
		},
		"relative-json-pointer": {
			good: []string{"0", "10", "1#", "0/", "3/a~1"},
			bad:  []string{"", "#", "01", "00", "1#a", "1a", "-1", "1/~"},
		},
		"uuid": {
			good: []string{"00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-FFFF-ffff-FFFFFFFFFFFF"},
			bad:  []string{"", "00000000-0000-0000-0000-00000000000g", "0000000000000-0000-0000-000000000000"},
		},
		"regex": {
			good: []string{"", "a|b", `(?<!a)b\1()`, `\p{L}`, "a{1,2}"},
			bad:  []string{"(", "a**", `\Z`, "[b-a]", `\1`, "\xff"},
		},
	} {
		f, ok := Lookup(uriDraft2020, name)
		if !ok {
			t.Fatalf("2020-12 does not know %s", name)
		}
		for _, s := range test.good {
			if !f([]byte(s)) {
				t.Errorf("%s: %+q is refused", name, s)
			}
		}
		for _, s := range test.bad {
			if f([]byte(s)) {
				t.Errorf("%s: %+q is accepted", name, s)
			}
		}
	}
}

// TestHostnameByDialect shows what A-labels have to be in which dialect.
func TestHostnameByDialect(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[string]bool{uriDraft4: true, uriDraft6: true, uriDraft7: false, uriDraft2020: false} {
		f, _ := Lookup(dialect, "hostname")
		if got := f([]byte("xn--x.example")); got != want {
			t.Errorf("%s: an A-label that is no Punycode: %v, want %v", dialect, got, want)
		}
	}
}

// allocating formats build strings for their libraries.
var allocating = []string{"regex"}

func TestNoAllocations(t *testing.T) {
	for name, s := range samples {
		f, ok := Lookup(uriDraft2020, name)
		if !ok || slices.Contains(allocating, name) {
			continue
		}
		data := []byte(s)
		if !f(data) {
			t.Errorf("%s: %q is refused", name, s)
		}
		if n := testing.AllocsPerRun(100, func() { f(data) }); n != 0 {
			t.Errorf("%s: %v allocations for %q", name, n, s)
		}
	}
	if got, want := len(samples), len(Names(uriDraft2020)); got != want {
		t.Errorf("%d samples for %d formats", got, want)
	}
}

// samples are common strings of each format.
var samples = map[string]string{
	"date":                  "2024-02-29",
	"date-time":             "2024-02-29T23:59:59.123456+01:00",
	"duration":              "P1Y2M3DT4H5M6S",
	"email":                 "jane.doe+orders@mail.example.com",
	"hostname":              "www.mail.example.com",
	"idn-email":             "jöhn@bücher.example",
	"idn-hostname":          "www.mail.example.com",
	"ipv4":                  "192.168.100.200",
	"ipv6":                  "2001:db8::8a2e:370:7334",
	"iri":                   "https://bücher.example/straße?q=ä#ö",
	"iri-reference":         "/straße?q=ä#ö",
	"json-pointer":          "/orders/0/lines/~1x",
	"regex":                 "^[a-z]+$",
	"relative-json-pointer": "2/lines/0",
	"time":                  "23:59:59.123456-08:00",
	"uri":                   "https://user@www.example.com:8443/a/b%20c?q=1&r=2#top",
	"uri-reference":         "../a/b?q=1#top",
	"uri-template":          "https://example.com/{user}/orders{?page,size*}",
	"uuid":                  "2eb8aa08-aa98-11ea-b4aa-73b441d16380",
}

func BenchmarkFormats(b *testing.B) {
	for _, name := range Names(uriDraft2020) {
		f, _ := Lookup(uriDraft2020, name)
		s := []byte(samples[name])
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				f(s)
			}
		})
	}
}

// FuzzFormats holds every format to what no string may break: no panic, the
// same answer twice, nothing written, and the formats that contain others.
func FuzzFormats(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(s))
	}
	for _, s := range []string{"xn--ll-0ea", "a\u3002b", "\xff\xfe", "::ffff:1.2.3.4", "1998-12-31T23:59:60Z", "क्‌षx‌y", "\u200c"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		before := string(s)
		got := map[string]bool{}
		for _, name := range Names(uriDraft2020) {
			judge, _ := Lookup(uriDraft2020, name)
			got[name] = judge(s)
			if judge(s) != got[name] {
				t.Errorf("%s: two answers for %q", name, s)
			}
		}
		if string(s) != before {
			t.Errorf("%q was changed", before)
		}
		for narrow, wide := range map[string]string{
			"uri": "uri-reference", "iri": "iri-reference", "email": "idn-email", "ipv4": "hostname",
		} {
			if got[narrow] && !got[wide] {
				t.Errorf("%q is %s and not %s", s, narrow, wide)
			}
		}
		if got["uri"] && !got["iri"] || got["uri-reference"] && !got["iri-reference"] {
			t.Errorf("%q is a URI and no IRI", s)
		}
	})
}

// TestPlainRun looks at every byte in every place of a word.
func TestPlainRun(t *testing.T) {
	t.Parallel()
	for size := range 20 {
		for at := range size + 1 {
			for c := range 256 {
				s := []byte("abcXYZ019-./_abcdefghij")[:size:size]
				s = append([]byte(nil), s...)
				want := size
				if at < size {
					if s[at] = byte(c); !plainBytes[c] {
						want = at
					}
				}
				for from := range min(at, size) + 1 {
					if got := plainRun(s, from); got != want {
						t.Fatalf("%q from %d: %d, want %d", s, from, got, want)
					}
				}
			}
		}
	}
}
