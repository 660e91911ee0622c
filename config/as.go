package config

import (
	"bytes"
	"os"
	"reflect"
)

// LoadAs returns the service's configuration with the connection of someone
// else: what a file of nothing but kafka, with brokers, tls and sasl, says
// instead. Who plans topics and permissions is not who runs the service. An
// error is a Problems.
func LoadAs(path string, service *Config) (*Config, error) {
	r := newReport(path)
	data, wrong := readAtMost(path, maxFileBytes)
	if wrong != nil {
		r.add(place{}, "", wrong.what, wrong.mend)
		return nil, r.err()
	}
	if len(bytes.TrimSpace(data)) == 0 {
		r.add(place{1, 1}, "", "is empty", "write how to connect: kafka with sasl or tls below it")
		return nil, r.err()
	}
	other := Default()
	other.File = path
	if root := parse(data, r); root != nil {
		d := &decoder{report: r, lookup: os.LookupEnv}
		d.value(root, reflect.ValueOf(&other).Elem(), "")
		other.onlyConnection(r)
		other.derive(r)
		other.resolve(r)
		k := &checker{report: r, Config: &other}
		if r.has("kafka.brokers") {
			k.checkBrokers()
		}
		k.checkTLS()
		k.checkSASL()
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	as := *service
	if r.has("kafka.brokers") {
		as.Kafka.Brokers = other.Kafka.Brokers
	}
	if r.has("kafka.tls") {
		as.Kafka.TLS = other.Kafka.TLS
	}
	if r.has("kafka.sasl") {
		as.Kafka.SASL = other.Kafka.SASL
	}
	return &as, nil
}

// onlyConnection refuses keys that would have no effect.
func (c *Config) onlyConnection(r *report) {
	if !r.has("kafka") {
		r.addPath("kafka", "is missing", "write how to connect: kafka with sasl or tls below it")
	}
	const mend = "remove it: this file says how to connect, with brokers, tls and sasl under kafka"
	for _, k := range keysOf(reflect.TypeFor[Config]()) {
		if k.name != "kafka" && r.has(k.name) {
			r.addPath(k.name, "has no effect here", mend)
		}
	}
	for _, k := range keysOf(reflect.TypeFor[Kafka]()) {
		switch at := join("kafka", k.name); k.name {
		case "brokers", "tls", "sasl":
		default:
			if r.has(at) {
				r.addPath(at, "has no effect here", mend)
			}
		}
	}
}
