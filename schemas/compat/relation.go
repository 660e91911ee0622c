package compat

// Relation says whether one set of documents is known to lie within another.
type Relation uint8

// The relations.
const (
	// Undecided: neither could be shown.
	Undecided Relation = iota + 1
	// Compatible: proven, every document that the one schema accepts is
	// accepted by the other.
	Compatible
	// Breaking: a document was found that the one accepts and the other
	// refuses.
	Breaking
)

// String returns the relation in lower case.
func (r Relation) String() string {
	switch r {
	case Undecided:
		return "undecided"
	case Compatible:
		return "compatible"
	case Breaking:
		return "breaking"
	default:
		return "none"
	}
}

// MarshalText makes a relation its word in JSON.
func (r Relation) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// answer is what is known of a document and a schema.
type answer int8

const (
	unknown answer = iota
	yes
	no
)

func truth(b bool) answer {
	if b {
		return yes
	}
	return no
}

func (a answer) not() answer {
	switch a {
	case yes:
		return no
	case no:
		return yes
	default:
		return unknown
	}
}

// and is no where one is, and yes only where both are.
func (a answer) and(b answer) answer {
	switch {
	case a == no || b == no:
		return no
	case a == yes && b == yes:
		return yes
	default:
		return unknown
	}
}
