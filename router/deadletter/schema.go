package deadletter

import _ "embed"

//go:embed violations.schema.json
var violationsSchema string

// ViolationsSchema returns the JSON Schema of the header sluice.violations.
func ViolationsSchema() string { return violationsSchema }
