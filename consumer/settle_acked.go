//go:build !sluice_broken_commit

package consumer

// commitsPolled is false: offsets are marked when their records are settled.
const commitsPolled = false
