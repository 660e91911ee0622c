package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sluicedata/sluice/consumer/replay"
	"github.com/sluicedata/sluice/router"
)

var (
	fingerprintStart = regexp.MustCompile(`^[0-9a-f]*$`)
	topicName        = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)
)

// options makes of the flags what a replay needs, without a broker.
func (o *replayOptions) options() (*replay.Options, error) {
	g, err := load(o.config)
	if err != nil {
		return nil, err
	}
	if err := g.prove(); err != nil {
		return nil, err
	}
	run := &replay.Options{
		Config: g.cfg, Table: g.table, Version: currentBuild().Version,
		Apply: o.apply, Topics: o.topics, Limit: o.limit, MaxAttempts: o.maxAttempts, Park: o.park, Rate: o.rate,
		Selection: replay.Selection{Product: o.product, Fingerprint: o.fingerprint},
	}
	known := []string{}
	for _, r := range g.table.Routes() {
		known = append(known, r.Product)
	}
	var ok bool
	switch {
	case o.limit < 0 || o.maxAttempts < 0 || o.rate < 0:
		return nil, errors.New("--limit, --max-attempts and --rate are counts: use 0 for no bound")
	case !fingerprintStart.MatchString(o.fingerprint):
		return nil, fmt.Errorf("--fingerprint %q: write the hexadecimal digits that replay and explain show, or the first of them", o.fingerprint)
	case o.park != "" && !topicName.MatchString(o.park):
		return nil, fmt.Errorf("--park %q is not a valid topic name: use letters, digits, dots, dashes and underscores only", o.park)
	case o.product != "" && len(o.topics) == 0 && !slices.Contains(known, o.product):
		return nil, fmt.Errorf("--product %q: there is no such product in %s: choose one of %s", o.product, g.cfg.File, strings.Join(known, ", "))
	}
	if run.To, ok = replay.ParseDestination(o.to); !ok {
		return nil, fmt.Errorf("--to %q: choose product or input", o.to)
	}
	if run.Selection.Reason, ok = router.ParseReason(o.reason); !ok && o.reason != "" {
		return nil, fmt.Errorf("--reason %q: choose one of %s", o.reason, strings.Join(reasonNames(), ", "))
	}
	if run.Selection.Since, err = when("since", o.since); err != nil {
		return nil, err
	}
	if run.Selection.Until, err = when("until", o.until); err != nil {
		return nil, err
	}
	if s := run.Selection; !s.Since.IsZero() && !s.Until.IsZero() && !s.Since.Before(s.Until) {
		return nil, fmt.Errorf("--since %s is not before --until %s: nothing lies between", o.since, o.until)
	}
	if o.patch != "" {
		text, err := os.ReadFile(o.patch)
		if err != nil {
			return nil, fmt.Errorf("--patch: %w", err)
		}
		if run.Patch, err = replay.ParsePatch(text); err != nil {
			return nil, fmt.Errorf("--patch %s: %w", o.patch, err)
		}
	}
	return run, nil
}

// when reads a moment: RFC 3339, or how long ago.
func when(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return time.Now().Add(-ago), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("--%s %q: write a time such as 2026-01-31T08:00:00Z or a duration such as 24h", flag, text)
	}
	return t, nil
}

func reasonNames() []string {
	var names []string
	for _, r := range router.Reasons() {
		names = append(names, r.String())
	}
	return names
}
