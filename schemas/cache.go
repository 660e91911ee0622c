package schemas

import "crypto/sha256"

// use is a document that a schema was compiled from.
type use struct {
	uri string
	sum [sha256.Size]byte
}

// proof is what a fixture file has shown for a unit: nothing that would be a
// problem, else there were no set to keep it.
type proof struct {
	sum      [sha256.Size]byte
	valid    bool
	fixtures []Fixture
}

// takeOver gives a unit the schema of the load before, if all the documents
// that it was compiled from are the same to the byte. The folder is that of the
// unit.
func (l *loader) takeOver(u *unit, f *folder) bool {
	old := l.before[u.unitKey]
	if old == nil {
		return false
	}
	for _, used := range old.uses {
		doc, err := l.refs.document(f, used.uri)
		if err != nil || doc.sum != used.sum {
			return false
		}
	}
	u.schema, u.identity, u.uses, u.same = old.schema, old.identity, old.uses, old
	return true
}

// proven returns what a fixture file has shown in the load before, and false if
// the file or the schema is another.
func (u *unit) proven(file fixtureFile, sum [sha256.Size]byte) (proof, bool) {
	if u.same == nil {
		return proof{}, false
	}
	p, ok := u.same.proofs[file.name]
	return p, ok && p.sum == sum && p.valid == file.valid
}
