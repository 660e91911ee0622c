package consumer

import (
	"errors"
	"slices"

	"github.com/sluicedata/sluice/router"
)

// errOtherRoutes is a table that needs a consumer of its own.
var errOtherRoutes = errors.New("the table has other products or topics than the one in use: restart with it")

// Swap makes table the one that judges, from the next poll on: a poll that is
// being decided ends with the table that it began with. The table must come
// from the same configuration as the one in use: topics, clients and counters
// are made for its routes, and only contracts may differ. Swap does not wait
// for the loop. It may be called at any time, but not concurrently.
func (c *Consumer) Swap(table *router.Table) error {
	routes := table.Routes()
	if !slices.EqualFunc(c.table.Load().Routes(), routes, sameWay) {
		return errOtherRoutes
	}
	// Counters first: a keyword of the new contracts has its place before the
	// first record is counted there.
	c.metrics.Use(routes)
	c.swapped(c.table.Load())
	c.table.Store(table)
	return nil
}

// sameWay reports whether the records of two routes come from and go to the
// same places.
func sameWay(a, b *router.Route) bool {
	return a.Index == b.Index && a.Product == b.Product && a.Output == b.Output && a.DLQ == b.DLQ &&
		a.LatencyP99 == b.LatencyP99 && slices.Equal(a.Inputs, b.Inputs)
}
