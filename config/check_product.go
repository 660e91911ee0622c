package config

import (
	"errors"
	"fmt"
	"regexp"
	resyntax "regexp/syntax"
	"slices"
	"strings"
)

var productForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

func (c *checker) checkProduct(i int) {
	p, path := &c.Products[i], product(i)
	if at := path + ".name"; c.required(at, p.Name, "name the product, such as name: orders") {
		if !productForm.MatchString(p.Name) {
			c.addPath(at, c.said(at, p.Name)+" is not a valid product name",
				"write up to 100 lower-case letters, digits, dashes, dots and underscores, the first a letter or a digit")
		}
		for j := range c.Products[:i] {
			if c.Products[j].Name == p.Name {
				c.addPath(at, c.said(at, p.Name)+" is the name of "+product(j)+" too", "give each product a name of its own")
				break
			}
		}
	}
	c.checkInput(p, path+".input")
	c.checkSchema(p, path+".schema")
	if at := path + ".output"; c.required(at, p.Output, "name the topic that takes the good records") {
		c.topic(at, p.Output)
	}
	if at := path + ".dlq"; c.has(at) {
		if c.required(at, p.DLQ, "name the dead-letter topic, or remove the key for <output>.dlq") {
			c.topic(at, p.DLQ)
		}
	} else if len(p.DLQ) > maxTopic && len(p.Output) <= maxTopic {
		c.addPath(at, "is too long for a topic name", "name a dead-letter topic: <output>.dlq has more than 249 characters")
	}
	c.checkMatch(p.Match, path+".match")
	c.checkEngine(path, p.Contract)
	if at := path + ".slo.good_ratio"; c.has(at) && !(p.SLO.GoodRatio > 0 && p.SLO.GoodRatio < 1) {
		c.addPath(at, c.number(at, fmt.Sprint(p.SLO.GoodRatio))+" is not a share above 0 and below 1", "write it like 0.999, or remove it to promise nothing")
	}
}

func (c *checker) checkInput(p *Product, path string) {
	if len(p.Input) == 0 {
		if c.has(path) {
			c.addPath(path, "has no topic", "name the topic to read")
		} else {
			c.addPath(path, "is missing", "name the topic to read, or a list of them")
		}
	}
	for j, topic := range p.Input {
		at := c.inputPath(path, j)
		switch {
		case topic == "":
			c.addPath(at, "is empty", "name the topic to read")
		case slices.Contains(p.Input[:j], topic):
			c.addPath(at, c.said(at, topic)+" is named twice", "remove it")
		default:
			c.topic(at, topic)
		}
	}
}

// inputPath is the path of an input, which may stand alone or in a list.
func (c *checker) inputPath(path string, j int) string {
	if at := fmt.Sprintf("%s[%d]", path, j); c.has(at) {
		return at
	}
	return path
}

func (c *checker) checkSchema(p *Product, path string) {
	if !c.required(path, p.Schema, "name the schema's file, such as schemas/order.json") {
		return
	}
	file, pointer, _ := strings.Cut(p.Schema, "#")
	switch {
	case file == "":
		c.addPath(path, c.said(path, p.Schema)+" names no file", "write it like schemas/order.json#/definitions/order")
	case strings.Contains(file, "://"):
		c.addPath(path, "is a URL, and nothing is fetched", "name a file")
	case pointer != "" && !isPointer(pointer):
		c.addPath(path, c.said(path, "#"+pointer)+" is not a JSON pointer", "write it like #/definitions/order; ~ is written ~0 and / in a name ~1")
	}
}

// isPointer says whether a text is a JSON pointer (RFC 6901), other than the
// empty one.
func isPointer(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(s), "~")
}

const maxTopic = 249

var topicForm = regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)

// topic reports a name that Kafka does not take, or takes for itself.
func (c *checker) topic(path, name string) {
	switch {
	case len(name) > maxTopic:
		c.addPath(path, "is too long for a topic name", "write at most 249 characters")
	case !topicForm.MatchString(name) || name == "." || name == "..":
		c.addPath(path, c.said(path, name)+" is not a valid topic name", "use letters, digits, dots, dashes and underscores only")
	case name == "__consumer_offsets" || name == "__transaction_state":
		c.addPath(path, c.said(path, name)+" is one of Kafka's internal topics", "name a topic of the domain")
	}
}

func (c *checker) checkMatch(m *Match, path string) {
	if m == nil {
		return
	}
	where := c.given(path, "header", "key", "field")
	if c.has(path+".key") && !m.Key && !c.failed[path+".key"] {
		c.addPath(path+".key", "is false", "write key: true to look at the record's key, or remove it")
		return
	}
	c.exactlyOne(path, where, "header, key or field", "choose one place to look at")
	c.exactlyOne(path, c.given(path, "equals", "in", "prefix", "regex"), "equals, in, prefix or regex", "choose one condition")
	if at := path + ".header"; c.has(at) && m.Header == "" {
		c.addPath(at, "is empty", "name the header to look at")
	}
	if at := path + ".field"; c.has(at) && !isPointer(m.Field) {
		c.addPath(at, c.said(at, m.Field)+" is not a JSON pointer", "write it like /event/type; ~ is written ~0 and / in a name ~1")
	}
	if at := path + ".in"; c.has(at) {
		if len(m.In) == 0 {
			c.addPath(at, "has no value", "list the values that belong to the product")
		}
		for i, v := range m.In {
			if at := fmt.Sprintf("%s[%d]", at, i); slices.Contains(m.In[:i], v) {
				c.addPath(at, c.said(at, v)+" is listed twice", "remove it")
			}
		}
	}
	if at := path + ".prefix"; m.Prefix != nil && *m.Prefix == "" {
		c.addPath(at, "is empty, and so matches everything", "write what the values begin with")
	}
	c.checkRegex(m, path+".regex")
}

func (c *checker) checkRegex(m *Match, path string) {
	if m.Regex == nil {
		return
	}
	if *m.Regex == "" {
		c.addPath(path, "is empty, and so matches everything", "write an expression (RE2 syntax)")
		return
	}
	if Bytes(len(*m.Regex)) > c.Limits.PatternBytes {
		c.addPath(path, "is longer than limits.pattern_bytes", "write a shorter expression")
		return
	}
	re, err := regexp.Compile(*m.Regex)
	if err != nil {
		why := ""
		if se, ok := errors.AsType[*resyntax.Error](err); ok {
			why = " (" + se.Code.String() + ")"
		}
		c.addPath(path, c.said(path, *m.Regex)+" is not a valid regular expression"+why, "write it in RE2 syntax, without look-around and back-references")
		return
	}
	c.regexes[*m.Regex] = re
}

// given returns which of the keys of a mapping the file gives.
func (c *checker) given(path string, keys ...string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return !c.has(join(path, key)) })
}

func (c *checker) exactlyOne(path string, given []string, names, mend string) {
	switch len(given) {
	case 0:
		c.addPath(path, "needs one of "+names, mend)
	case 1:
	default:
		c.addPath(join(path, given[1]), "cannot be combined with "+given[0], mend+": "+names)
	}
}
