package deploy_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/schemas"
	"github.com/sluicedata/sluice/validate"
)

var update = flag.Bool("update", false, "write anew what is made from other files")

const (
	kubernetesSchemas = "testdata/kubernetes.schema.json"
	salesExample      = "../schemas/examples/sales"
)

// kinds of objects that the example uses, and their schemas.
var kinds = map[string]string{
	"v1 ConfigMap":                        "io.k8s.api.core.v1.ConfigMap",
	"v1 ServiceAccount":                   "io.k8s.api.core.v1.ServiceAccount",
	"apps/v1 Deployment":                  "io.k8s.api.apps.v1.Deployment",
	"policy/v1 PodDisruptionBudget":       "io.k8s.api.policy.v1.PodDisruptionBudget",
	"keda.sh/v1alpha1 ScaledObject":       "keda.sh.v1alpha1.ScaledObject",
	"monitoring.coreos.com/v1 PodMonitor": "monitoring.coreos.com.v1.PodMonitor",
}

// manifest is what is looked at of an object, whatever its kind.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name   string            `yaml:"name"`
		Labels map[string]string `yaml:"labels"`
	} `yaml:"metadata"`
	Data map[string]string `yaml:"data"`
	Spec struct {
		Selector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		} `yaml:"selector"`
		Template struct {
			Metadata struct {
				Labels map[string]string `yaml:"labels"`
			} `yaml:"metadata"`
			Spec podSpec `yaml:"spec"`
		} `yaml:"template"`
		ScaleTargetRef struct {
			Name string `yaml:"name"`
		} `yaml:"scaleTargetRef"`
		Triggers []struct {
			Metadata map[string]string `yaml:"metadata"`
		} `yaml:"triggers"`
		PodMetricsEndpoints []struct {
			Port string `yaml:"port"`
			Path string `yaml:"path"`
		} `yaml:"podMetricsEndpoints"`
	} `yaml:"spec"`
}

