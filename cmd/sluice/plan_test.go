package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// secured is a domain on a broker with an authorizer: the service is nobody
// special there, admin.yaml names who may do everything.
func secured(t *testing.T) (fake *kfake.Cluster, file, admin string) {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.SeedTopics(2, "shop.orders"),
		kfake.Superuser("PLAIN", "admin", "secret"), kfake.User("PLAIN", "sluice", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	files := serviceFiles(fake.ListenAddrs()[0])
	files["sluice.yaml"] = strings.Replace(files["sluice.yaml"], "kafka:\n",
		"kafka:\n  principal: User:sluice\n  sasl: { mechanism: PLAIN, username: sluice, password: secret }\n", 1) +
		"    readers:\n      - principal: User:analytics\n"
	files["admin.yaml"] = "kafka: { sasl: { mechanism: PLAIN, username: admin, password: secret } }\n"
	dir := write(t, files)
	return fake, filepath.Join(dir, "sluice.yaml"), filepath.Join(dir, "admin.yaml")
}

func TestPlanAndApply(t *testing.T) {
	t.Parallel()
	fake, file, admin := secured(t)
	replace := strings.NewReplacer(fake.ListenAddrs()[0], "BROKER", "cluster "+clusterID(t, file, admin), "cluster ID").Replace
	code, stdout, stderr := sluice(t, "plan", "--config", file, "--as", admin)
	if code != 1 || stderr != "" {
		t.Errorf("%d %s", code, stderr)
	}
	golden(t, "plan/plan.txt", replace(stdout))
	// The service may not look at what it needs not.
	if code, stdout, stderr := sluice(t, "plan", "--config", file); code != 2 || stdout != "" || !strings.Contains(stderr, "TOPIC_AUTHORIZATION_FAILED") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = sluice(t, "apply", "--config", file, "--as", admin)
	if code != 0 || stderr != "" {
		t.Errorf("%d %s", code, stderr)
	}
	golden(t, "plan/apply.txt", replace(stdout))
	code, stdout, _ = sluice(t, "apply", "--config", file, "--as", admin)
	if code != 0 || stdout != "0 done, 0 failed, 0 for a human, 10 already as they should be\n" {
		t.Errorf("%d %s", code, stdout)
	}
	code, stdout, _ = sluice(t, "plan", "--config", file, "--as", admin)
	if code != 0 {
		t.Errorf("%d %s", code, stdout)
	}
	golden(t, "plan/fine.txt", replace(stdout))
}

func clusterID(t *testing.T, file, admin string) string {
	t.Helper()
	_, stdout, stderr := sluice(t, "plan", "--config", file, "--as", admin, "--json")
	var plan struct {
		OK      bool
		Cluster string
		Surplus []string
		Steps   []struct{ Action, Kind, Name, For, What string }
	}
	if err := json.Unmarshal([]byte(stdout), &plan); err != nil {
		t.Fatal(err, stdout, stderr)
	}
	if plan.OK || plan.Cluster == "" || plan.Surplus == nil || len(plan.Steps) != 10 || plan.Steps[1].Action != "create" || plan.Steps[1].Name != "sales.orders.v1" {
		t.Errorf("%+v", plan)
	}
	return plan.Cluster
}

func TestApplyTellsWhatFailed(t *testing.T) {
	t.Parallel()
	fake, file, admin := secured(t)
	fake.ControlKey(int16(kmsg.CreateTopics), func(r kmsg.Request) (kmsg.Response, error, bool) {
		resp := r.ResponseKind().(*kmsg.CreateTopicsResponse)
		st := kmsg.NewCreateTopicsResponseTopic()
		st.Topic, st.ErrorCode, st.ErrorMessage = "sales.orders.v1", 44, kmsg.StringPtr("too many topics")
		resp.Topics = append(resp.Topics, st)
		return resp, nil, true // once
	})
	code, stdout, stderr := sluice(t, "apply", "--config", file, "--as", admin, "--json")
	var applied struct {
		OK    bool
		Steps []struct {
			Name, Error string
			Done        bool
		}
	}
	if err := json.Unmarshal([]byte(stdout), &applied); err != nil || code != 1 || stderr != "" {
		t.Fatal(code, err, stderr)
	}
	if s := applied.Steps; applied.OK || len(s) != 9 || s[0].Done || !strings.Contains(s[0].Error, "too many topics") || !s[1].Done {
		t.Errorf("%+v", applied)
	}
	code, stdout, _ = sluice(t, "apply", "--config", file, "--as", admin)
	if code != 0 || !strings.HasPrefix(stdout, "+ topic sales.orders.v1") || !strings.Contains(stdout, "1 done, 0 failed") {
		t.Errorf("%d %s", code, stdout)
	}
}

func TestPlanWithoutACluster(t *testing.T) {
	t.Parallel()
	file := filepath.Join(write(t, serviceFiles("127.0.0.1:1")), "sluice.yaml")
	if code, stdout, stderr := sluice(t, "plan", "--config", file, "--timeout", "300ms"); code != 2 || stdout != "" || !strings.Contains(stderr, "127.0.0.1:1") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if code, _, stderr := sluice(t, "apply", "--config", file, "--as", "none.yaml"); code != 2 || !strings.Contains(stderr, "none.yaml") {
		t.Errorf("%d %s", code, stderr)
	}
}
