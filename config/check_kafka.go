package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

func (c *checker) checkKafka() {
	c.checkBrokers()
	c.line("kafka.group", c.Kafka.Group, 249)
	c.line("kafka.client_id", c.Kafka.ClientID, 249)
	c.line("kafka.rack", c.Kafka.Rack, 249)
	c.line("kafka.instance_id", c.Kafka.InstanceID, 249)
	if c.Delivery == ExactlyOnce && c.Kafka.InstanceID == ReplayInstance {
		c.addPath("kafka.instance_id", "is what sluice replay calls itself, with the same transactional id", "write another")
	}
}

// checkBrokers also takes lists apart: what names a cluster in an environment
// variable is usually host:port,host:port.
func (c *checker) checkBrokers() {
	const mend = "write host:port, such as localhost:9092"
	if len(c.Kafka.Brokers) == 0 {
		c.addPath("kafka.brokers", "has no broker", "name at least one, such as [localhost:9092]")
	}
	var brokers []string
	for i, item := range c.Kafka.Brokers {
		path := fmt.Sprintf("kafka.brokers[%d]", i)
		for broker := range strings.SplitSeq(item, ",") {
			broker = strings.TrimSpace(broker)
			brokers = append(brokers, broker)
			host, port, err := net.SplitHostPort(broker)
			n, wrong := strconv.ParseUint(port, 10, 16)
			switch {
			case broker == "":
				c.addPath(path, "is empty", mend)
			case strings.Contains(broker, "://"):
				c.addPath(path, c.said(path, broker)+" is a URL", mend)
			case err != nil && !strings.Contains(broker, ":"):
				c.addPath(path, c.said(path, broker)+" has no port", mend)
			case err != nil || host == "" || wrong != nil || n == 0 || strings.ContainsFunc(broker, isNoLetter):
				c.addPath(path, c.said(path, broker)+" is not a host:port", mend)
			}
		}
	}
	c.Kafka.Brokers = brokers
}

func (c *checker) checkTLS() {
	const path = "kafka.tls"
	t := &c.Kafka.TLS
	switch {
	case t.CertFile != "" && t.KeyFile == "":
		c.addPath(path+".cert_file", "needs a key_file", "name the certificate's private key in key_file")
	case t.KeyFile != "" && t.CertFile == "":
		c.addPath(path+".key_file", "needs a cert_file", "name the key's certificate in cert_file")
	}
	for name, file := range map[string]string{"ca_file": t.CAFile, "cert_file": t.CertFile, "key_file": t.KeyFile} {
		if at := join(path, name); c.has(at) && file == "" {
			c.addPath(at, "is empty", "name a file, or remove the key")
		}
	}
	c.line(path+".server_name", t.ServerName, 253)
}

// checkSASL wants exactly what the mechanism needs: a credential that nothing
// reads is a mistake somewhere else.
func (c *checker) checkSASL() {
	const path = "kafka.sasl"
	if !c.has(path) {
		return
	}
	needs := func(keys ...string) {
		for _, key := range keys {
			if c.has(join(path, key)) {
				return
			}
		}
		c.addPath(join(path, keys[0]), "is missing", fmt.Sprintf("mechanism %s needs %s", c.Kafka.SASL.Mechanism, oneOf(keys)))
	}
	useless := func(keys ...string) {
		for _, key := range keys {
			if c.has(join(path, key)) {
				c.addPath(join(path, key), fmt.Sprintf("is not used by mechanism %s", c.Kafka.SASL.Mechanism), "remove it")
			}
		}
	}
	switch c.Kafka.SASL.Mechanism {
	case Plain, ScramSHA256, ScramSHA512:
		needs("username")
		needs("password", "password_file")
		useless("token", "token_file")
	case OAuthBearer:
		needs("token", "token_file")
		useless("username", "password", "password_file")
	default:
		c.addPath(path+".mechanism", "is missing", "write "+oneOf(enums[mechanismType])+", or remove sasl")
	}
	c.notBoth("password", "password_file")
	c.notBoth("token", "token_file")
	s := &c.Kafka.SASL
	for key, value := range map[string]string{
		"username": s.Username, "password": s.Password.Reveal(), "password_file": s.PasswordFile,
		"token": s.Token.Reveal(), "token_file": s.TokenFile,
	} {
		if at := join(path, key); c.has(at) && value == "" {
			c.addPath(at, "is empty", "write its value, or remove the key")
		}
	}
}

func (c *checker) notBoth(secret, file string) {
	const path = "kafka.sasl"
	if c.has(join(path, secret)) && c.has(join(path, file)) {
		c.addPath(join(path, file), "cannot be combined with "+secret, "keep one of the two")
	}
}
