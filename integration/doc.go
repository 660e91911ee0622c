// Package integration holds the scenarios that the service must pass on a real
// Kafka: the built binary in processes of its own, judged by what is in the
// topics afterwards. It has tests only.
//
//	go test ./integration                             Docker, else kfake
//	SLUICE_BROKERS=host:port go test ./integration    any cluster without TLS
//	SLUICE_INTEGRATION=required go test ./integration a real Kafka or failure
//	SLUICE_INTEGRATION=kfake go test ./integration    kfake whatever there is
//
// All scenarios share one cluster per test process and run beside each other,
// each with topics and a group of its own. The last line of the output says
// what ran on which cluster and what was left out.
package integration
