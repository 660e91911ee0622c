package difftest

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/sluicedata/sluice/validate"
)

// misplaced says what is wrong with the locations of a violation, empty if
// nothing is: both pointers must lead somewhere.
func (s *subject) misplaced(record any, v validate.Violation) string {
	if _, ok := at(record, v.InstanceLocation); !ok {
		return fmt.Sprintf("no instance is at %q", v.InstanceLocation)
	}
	if v.Message == "" || v.Keyword == "" {
		return fmt.Sprintf("keyword %q, message %q", v.Keyword, v.Message)
	}
	path := v.KeywordLocation
	if v.Keyword == "dependencies" || v.Keyword == "dependentRequired" { // with the property that asks for others
		path = path[:max(0, strings.LastIndexByte(path, '/'))]
	}
	if v.Keyword != "false" && !strings.HasSuffix(path, "/"+v.Keyword) {
		return fmt.Sprintf("keyword %q at %q", v.Keyword, v.KeywordLocation)
	}
	base, fragment, ok := strings.Cut(v.AbsoluteKeywordLocation, "#")
	pointer, err := url.PathUnescape(fragment)
	if !ok || err != nil {
		return fmt.Sprintf("absolute location %q", v.AbsoluteKeywordLocation)
	}
	if root, _ := s.schema.(map[string]any); base != location || root["$id"] != nil || root["id"] != nil {
		return "" // a resource of its own
	}
	if _, ok := at(s.schema, pointer); !ok {
		return fmt.Sprintf("no keyword is at %q", v.AbsoluteKeywordLocation)
	}
	return ""
}

// at follows a JSON pointer.
func at(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	if pointer[0] != '/' {
		return nil, false
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		ok := false
		switch in := v.(type) {
		case map[string]any:
			v, ok = in[strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")]
		case []any:
			i, err := strconv.Atoi(token)
			if ok = err == nil && i >= 0 && i < len(in); ok {
				v = in[i]
			}
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}
