package consumer

import (
	"context"
	"crypto/x509"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// trouble says what to do about an error of Kafka's.
type trouble uint8

const (
	// passing trouble is held and tried again without end.
	passing trouble = iota + 1
	// refused: the broker will not have these very records.
	refused
	// fatal trouble needs a person: the service stops.
	fatal
	// stopping: the client is being closed.
	stopping
)

// classify sorts the errors of produce, fetch, commit and group requests. What
// is not known is passing: held records cost lag, a wrong verdict costs data.
func classify(err error) trouble {
	switch {
	case errors.Is(err, kgo.ErrClientClosed), errors.Is(err, context.Canceled):
		return stopping
	case errors.Is(err, kerr.MessageTooLarge),
		errors.Is(err, kerr.RecordListTooLarge),
		errors.Is(err, kerr.InvalidTimestamp),
		errors.Is(err, kerr.InvalidRecord):
		return refused
	case errors.Is(err, kerr.SaslAuthenticationFailed),
		errors.Is(err, kerr.UnsupportedSaslMechanism),
		errors.Is(err, kerr.IllegalSaslState),
		errors.Is(err, kerr.GroupAuthorizationFailed),
		errors.Is(err, kerr.ClusterAuthorizationFailed),
		errors.Is(err, kerr.TransactionalIDAuthorizationFailed),
		errors.Is(err, kerr.InconsistentGroupProtocol),
		errors.Is(err, kerr.InvalidGroupID),
		errors.Is(err, kerr.InvalidSessionTimeout),
		errors.Is(err, kerr.GroupMaxSizeReached),
		errors.Is(err, kerr.FencedInstanceID),
		errors.Is(err, kerr.UnsupportedVersion):
		return fatal
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fatal
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return fatal
	}
	return passing
}

// fenced reports whether the brokers take no more transactions from a producer:
// they undid its transaction in the end, or another producer has its id.
func fenced(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch)
}

// ofTransaction reports whether a record failed because of its transaction: its
// topic has no part in that.
func ofTransaction(err error) bool {
	return fenced(err) || errors.Is(err, kerr.TransactionAbortable) || errors.Is(err, kerr.TransactionCoordinatorFenced) ||
		errors.Is(err, kerr.InvalidTxnState) || errors.Is(err, kerr.InvalidProducerIDMapping) ||
		errors.Is(err, kerr.ConcurrentTransactions) || errors.Is(err, kerr.UnknownProducerID) ||
		errors.Is(err, kerr.OutOfOrderSequenceNumber) || errors.Is(err, kerr.OperationNotAttempted)
}

// name is the label of an error in metrics and logs: Kafka's own name, or a
// word of ours. Error texts may hold addresses and are not labels.
func name(err error) string {
	if ke, ok := errors.AsType[*kerr.Error](err); ok {
		return ke.Message
	}
	switch {
	case errors.Is(err, kgo.ErrMaxDecompress):
		return "BATCH_TOO_LARGE"
	case errors.Is(err, kgo.ErrRecordTimeout), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errNoAnswer):
		return "TIMEOUT"
	}
	return "CLIENT"
}

// The errors that are to be expected of a produce and of a fetch, by name: their
// series are exported from the start.
var (
	produceErrors = names(kerr.TopicAuthorizationFailed, kerr.UnknownTopicOrPartition, kerr.MessageTooLarge,
		kerr.RecordListTooLarge, kerr.InvalidTimestamp, kerr.InvalidRecord, kgo.ErrRecordTimeout, kgo.ErrClientClosed)
	fetchErrors = names(kerr.TopicAuthorizationFailed, kerr.UnknownTopicOrPartition, kerr.OffsetOutOfRange,
		kgo.ErrMaxDecompress, kgo.ErrClientClosed)
)

func names(errs ...error) []string {
	list := make([]string, len(errs))
	for i, err := range errs {
		list[i] = name(err)
	}
	return list
}
