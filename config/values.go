package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The types that are more than their kind says.
var (
	durationType  = reflect.TypeFor[time.Duration]()
	bytesType     = reflect.TypeFor[Bytes]()
	mechanismType = reflect.TypeFor[Mechanism]()
	topicsType    = reflect.TypeFor[Topics]()
	productType   = reflect.TypeFor[Product]()
)

// enums are the words that each enumeration takes.
var enums = func() map[reflect.Type][]string {
	m := make(map[reflect.Type][]string)
	enumerate(m, ProfileLatency, ProfileBalanced, ProfileThroughput)
	enumerate(m, AtLeastOnce, ExactlyOnce)
	enumerate(m, ProtocolClassic, ProtocolConsumer)
	enumerate(m, Earliest, Latest)
	enumerate(m, CompressionNone, CompressionGzip, CompressionSnappy, CompressionLZ4, CompressionZstd)
	enumerate(m, Plain, ScramSHA256, ScramSHA512, OAuthBearer)
	enumerate(m, EngineCompiled, EngineReference)
	enumerate(m, FormatsAssert, FormatsAnnotate)
	enumerate(m, Draft4, Draft6, Draft7, Draft2019_09, Draft2020_12)
	enumerate(m, DuplicateReject, DuplicateLast)
	enumerate(m, UnmatchedDeadLetter, UnmatchedDrop)
	enumerate(m, ConventionKafka, ConventionConnect)
	enumerate(m, LogDebug, LogInfo, LogWarn, LogError)
	enumerate(m, LogAuto, LogJSON, LogConsole)
	enumerate(m, WireJSON, WireConfluent)
	enumerate(m, CleanupDelete, CleanupCompact, CleanupBoth)
	enumerate(m, TombstonesForward, TombstonesDeadLetter, TombstonesDrop)
	return m
}()

func enumerate[T ~string](m map[reflect.Type][]string, words ...T) {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	m[reflect.TypeFor[T]()] = list
}

// accepts says which kinds of YAML a type is written in, in words for a
// message. A variable may stand for any of them.
func accepts(t reflect.Type) (kinds []kind, words string) {
	switch {
	case t == durationType:
		return []kind{text, number}, "a duration such as 10s"
	case t == bytesType:
		return []kind{text, number}, "a size such as 64KiB"
	case t.Kind() == reflect.String:
		return []kind{text}, "text"
	case t.Kind() == reflect.Int:
		return []kind{number}, "a whole number"
	case t.Kind() == reflect.Float64:
		return []kind{number}, "a number"
	case t.Kind() == reflect.Bool:
		return []kind{boolean}, "true or false"
	default:
		panic("config: no YAML is a " + t.String())
	}
}

// set puts a scalar's text into a value. The mistake says of the text, without
// quoting it, what is wrong.
func set(to reflect.Value, s string) *mistake {
	t := to.Type()
	if words, ok := enums[t]; ok {
		if !slices.Contains(words, s) {
			return notAWord(s, words)
		}
		to.SetString(s)
		return nil
	}
	switch {
	case t == durationType:
		d, err := time.ParseDuration(s)
		if err != nil {
			return &mistake{"is not a duration", "write a number with its unit, such as 500ms, 10s or 2m"}
		}
		to.SetInt(int64(d))
	case t == bytesType:
		b, ok := parseBytes(s)
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			b, ok = Bytes(n), true
		}
		if !ok {
			return &mistake{"is not a size", "write bytes, or a whole number with its unit, such as 64KiB or 1MiB"}
		}
		to.SetInt(int64(b))
	case t.Kind() == reflect.String:
		to.SetString(s)
	case t.Kind() == reflect.Int:
		n, err := strconv.ParseInt(s, 10, strconv.IntSize)
		if err != nil {
			return &mistake{"is not a whole number", "write digits only, such as 100000"}
		}
		to.SetInt(n)
	case t.Kind() == reflect.Float64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return &mistake{"is not a number", "write it like 0.999"}
		}
		to.SetFloat(f)
	case t.Kind() == reflect.Bool:
		if s != "true" && s != "false" {
			return &mistake{"is neither true nor false", "write true or false"}
		}
		to.SetBool(s == "true")
	}
	return nil
}

func notAWord(s string, words []string) *mistake {
	m := &mistake{"is not a known value", "write " + oneOf(words)}
	if near := nearest(s, words); near != "" {
		m.mend = "did you mean " + near + "?"
	}
	return m
}

// oneOf lists words for a message.
func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
