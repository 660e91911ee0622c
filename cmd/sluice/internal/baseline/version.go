package baseline

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/config"
)

var (
	semver = regexp.MustCompile(`^v?(0|[1-9][0-9]{0,8})(\.[0-9]+)?(\.[0-9]+)?([-+].*)?$`)
	topicV = regexp.MustCompile(`^(.*[._-]v)([0-9]{1,9})$`)
)

// major is the major version of a semantic version, -1 of any other text.
func major(version string) int {
	m := semver.FindStringSubmatch(version)
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return -1
	}
	return n
}

// topicMajor splits a topic such as sales.orders.v1.
func topicMajor(topic string) (stem string, n int) {
	m := topicV.FindStringSubmatch(topic)
	if m == nil {
		return topic, 0
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return topic, 0
	}
	return m[1], n
}

// isNewMajor reports whether a topic is a later version of another.
func isNewMajor(was, is string) bool {
	stem, n := topicMajor(was)
	next, m := topicMajor(is)
	return m > n && (next == stem || n == 0 && strings.TrimRight(next, "._-v") == was)
}

func nextTopic(topic string) string {
	stem, n := topicMajor(topic)
	if stem == topic {
		return topic + ".v2"
	}
	return stem + strconv.Itoa(n+1)
}

// succeeded reports whether some product writes a later version of a topic.
func succeeded(cfg *config.Config, output string) bool {
	for i := range cfg.Products {
		if isNewMajor(output, cfg.Products[i].Output) {
			return true
		}
	}
	return false
}
