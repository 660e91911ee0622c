package deploy_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where the schemas come from.
const (
	kubernetesModule = "sigs.k8s.io/kubectl-validate@v0.0.4" // has those of Kubernetes 1.30
	kedaModule       = "github.com/kedacore/keda/v2@v2.21.0"
	operatorModule   = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
)

// TestKubernetesSchemas writes with -update what the other tests judge by: the
// schemas of the kinds in use and what they refer to, without descriptions, from
// modules that the Go proxy has.
func TestKubernetesSchemas(t *testing.T) {
	if !*update {
		t.Skip("schemas are made anew with -update only")
	}
	defs := make(map[string]any)
	for _, file := range []string{"api/v1.json", "apis/apps/v1.json", "apis/policy/v1.json"} {
		var doc struct {
			Components struct {
				Schemas map[string]any `json:"schemas"`
			} `json:"components"`
		}
		text, err := os.ReadFile(filepath.Join(moduleDir(t, kubernetesModule), "pkg/openapiclient/builtins/1.30", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		maps.Copy(defs, doc.Components.Schemas)
	}
	for name, file := range map[string]string{
		"keda.sh.v1alpha1.ScaledObject":       filepath.Join(moduleDir(t, kedaModule), "config/crd/bases/keda.sh_scaledobjects.yaml"),
		"monitoring.coreos.com.v1.PodMonitor": filepath.Join(moduleDir(t, operatorModule), "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"),
	} {
		var crd struct {
			Spec struct {
				Versions []struct {
					Schema struct {
						OpenAPIV3Schema map[string]any `yaml:"openAPIV3Schema"`
					} `yaml:"schema"`
				} `yaml:"versions"`
			} `yaml:"spec"`
		}
		decodeYAML(t, file, &crd)
		schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		schema["properties"].(map[string]any)["metadata"] = map[string]any{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
		defs[name] = schema
	}
	used := make(map[string]any)
	for _, name := range kinds {
		bundle(defs, name, used)
	}
	text, err := json.MarshalIndent(map[string]any{
		"$schema":  "https://json-schema.org/draft/2020-12/schema",
		"$comment": "Made from " + strings.Join([]string{kubernetesModule, kedaModule, operatorModule}, ", ") + ", all under the Apache License 2.0.",
		"$defs":    used,
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kubernetesSchemas, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// moduleDir downloads a module and returns where it is.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	out, err := command(t, "go", "mod", "download", "-json", module)
	var answer struct{ Dir string }
	if err != nil || json.Unmarshal([]byte(out), &answer) != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return answer.Dir
}

// bundle copies a definition and those that it refers to.
func bundle(defs map[string]any, name string, used map[string]any) {
	if _, ok := used[name]; ok {
		return
	}
	used[name] = true
	used[name] = closed(defs[name], func(ref string) string {
		to := ref[strings.LastIndexByte(ref, '/')+1:]
		bundle(defs, to, used)
		return "#/$defs/" + to
	})
}

// closed makes a JSON Schema of one in the words of OpenAPI: what it does not
// name is refused, and what judges nothing is left out.
func closed(v any, refer func(string) string) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = closed(v[i], refer)
		}
		return list
	case map[string]any:
		out := make(map[string]any)
		for key, value := range v {
			switch text, isText := value.(string); {
			case key == "$ref":
				out[key] = refer(text)
			case isText && (key == "description" || key == "format"), key == "default", key == "example", strings.HasPrefix(key, "x-"):
			case key == "properties":
				properties := make(map[string]any)
				for name, schema := range value.(map[string]any) {
					properties[name] = closed(schema, refer)
				}
				out[key] = properties
			case key == "enum" || key == "required":
				out[key] = value
			default:
				out[key] = closed(value, refer)
			}
		}
		_, open := out["additionalProperties"]
		if _, object := out["properties"]; object && !open && v["x-kubernetes-preserve-unknown-fields"] != true {
			out["additionalProperties"] = false
		}
		if v["x-kubernetes-int-or-string"] == true || v["format"] == "int-or-string" {
			return map[string]any{"type": []any{"integer", "string"}}
		}
		return out
	default:
		return v
	}
}
