package schemas

import (
	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
)

// options is the one place where a configuration's words become the
// validator's. The configuration has been checked: what is not named here has
// the validator's default.
func options(rules config.Contract, limits config.Limits) validate.Options {
	return validate.Options{
		Engine:              engine(rules.Engine),
		DefaultDialect:      dialect(rules.DefaultDialect),
		AnnotateFormats:     rules.Formats == config.FormatsAnnotate,
		AllowDuplicateNames: rules.DuplicateNames == config.DuplicateLast,
		Limits: validate.Limits{
			// A record's size counts key and headers too, so that its value
			// alone is never over this one.
			DocumentBytes:     int(limits.RecordBytes),
			Depth:             limits.Depth,
			Values:            limits.Values,
			NumberDigits:      limits.NumberDigits,
			NumberExponent:    limits.NumberExponent,
			PatternInputBytes: int(limits.PatternInputBytes),
			Violations:        limits.Violations,
			ViolationsBytes:   int(limits.ViolationsBytes),
			SchemaBytes:       int(limits.SchemaBytes),
			PatternBytes:      int(limits.PatternBytes),
		},
	}
}

func engine(e config.Engine) validate.Engine {
	if e == config.EngineReference {
		return validate.Reference
	}
	return validate.Compiled
}

// dialect returns the meta-schema URI of a dialect, empty for the validator's
// default.
func dialect(d config.Dialect) validate.Dialect {
	switch d {
	case config.Draft4:
		return validate.Draft4
	case config.Draft6:
		return validate.Draft6
	case config.Draft7:
		return validate.Draft7
	case config.Draft2019_09:
		return validate.Draft2019_09
	case config.Draft2020_12:
		return validate.Draft2020_12
	default:
		return ""
	}
}
