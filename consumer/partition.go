package consumer

import "github.com/twmb/franz-go/pkg/kgo"

// keyed chooses partitions as the Java producer does for records with a key:
// murmur2 over the key's bytes.
var keyed = kgo.StickyKeyPartitioner(nil).ForTopic("")

// partition returns the partition of a destination for a record. Records
// without a key follow their input partition, which keeps its order.
func partition(d *destination, r *kgo.Record, input int32) int32 {
	n := d.partitions.Load()
	if n <= 1 {
		return 0
	}
	if r.Key == nil {
		return input % n
	}
	return int32(keyed.Partition(r, int(n)))
}
