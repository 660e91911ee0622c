package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// decodeOnly is load without what files and keys say together.
func decodeOnly(t *testing.T, text string) *report {
	t.Helper()
	r := newReport("reference.yaml")
	c := Default()
	d := &decoder{report: r, lookup: func(string) (string, bool) { return "a-value", true }}
	d.value(parse([]byte(text), r), reflect.ValueOf(&c).Elem(), "")
	if err := r.err(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReferenceIsTheDefault(t *testing.T) {
	t.Parallel()
	cfg, err := Load("reference.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.File = "reference.yaml"
	want.Domain = "sales"
	want.Kafka.Brokers = []string{"localhost:9092"}
	// These are derived; that the file's words are what would be derived is
	// TestMinimalIsTheDefaultWithWhatFollows.
	want.Kafka.Group, want.Kafka.ClientID = "sluice-sales", "sluice-sales"
	product := defaultProduct()
	product.Name, product.Input, product.Output, product.DLQ = "orders", Topics{"shop.orders"}, "sales.orders.v1", "sales.orders.v1.dlq"
	product.Schema = cfg.Products[0].Schema
	product.Contract = want.Contract
	want.Products = []Product{product}
	if !reflect.DeepEqual(*cfg, want) {
		t.Errorf("got  %+v\nwant %+v", *cfg, want)
	}
}

// A key that is in force has a default or is required; all others stand behind
// a "#".
func TestReferenceShowsWhatHasADefault(t *testing.T) {
	t.Parallel()
	inForce := decodeOnly(t, reference)
	defaults := Default()
	product := defaultProduct()
	product.Contract = defaults.Contract
	for _, k := range paths(reflect.TypeFor[Config](), "") {
		at := strings.ReplaceAll(k.name, "[]", "[0]")
		v := reflect.ValueOf(defaults)
		inProduct, ok := strings.CutPrefix(k.name, "products[].")
		if ok {
			v = reflect.ValueOf(product)
		} else {
			inProduct = k.name
		}
		hasDefault := !field(v, inProduct).IsZero()
		switch k.name {
		case "domain", "kafka.brokers", "kafka.group", "kafka.client_id", "kafka.linger", "products", "http.admin", "http.pprof",
			"products[].name", "products[].input", "products[].schema", "products[].output", "products[].dlq":
			hasDefault = true // required, derived, or a zero that is worth showing
		}
		if inForce.has(at) != hasDefault {
			t.Errorf("%s: in force is %t, default is %t", k.name, inForce.has(at), hasDefault)
		}
	}
}

// field follows a path of keys.
func field(v reflect.Value, path string) reflect.Value {
	for name := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Pointer {
			v = reflect.Zero(v.Type().Elem())
		}
		keys := keysOf(v.Type())
		item := strings.HasSuffix(name, "[]")
		name = strings.TrimSuffix(name, "[]")
		v = v.FieldByIndex(keys[slices.IndexFunc(keys, func(k key) bool { return k.name == name })].index)
		if item {
			v = reflect.Zero(v.Type().Elem())
		}
	}
	return v
}

func TestReferenceDocumentsEveryKeyAndNoOther(t *testing.T) {
	t.Parallel()
	// Unknown keys and examples of the wrong type would be problems.
	all := decodeOnly(t, complete())
	docs := descriptions()
	for _, k := range paths(reflect.TypeFor[Config](), "") {
		if !all.has(strings.ReplaceAll(k.name, "[]", "[0]")) {
			t.Errorf("%s is not in the reference", k.name)
		}
		doc := docs[k.name]
		delete(docs, k.name)
		if len(doc) < 20 || !strings.HasSuffix(doc, ".") {
			t.Errorf("%s is documented by %q", k.name, doc)
		}
		in, _ := element(k.typ)
		for _, word := range enums[in] {
			if !strings.Contains(doc, word) {
				t.Errorf("%s: %q does not name %s", k.name, doc, word)
			}
		}
		if s, ok := spans[k.name]; ok {
			if ends := written(in, s.least) + " to " + written(in, s.most); !strings.Contains(doc, ends) {
				t.Errorf("%s: %q does not say %s", k.name, doc, ends)
			}
		}
		needed := strings.Contains(doc, "Required")
		if name := k.name[strings.LastIndex(k.name, ".")+1:]; slices.Contains(required[strings.TrimSuffix(strings.TrimSuffix(k.name, name), ".")], name) != needed &&
			k.name != "unmatched" {
			t.Errorf("%s: %q, required is not so", k.name, doc)
		}
	}
	for path := range docs {
		t.Errorf("%s is documented and does not exist", path)
	}
}

// A number without bounds would take one that cannot work.
func TestEveryNumberHasItsRange(t *testing.T) {
	t.Parallel()
	ranged := 0
	for _, k := range paths(reflect.TypeFor[Config](), "") {
		if k.typ != durationType && k.typ != bytesType && k.typ.Kind() != reflect.Int {
			continue
		}
		s, ok := spans[k.name]
		if !ok || s.least > s.most {
			t.Errorf("%s: %+v", k.name, s)
		}
		ranged++
		if strings.Contains(k.name, "[]") {
			continue
		}
		// What has no default is left to the cluster.
		if v := field(reflect.ValueOf(Default()), k.name).Int(); v != 0 && (v < s.least || v > s.most) {
			t.Errorf("%s: the default %s is outside", k.name, written(k.typ, v))
		}
	}
	if ranged != len(spans) {
		t.Errorf("%d keys, %d ranges", ranged, len(spans))
	}
}
