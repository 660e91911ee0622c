package schemas

import (
	"slices"

	"github.com/sluicedata/sluice/config"
	"github.com/sluicedata/sluice/validate"
)

// Contract is the compiled schema of one product. It is shared and read-only.
type Contract struct {
	// Product and Name are the product's name.
	Product string
	Name    string
	// Version is the schema's own, or the beginning of its digest.
	Version string
	// SHA256 is the digest of the documents that decide, in hex; see the
	// package documentation.
	SHA256 string
	// Engine is what judges.
	Engine config.Engine
	// Files are the absolute paths of these documents: the schema that the
	// product names, then what it references, in the order of the digest.
	Files []string
	// Fixtures is how many documents the contract was proven on.
	Fixtures int
	// Schema judges. Products with the same schema and the same rules share it.
	Schema *validate.Schema
}

// Fixture is one document that a contract was proven on.
type Fixture struct {
	// File is the absolute path.
	File string
	// Line is where the document begins, from 1.
	Line int
	// Valid says what the fixture demands: that the contract accepts it, or
	// that it refuses it.
	Valid bool
}

// Set holds the contracts of a service. It is immutable and safe to share.
type Set struct {
	contracts []*Contract
	byProduct map[string]*Contract
	fixtures  map[string][]Fixture
}

// Contract returns the contract of a product, nil if there is no such product.
func (s *Set) Contract(product string) *Contract { return s.byProduct[product] }

// Contracts returns all contracts in the order of the products. The slice is
// the caller's.
func (s *Set) Contracts() []*Contract { return slices.Clone(s.contracts) }

// Fixtures returns what a product's contract was proven on, valid fixtures
// first, sorted by file and line. The slice is the caller's.
func (s *Set) Fixtures(product string) []Fixture { return slices.Clone(s.fixtures[product]) }
