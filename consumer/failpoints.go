package consumer

// failpoint is a place at which the fault tests let the process die, as if by
// SIGKILL. A build with the tag sluice_failpoints dies where
// SLUICE_FAILPOINT=place:n names it, at the nth time; any other build has none.
type failpoint string

const (
	afterPoll    failpoint = "after_poll"    // records are polled, nothing is decided
	afterProduce failpoint = "after_produce" // a flight is handed to the client, nothing is acknowledged
	beforeCommit failpoint = "before_commit" // records are settled, their offsets are not committed
	afterCommit  failpoint = "after_commit"  // offsets are committed, we have not noted it
)

// defect is a way in which the fault tests let the service break a promise, to
// see that their ledger notices. A build with the tag sluice_failpoints has the
// one that SLUICE_DEFECT names; any other build has none.
type defect string

const (
	commitsPolled defect = "commits_polled" // offsets are committed when they are polled
	loses         defect = "loses"          // some records are taken for dropped
	misroutes     defect = "misroutes"      // some records go to another product's output
	corrupts      defect = "corrupts"       // a byte of some values is another
	repeats       defect = "repeats"        // some records are sent twice
	splits        defect = "splits"         // some accepted records are dead letters too
	reorders      defect = "reorders"       // records of a poll change places
	miscounts     defect = "miscounts"      // some records are counted twice
	unbounded     defect = "unbounded"      // polling goes on whatever is in flight
	halves        defect = "halves"         // every other product is judged by the contracts before the last swap
	stalls        defect = "stalls"         // what was held once is never tried again

	// Of transactions.
	commitsFailed      defect = "commits_failed"       // a transaction is committed although something failed in it
	commitsOutside     defect = "commits_outside"      // offsets are committed when they are polled, beside the transaction
	skipsAborted       defect = "skips_aborted"        // what was aborted is not read again
	countsAborted      defect = "counts_aborted"       // what was aborted counts as final
	deadLettersOutside defect = "dead_letters_outside" // dead letters are sent beside the transaction
)
