//go:build sluice_broken_commit

package consumer

// commitsPolled marks offsets as soon as they are polled. A build with this tag
// loses records when it is killed; the integration tests build it to prove that
// their ledger sees that.
const commitsPolled = true
