package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

var principalForm = regexp.MustCompile(`^[A-Za-z]+:[^\s].*$`)

// checkPrincipal reports a principal that is given and lacks its type.
func (c *checker) checkPrincipal(path, value string) {
	if c.line(path, value, 249); c.has(path) && !principalForm.MatchString(value) {
		c.addPath(path, c.said(path, value)+" is not a principal", "write it with its type, such as User:analytics")
	}
}

func (c *checker) checkProvision() {
	for path, value := range map[string]string{"kafka.principal": c.Kafka.Principal, "kafka.replay_principal": c.Kafka.ReplayPrincipal} {
		if c.checkPrincipal(path, value); value == "User:*" {
			c.addPath(path, "is everybody", "name one principal")
		}
	}
	c.checkTopicSettings("topics", &c.Topics)
	for i := range c.Products {
		p := &c.Products[i]
		c.checkTopicSettings(product(i)+".topics", &p.Topics)
		for j := range p.Readers {
			c.checkReader(p, j, fmt.Sprintf("%s.readers[%d]", product(i), j))
		}
	}
}

// checkTopicSettings wants enough replicas for the acknowledgements asked for:
// a topic with fewer takes no record.
func (c *checker) checkTopicSettings(path string, t *TopicSettings) {
	if !c.has(path) || t.Replication == 0 || t.MinInsyncReplicas <= t.Replication {
		return
	}
	c.between(path+".replication", strconv.Itoa(t.Replication), path+".min_insync_replicas", strconv.Itoa(t.MinInsyncReplicas))
}

func (c *checker) checkReader(p *Product, j int, path string) {
	r := &p.Readers[j]
	at := path + ".principal"
	if !c.required(at, r.Principal, "name who reads the product, such as User:analytics") {
		return
	}
	c.checkPrincipal(at, r.Principal)
	c.line(path+".group_prefix", r.GroupPrefix, 249)
	if slices.Contains(p.Readers[:j], *r) {
		c.addPath(at, c.said(at, r.Principal)+" is named twice", "remove it")
	}
}
