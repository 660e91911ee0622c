package consumer

import (
	"context"
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"go.uber.org/zap"
)

// details asks the brokers for topics. kadm answers nothing if one of them may
// not be looked at, and that must not hide the others: then each is asked for
// alone.
func details(ctx context.Context, admin *kadm.Client, names ...string) (kadm.TopicDetails, error) {
	found, err := admin.ListTopics(ctx, names...)
	if !denied(err) {
		return found, err
	}
	found = make(kadm.TopicDetails, len(names))
	for _, name := range names {
		one, err := admin.ListTopics(ctx, name)
		switch {
		case denied(err):
			found[name] = kadm.TopicDetail{Topic: name, Err: err}
		case err != nil:
			return nil, err
		default:
			found[name] = one[name]
		}
	}
	return found, nil
}

// settings asks for the configurations of topics, in the same way. Of those that
// may not be read it returns the names.
func settings(ctx context.Context, admin *kadm.Client, names ...string) (configs kadm.ResourceConfigs, unread []string) {
	configs, err := admin.DescribeTopicConfigs(ctx, names...)
	if err == nil {
		return configs, nil
	}
	if !denied(err) {
		return nil, nil
	}
	configs = nil
	for _, name := range names {
		one, err := admin.DescribeTopicConfigs(ctx, name)
		if denied(err) {
			unread = append(unread, name)
		} else if err == nil {
			configs = append(configs, one...)
		}
	}
	return configs, unread
}

func denied(err error) bool {
	_, is := errors.AsType[*kadm.AuthError](err)
	return is
}

// reason is why a topic gives trouble, for people: Kafka's name of the error,
// and what the service may not do with the topic if that is it.
func reason(err error, operation string) string {
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		return name(err) + ": the service may not " + operation + " it"
	}
	return name(err)
}

// tellUnread says once which topics do not tell how large a record they take.
func (c *Consumer) tellUnread(topics []string) {
	slices.Sort(topics)
	if len(topics) > 0 && !slices.Equal(topics, c.unread) {
		c.log.Warn("topics do not tell how large a record they take, for want of DescribeConfigs: Kafka's default is assumed",
			zap.Strings("topics", topics), zap.Int("bytes", defaultMaxMessageBytes))
	}
	c.unread = topics
}

// lacks says which permission an error that stops the service asks for.
func lacks(err error) string {
	switch {
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return ": the service needs Read on the group, sluice plan shows what it lacks"
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		return ": the service needs Write on the transactional id, sluice plan shows what it lacks"
	default:
		return ""
	}
}