type podSpec struct {
	TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
	SecurityContext               struct {
		RunAsNonRoot   bool `yaml:"runAsNonRoot"`
		RunAsUser      int  `yaml:"runAsUser"`
		SeccompProfile struct {
			Type string `yaml:"type"`
		} `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	Containers []struct {
		Args  []string            `yaml:"args"`
		Env   []map[string]string `yaml:"env"`
		Ports []struct {
			Name          string `yaml:"name"`
			ContainerPort int    `yaml:"containerPort"`
		} `yaml:"ports"`
		LivenessProbe   probe `yaml:"livenessProbe"`
		ReadinessProbe  probe `yaml:"readinessProbe"`
		SecurityContext struct {
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			Capabilities             struct {
				Drop []string `yaml:"drop"`
			} `yaml:"capabilities"`
		} `yaml:"securityContext"`
		VolumeMounts []struct {
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	} `yaml:"containers"`
	Volumes []struct {
		ConfigMap struct {
			Name  string `yaml:"name"`
			Items []struct {
				Key  string `yaml:"key"`
				Path string `yaml:"path"`
			} `yaml:"items"`
		} `yaml:"configMap"`
	} `yaml:"volumes"`
}

type probe struct {
	HTTPGet struct {
		Path string `yaml:"path"`
		Port string `yaml:"port"`
	} `yaml:"httpGet"`
}

// manifests returns the objects of the example by kind.
func manifests(t *testing.T) map[string]manifest {
	t.Helper()
	all := make(map[string]manifest)
	for _, file := range glob(t, "kubernetes/*.yaml") {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		var m manifest
		decodeYAML(t, file, &m)
		all[m.Kind] = m
	}
	return all
}

// TestManifestsMeetTheirSchemas has our own engine judge the manifests by the
// schemas of Kubernetes, KEDA and the Prometheus operator, with properties that
// those do not know refused.
func TestManifestsMeetTheirSchemas(t *testing.T) {
	t.Parallel()
	bundle, err := os.ReadFile(kubernetesSchemas)
	if err != nil {
		t.Fatal(err)
	}
	judge := func(text []byte) (validate.Verdict, string) {
		t.Helper()
		var m struct {
			APIVersion string `yaml:"apiVersion"`
			Kind       string `yaml:"kind"`
		}
		if err := yaml.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		kind := m.APIVersion + " " + m.Kind
		if kinds[kind] == "" {
			t.Fatalf("no schema for %s", kind)
		}
		doc, err := yaml.YAMLToJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := validate.Compile(bundle, validate.Options{Location: "kubernetes.schema.json", Pointer: "/$defs/" + kinds[kind]})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		return s.Check(doc), kind
	}
	seen := make(map[string]bool)
	for _, file := range glob(t, "kubernetes/*.yaml") {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v, kind := judge(text)
		seen[kind] = true
		for _, violation := range v.Violations {
			t.Errorf("%s: %s: %s", file, violation.InstanceLocation, violation.Message)
		}
		if v.Class != validate.Valid && len(v.Violations) == 0 {
			t.Errorf("%s: %s", file, v.Message)
		}
	}
	if want := slices.Sorted(maps.Keys(kinds)); !slices.Equal(slices.Sorted(maps.Keys(seen)), want) {
		t.Errorf("there are %v, want %q", seen, want)
	}
	// The judge finds what it is for.
	deployment, err := os.ReadFile("kubernetes/deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := func(from, to, where string) {
		t.Helper()
		v, _ := judge(bytes.Replace(deployment, []byte(from), []byte(to), 1))
		if len(v.Violations) == 0 || !strings.Contains(v.Violations[0].InstanceLocation, where) {
			t.Errorf("%s instead of %s: %+v", to, from, v)
		}
	}
	f("readOnlyRootFilesystem", "readonlyRootFilesystem", "securityContext")
	f("runAsUser: 65532", "runAsUser: nobody", "runAsUser")
	f("containerPort: 9464", "port: 9464", "ports")
}

// TestTheDeploymentIsWhatItSays holds the manifests to each other, to the
// service's defaults, and to what a hardened pod is.
func TestTheDeploymentIsWhatItSays(t *testing.T) {
	t.Parallel()
	all := manifests(t)
	d := all["Deployment"]
	pod := d.Spec.Template.Spec
	c := pod.Containers[0]
	cfg := checkConfigMap(t, all["ConfigMap"], pod)
	labels := fmt.Sprint(d.Spec.Template.Metadata.Labels)
	for kind, m := range all {
		if m.Metadata.Name != "sluice-sales" || fmt.Sprint(m.Metadata.Labels) != labels {
			t.Errorf("%s: name %s, labels %v", kind, m.Metadata.Name, m.Metadata.Labels)
		}
		if s := m.Spec.Selector.MatchLabels; s != nil && fmt.Sprint(s) != labels {
			t.Errorf("%s selects %v, pods have %s", kind, s, labels)
		}
	}
	if grace := time.Duration(pod.TerminationGracePeriodSeconds) * time.Second; grace < cfg.ShutdownTimeout+5*time.Second {
		t.Errorf("a pod is killed after %s, a stop may take %s", grace, cfg.ShutdownTimeout)
	}
	if s := pod.SecurityContext; !s.RunAsNonRoot || s.RunAsUser != 65532 || s.SeccompProfile.Type != "RuntimeDefault" {
		t.Errorf("the pod runs as %+v", s)
	}
	if s := c.SecurityContext; s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || !s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []string{"ALL"}) {
		t.Errorf("the container runs as %+v", s)
	}
	if l, r := c.LivenessProbe.HTTPGet, c.ReadinessProbe.HTTPGet; l.Path != "/healthz" || r.Path != "/readyz" || l.Port != "http" || r.Port != "http" {
		t.Errorf("probes ask %v and %v", l, r)
	}
	listen := fmt.Sprintf(":%d", c.Ports[0].ContainerPort)
	if !slices.ContainsFunc(c.Env, func(e map[string]string) bool { return e["name"] == "SLUICE_HTTP_LISTEN" && e["value"] == listen }) {
		t.Errorf("the port is %s, the environment %v", listen, c.Env)
	}
	if e := all["PodMonitor"].Spec.PodMetricsEndpoints[0]; e.Port != c.Ports[0].Name || e.Path != "/metrics" {
		t.Errorf("the monitor scrapes %v", e)
	}
	s := all["ScaledObject"].Spec
	if s.ScaleTargetRef.Name != d.Metadata.Name || s.Triggers[0].Metadata["consumerGroup"] != cfg.Kafka.Group {
		t.Errorf("scales %s by the lag of %s, the group is %s", s.ScaleTargetRef.Name, s.Triggers[0].Metadata["consumerGroup"], cfg.Kafka.Group)
	}
	var k struct {
		Resources []string `yaml:"resources"`
	}
	decodeYAML(t, "kubernetes/kustomization.yaml", &k)
	if len(k.Resources) != len(all) {
		t.Errorf("the kustomization has %q, there are %d objects", k.Resources, len(all))
	}
}

// checkConfigMap holds the ConfigMap equal to the sales example, and loads it
// as the pod would.
func checkConfigMap(t *testing.T, m manifest, pod podSpec) *config.Config {
	t.Helper()
	folder := t.TempDir()
	text := "# The sales example: its configuration and its contracts.\n# Written by go test ./deploy -run Deployment -update.\n" +
		"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: sluice-sales\n" +
		"  labels: {app.kubernetes.io/name: sluice, app.kubernetes.io/instance: sluice-sales}\ndata:\n"
	for _, item := range pod.Volumes[0].ConfigMap.Items {
		content, err := os.ReadFile(filepath.Join(salesExample, item.Path))
		if err != nil {
			t.Fatal(err)
		}
		text += "  " + item.Key + ": |\n    " + strings.ReplaceAll(strings.TrimRight(string(content), "\n"), "\n", "\n    ") + "\n"
		file := filepath.Join(folder, item.Path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(m.Data[item.Key]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text = strings.ReplaceAll(text, "\n    \n", "\n\n")
	const file = "kubernetes/configmap.yaml"
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != text {
		t.Errorf("%s is not the sales example (%v): write it anew with -update, and test again", file, err)
	}
	cfg, err := config.Load(filepath.Join(folder, "sluice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schemas.Load(cfg); err != nil {
		t.Fatal(err)
	}
	return cfg
}
