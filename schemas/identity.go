package schemas

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxVersionRunes keeps a version fit for a header and a metric label.
const maxVersionRunes = 64

// identity says which contract decided, to whoever reads a dead letter.
type identity struct {
	version string
	sha256  string
	files   []string // absolute paths: the schema's own, then the others sorted by name
}

// errVersion is a "version" that nobody could quote.
var errVersion = errors.New("must be 1 to " + strconv.Itoa(maxVersionRunes) + " printable characters without spaces")

// versionError is a "version" at a place in the document.
type versionError struct{ pointer string }

func (e *versionError) Error() string { return errVersion.Error() }
func (e *versionError) Unwrap() error { return errVersion }

// identify derives a contract's version and digest from its schema document,
// the pointer into it, and all documents used (with repetitions). The document
// has been compiled, so that it is JSON and the pointer leads to a schema. An
// error is a *versionError.
func identify(main *document, pointer string, used []*document) (identity, error) {
	byName := make(map[string]*document, len(used))
	for _, doc := range used {
		byName[doc.name] = doc
	}
	delete(byName, main.name)
	id := identity{files: []string{main.file}, sha256: hex.EncodeToString(main.sum[:])}
	if len(byName) > 0 {
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			id.files = append(id.files, byName[name].file)
		}
		byName[main.name] = main
		id.sha256 = digest(byName)
	}
	var err error
	if id.version, err = version(main, pointer); err != nil {
		return identity{}, err
	}
	if id.version == "" {
		id.version = id.sha256[:12]
	}
	return id, nil
}

// digest is that of the list of digests as sha256sum prints it, sorted by name.
func digest(docs map[string]*document) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(docs)) {
		_, _ = fmt.Fprintf(h, "%x  %s\n", docs[name].sum, name)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// version returns the string "version" of the addressed schema, else of the
// document, else nothing.
func version(main *document, pointer string) (string, error) {
	for _, at := range []string{pointer, ""} {
		v, ok := stringAt(main.data, at, "version")
		if !ok {
			continue
		}
		if v == "" || utf8.RuneCountInString(v) > maxVersionRunes ||
			strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
			return "", &versionError{pointer: at + "/version"}
		}
		return v, nil
	}
	return "", nil
}

// stringAt returns a string member of the object at pointer.
func stringAt(data []byte, pointer, member string) (string, bool) {
	raw := json.RawMessage(data)
	for token := range tokens(pointer + "/" + member) {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err == nil {
			raw = object[token]
			continue
		}
		var array []json.RawMessage
		i, err := strconv.Atoi(token)
		if err != nil || json.Unmarshal(raw, &array) != nil || i < 0 || i >= len(array) {
			return "", false
		}
		raw = array[i]
	}
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", false
	}
	return *s, true
}
