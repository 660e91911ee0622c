package replay

import (
	"bytes"
	"errors"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate/jsonscan"
)

// Patch is a JSON Patch (RFC 6902) that is applied to values before they are
// judged. It is immutable and safe to share.
type Patch struct {
	operations jsonpatch.Patch
}

// ParsePatch reads a JSON Patch: a list of operations.
func ParsePatch(text []byte) (*Patch, error) {
	operations, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return nil, fmt.Errorf("no JSON Patch (RFC 6902), a list such as [{\"op\": \"remove\", \"path\": \"/note\"}]: %w", err)
	}
	if len(operations) == 0 {
		return nil, errors.New("the patch has no operations: leave it out")
	}
	for i, op := range operations {
		switch kind := op.Kind(); kind {
		case "add", "remove", "replace", "move", "copy", "test":
		default:
			return nil, fmt.Errorf("operation %d: %q is none of add, remove, replace, move, copy, test", i, kind)
		}
		if path, err := op.Path(); err != nil || (path != "" && path[0] != '/') {
			return nil, fmt.Errorf("operation %d: path is missing or no JSON pointer: begin it with a slash", i)
		}
	}
	return &Patch{operations}, nil
}

// errNotApplicable hides the library's error, whose text may hold values.
var errNotApplicable = errors.New("the patch does not apply")

// patcher applies a patch under the limits of a configuration.
type patcher struct {
	patch     *Patch
	limits    jsonscan.Limits
	options   jsonpatch.ApplyOptions
	confluent map[string]bool // products whose values have the registry's prefix
}

func newPatcher(cfg *config.Config, patch *Patch) *patcher {
	p := &patcher{patch: patch, options: *jsonpatch.NewApplyOptions(), confluent: make(map[string]bool)}
	p.options.EscapeHTML = false
	p.options.AccumulatedCopySizeLimit = int64(cfg.Limits.RecordBytes)
	// Names that repeat are refused: the library would keep the last of them.
	p.limits = jsonscan.Limits{
		Bytes: int(cfg.Limits.RecordBytes), Depth: cfg.Limits.Depth, Values: cfg.Limits.Values,
	}
	for i := range cfg.Products {
		p.confluent[cfg.Products[i].Name] = cfg.Products[i].WireFormat == config.WireConfluent
	}
	return p
}

// prefixBytes is the registry's prefix: a zero byte and a schema id.
const prefixBytes = 5

// apply returns the patched value of a record. Numbers and texts that the patch
// does not touch keep their very bytes; white space around what is rewritten is
// lost. The error says only that the patch is not for this value.
func (p *patcher) apply(product string, value []byte) (patched []byte, err error) {
	defer func() {
		if recover() != nil { // foreign code, fed with bytes of strangers
			patched, err = nil, errNotApplicable
		}
	}()
	var prefix []byte
	doc := value
	if p.confluent[product] && len(value) >= prefixBytes && value[0] == 0 {
		prefix, doc = value[:prefixBytes], value[prefixBytes:]
	}
	var tape jsonscan.Tape
	if tape.Scan(doc, p.limits) != nil {
		return nil, errNotApplicable
	}
	out, err := p.patch.operations.ApplyWithOptions(doc, &p.options)
	if err != nil {
		return nil, errNotApplicable
	}
	return append(bytes.Clone(prefix), out...), nil
}
