package config

import (
	"regexp"
	"strings"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variableForm is what a text contains that expand would change.
const variableForm = `\$\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\}`

// mistake is what is wrong with a text, and how to mend it.
type mistake struct{ what, mend string }

const literal = "for a literal ${ write $${"

// expand replaces ${VAR} and ${VAR:default} in a scalar; $${ becomes ${. The
// result is final: what a variable holds is neither YAML nor expanded again.
// A variable that is set to nothing counts as set. Used says whether any
// variable was replaced.
func expand(text string, lookup func(string) (string, bool)) (out string, used bool, mistakes []mistake) {
	var b strings.Builder
	for {
		at := strings.Index(text, "${")
		if at < 0 {
			b.WriteString(text)
			return b.String(), used, mistakes
		}
		if at > 0 && text[at-1] == '$' {
			b.WriteString(text[:at-1] + "${")
			text = text[at+2:]
			continue
		}
		b.WriteString(text[:at])
		inner, rest, closed := strings.Cut(text[at+2:], "}")
		if !closed {
			return b.String(), used, append(mistakes, mistake{"holds a ${ without its }", "close it; " + literal})
		}
		value, wrong := variable(inner, lookup)
		if wrong != nil {
			mistakes = append(mistakes, *wrong)
		}
		b.WriteString(value)
		text, used = rest, true
	}
}

// variable returns the value of what stands between ${ and }.
func variable(inner string, lookup func(string) (string, bool)) (string, *mistake) {
	name, fallback, hasFallback := strings.Cut(inner, ":")
	switch {
	case !variableName.MatchString(name):
		return "", &mistake{"holds a ${…} that names no variable", "a name is made of letters, digits and _; " + literal}
	case strings.HasPrefix(fallback, "-"):
		// The shell's spelling would silently put the dash into the value.
		return "", &mistake{"has a default after :- in ${" + name + ":-…}", "write ${" + name + ":…}, without the dash"}
	case strings.Contains(fallback, "${"):
		return "", &mistake{"has a variable in the default of ${" + name + ":…}", "write a plain default; defaults do not nest"}
	}
	if value, ok := lookup(name); ok {
		return value, nil
	}
	if !hasFallback {
		return "", &mistake{"needs the environment variable " + name + ", which is not set", "set it, or write ${" + name + ":default}"}
	}
	return fallback, nil
}
