package demo

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas/examples"
)

// The code-hosting domain: one raw topic, the event named by a header.
const (
	webhookTopic  = "github.webhooks"
	webhookHeader = "X-GitHub-Event"
	webhookValid  = "code-hosting/schemas/examples/valid/webhooks"
)

// webhooks makes one source per event that the example has valid payloads of.
// The payloads are sent as they are.
func webhooks() ([]source, error) {
	folders, err := fs.ReadDir(examples.FS, webhookValid)
	if err != nil {
		return nil, fmt.Errorf("payloads of the code-hosting example: %w", err)
	}
	var sources []source
	for _, folder := range folders {
		payloads, err := readPayloads(path.Join(webhookValid, folder.Name()))
		if err != nil {
			return nil, fmt.Errorf("payloads of the code-hosting example: %w", err)
		}
		// The folder is named after the definition: label_event, create$event.
		event := strings.TrimSuffix(strings.TrimSuffix(folder.Name(), "_event"), "$event")
		sources = append(sources, source{
			product: event,
			topic:   webhookTopic,
			headers: []kgo.RecordHeader{{Key: webhookHeader, Value: []byte(event)}},
			good: func(r *rand.Rand) (key, value []byte) {
				return fmt.Appendf(nil, "repo-%d", r.IntN(500)), payloads[r.IntN(len(payloads))]
			},
			mutations: append(malformed(),
				without("sender"), with("sender", `"octocat"`), with("sender", `null`),
				mutation{name: "an event without product", reason: router.Unroutable, header: "star_wars"},
			),
		})
	}
	return sources, nil
}

func readPayloads(folder string) ([][]byte, error) {
	files, err := fs.ReadDir(examples.FS, folder)
	if err != nil {
		return nil, err
	}
	var payloads [][]byte
	for _, f := range files {
		p, err := fs.ReadFile(examples.FS, path.Join(folder, f.Name()))
		if err != nil {
			return nil, err
		}
		payloads = append(payloads, p)
	}
	return payloads, nil
}
