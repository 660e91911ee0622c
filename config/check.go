package config

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checker reports what is wrong with a Config that has been decoded. Each of
// its methods looks at one thing; what decoding refused has its default there,
// and addPath leaves consequences out.
type checker struct {
	*report
	*Config
	regexes map[string]*regexp.Regexp // of matches, by their text
}

func (c *Config) check(r *report) {
	k := &checker{report: r, Config: c, regexes: make(map[string]*regexp.Regexp)}
	k.checkRanges(reflect.ValueOf(c).Elem(), "", "")
	k.checkService()
	k.checkKafka()
	k.checkTLS()
	k.checkSASL()
	k.checkLimits()
	k.checkUnmatched()
	k.checkProvision()
	for i := range c.Products {
		k.checkProduct(i)
	}
	k.checkTopics()
	k.checkReach()
}

var domainForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (c *checker) checkService() {
	if c.required("domain", c.Domain, "name the domain, such as domain: sales") && !domainForm.MatchString(c.Domain) {
		c.addPath("domain", c.said("domain", c.Domain)+" is not a valid name for a domain",
			"write up to 63 lower-case letters, digits and dashes, such as sales or code-hosting")
	}
	c.line("owner", c.Owner, 256)
	c.checkListen()
	c.checkHeaders()
	c.checkRefs()
	c.checkEngine("", c.Contract)
	if len(c.Products) == 0 {
		c.addPath("products", "has no product", "name at least one with name, input, schema and output")
	}
}

func (c *checker) checkListen() {
	const path = "http.listen"
	_, port, err := net.SplitHostPort(c.HTTP.Listen)
	if n, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil || strconv.FormatUint(n, 10) != port ||
		strings.ContainsFunc(c.HTTP.Listen, isNoLetter) {
		c.addPath(path, c.said(path, c.HTTP.Listen)+" is not a host:port", `write it like "127.0.0.1:9464", or ":9464" for every interface`)
	}
}

func (c *checker) checkHeaders() {
	for i, h := range c.DeadLetter.Headers {
		if slices.Contains(c.DeadLetter.Headers[:i], h) {
			c.addPath(fmt.Sprintf("dead_letter.headers[%d]", i), "names "+string(h)+" again", "remove it")
		}
	}
}

// checkRefs wants prefixes that end where a path begins: what follows them is
// a path below the folder.
func (c *checker) checkRefs() {
	for prefix, dir := range c.Refs {
		path := join("refs", shownKey(prefix))
		u, err := url.Parse(prefix)
		switch {
		case err == nil && (u.Scheme == "file" || u.Scheme == "sluice"):
			c.addPath(path, "begins with "+u.Scheme+":, which references may not", "choose a prefix such as https://schemas.example.com/")
		case err != nil || u.Scheme == "" || u.Host == "":
			c.addPath(path, "is not an absolute URI", "write the beginning that references share, such as https://schemas.example.com/")
		case u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(prefix, "?#"):
			c.addPath(path, "has a query or a fragment", "end it before the ? or #")
		case !strings.HasSuffix(prefix, "/"):
			c.addPath(path, "does not end with /", "write "+prefix+"/")
		}
		if dir == "" {
			c.addPath(path, "names no folder", "write the folder that holds the documents, such as ./shared/")
		} else if info, err := os.Stat(dir); err != nil {
			c.addPath(path, "names a folder that cannot be read ("+reason(err)+")",
				"correct the path; a relative one starts at the configuration's folder")
		} else if !info.IsDir() {
			c.addPath(path, "names a file", "name the folder that it lies in")
		}
	}
}

// checkEngine refuses to ask the reference engine for dialects that it does
// not know. A dialect that nobody asked for here is the schemas' own affair.
func (c *checker) checkEngine(path string, rules Contract) {
	at := join(path, "default_dialect")
	late := rules.DefaultDialect == Draft2019_09 || rules.DefaultDialect == Draft2020_12
	asked := path != "" || c.has("engine")
	if rules.Engine == EngineReference && late && asked && c.has(at) {
		c.addPath(at, c.said(at, string(rules.DefaultDialect))+" is a dialect that engine reference does not know",
			"write draft-04, draft-06 or draft-07, or use engine compiled")
	}
}

func (c *checker) checkLimits() {
	c.notBelow("limits.in_flight_bytes", c.Limits.InFlightBytes, "limits.record_bytes", c.Limits.RecordBytes)
	c.notBelow("limits.fetch_batch_bytes", c.Limits.FetchBatchBytes, "limits.record_bytes", c.Limits.RecordBytes)
	c.notBelow("limits.contracts_bytes", c.Limits.ContractsBytes, "limits.schema_bytes", c.Limits.SchemaBytes)
	c.notBelow("limits.dead_letter_header_bytes", c.Limits.DeadLetterHeaderBytes, "limits.violations_bytes", c.Limits.ViolationsBytes)
	if c.Kafka.RebalanceTimeout < c.Kafka.SessionTimeout {
		c.between("kafka.rebalance_timeout", short(c.Kafka.RebalanceTimeout), "kafka.session_timeout", short(c.Kafka.SessionTimeout))
	}
	if c.Kafka.GroupProtocol == ProtocolConsumer && c.has("kafka.session_timeout") {
		c.addPath("kafka.session_timeout", "has no effect with kafka.group_protocol consumer, where the brokers decide it",
			"remove it, and set group.consumer.session.timeout.ms at the brokers")
	}
	if c.Delivery == ExactlyOnce && c.Kafka.SessionTimeout < c.CommitInterval {
		c.between("kafka.session_timeout", short(c.Kafka.SessionTimeout), "commit_interval", short(c.CommitInterval))
	}
}

// notBelow reports a size that has no room for another.
func (c *checker) notBelow(path string, size Bytes, other string, least Bytes) {
	if size < least {
		c.between(path, size.String(), other, least.String())
	}
}

// between reports that one setting is less than another that it must hold. The
// problem stands at whichever of the two the file gives.
func (c *checker) between(path, value, other, least string) {
	if c.failed[path] || c.failed[other] {
		return
	}
	if !c.has(path) {
		c.addPath(other, c.number(other, least)+" is more than "+path+" ("+value+")", "lower it, or raise "+path)
		return
	}
	c.addPath(path, c.number(path, value)+" is less than "+other+" ("+c.number(other, least)+")", "raise it, or lower "+other)
}

// required says whether a text is there, and reports it if not.
func (c *checker) required(path, value, mend string) bool {
	switch {
	case value != "":
		return true
	case c.has(path):
		c.addPath(path, "is empty", mend)
	default:
		c.addPath(path, "is missing", mend)
	}
	return false
}

// line reports a text that is given and cannot stand in one line of a log, a
// header or a page.
func (c *checker) line(path, value string, most int) {
	switch {
	case !c.has(path):
	case strings.TrimSpace(value) == "":
		c.addPath(path, "is empty", "write a text, or remove the key")
	case utf8.RuneCountInString(value) > most:
		c.addPath(path, "is too long", fmt.Sprintf("write at most %d characters", most))
	case strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
		c.addPath(path, "contains unprintable characters", "write it in one line of plain text")
	}
}

// isNoLetter finds what no host name and no address holds.
func isNoLetter(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '/' || r == '@'
}
