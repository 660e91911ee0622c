package config

func (c *checker) checkUnmatched() {
	const path = "unmatched"
	u := &c.Unmatched
	switch u.Action {
	case UnmatchedDeadLetter:
		if c.required(path+".topic", u.Topic, "name the topic that takes them") {
			c.topic(path+".topic", u.Topic)
		}
	case UnmatchedDrop:
		if c.has(path + ".topic") {
			c.addPath(path+".topic", "is not used by action drop", "remove it, or write action: dead_letter")
		}
	default:
		if c.has(path) {
			c.addPath(path+".action", "is missing", "write dead_letter or drop")
		}
	}
}

// checkTopics keeps topics apart that must not be one: records that come out
// would go in again, and whoever reads a product wants only that product.
func (c *checker) checkTopics() {
	inputs := make(map[string]string)  // by topic, the product that reads it
	outputs := make(map[string]string) // by topic, the product that writes it
	for _, p := range c.Products {
		for _, topic := range p.Input {
			if _, ok := inputs[topic]; !ok {
				inputs[topic] = p.Name
			}
		}
	}
	loop := func(path, topic string) bool {
		reader, ok := inputs[topic]
		if topic == "" || !ok {
			return false
		}
		c.addPath(path, c.said(path, topic)+" is an input too (of product "+reader+"): its records would loop",
			"write to a topic that no product reads")
		return true
	}
	for i, p := range c.Products {
		path := product(i) + ".output"
		writer, shared := outputs[p.Output]
		switch {
		case p.Output == "" || loop(path, p.Output):
		case shared:
			c.addPath(path, c.said(path, p.Output)+" is the output of product "+writer+" too", "give each product a topic of its own")
		default:
			outputs[p.Output] = p.Name
		}
	}
	deadLetters := func(path, topic string) {
		if topic == "" || loop(path, topic) {
			return
		}
		if writer, ok := outputs[topic]; ok {
			c.addPath(path, c.said(path, topic)+" is the output of product "+writer, "keep dead letters apart from good records")
		}
	}
	for i, p := range c.Products {
		deadLetters(product(i)+".dlq", p.DLQ)
	}
	deadLetters("unmatched.topic", c.Unmatched.Topic)
}
