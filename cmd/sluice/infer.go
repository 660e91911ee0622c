package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/pipe"
	"github.com/sluicedata/sluice/router"
	"github.com/sluicedata/sluice/schemas/infer"
	"github.com/sluicedata/sluice/validate"
	"github.com/sluicedata/sluice/validate/jsonscan"
)

func newInferCommand() *cobra.Command {
	var title string
	cmd := &cobra.Command{
		Use:   "infer [file ...]",
		Short: "Draft a JSON Schema from sample records",
		Long: `infer reads newline-delimited JSON, one sample record a line, from files or
stdin (-) and prints a JSON Schema (2020-12) that accepts them all: types, required
properties, formats, and the values of texts that are drawn from a few. Numbers,
lengths and sizes that were seen stand in descriptions; nothing demands them.

The schema is a draft for a person to review, and says so. The same samples in
the same order give the same schema. Memory is constant; files that end in .gz
or .zst are read compressed, and stdin may be.

It exits 0 if every line was a record, 1 if some were left out because they are
not strict JSON or too large, 2 if it could not run.`,
		Example: `  sluice infer orders.ndjson > schemas/order.json
  kcat -C -b localhost:9092 -t shop.orders -e | sluice infer --title order`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			schema, _, err := inferSchema(cmd.Context(), title, files, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			if schema != nil {
				if _, werr := cmd.OutOrStdout().Write(schema); werr != nil {
					return werr
				}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&title, "title", "record", "`title` of the schema")
	return cmd
}

// inferSchema reads samples and returns the draft and the first of them. It may
// do so with an error that says which lines it left out.
func inferSchema(ctx context.Context, title string, files []string, stdin io.Reader, stdout, stderr io.Writer) (schema []byte, first [][]byte, err error) {
	sources, err := openSources(files, stdin)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		for _, s := range sources {
			_ = s.Close()
		}
	}()
	samples := sampler{Inferrer: infer.New(0), route: new(router.Route)}
	profile := new(pipe.Profile)
	_, err = runLines(ctx, pipe.Options{
		Judge:   func() pipe.Judge { return &samples },
		Workers: 1, // the order of the samples is that of the properties
		Sources: sources, Profile: profile,
	}, stdout, stderr)
	if err != nil {
		return nil, nil, err
	}
	schema, err = samples.Schema(title)
	switch {
	case profile.Bad > 0 && err != nil:
		return nil, nil, fmt.Errorf("no line is a record, the first at %s: %s", profile.Failures[0].Place(), profile.Failures[0].Message)
	case err != nil:
		return nil, nil, fmt.Errorf("%w: give a file, or records on stdin, one JSON text a line", err)
	case profile.Bad > 0:
		bad := &profile.Failures[0]
		err = &failure{exitFound, fmt.Errorf("%s left out because they are no records, such as %s: %s",
			count(int(profile.Bad), "line"), bad.Place(), bad.Message)}
	}
	return schema, samples.first, err
}

// sampler shows lines to an Inferrer and keeps the first few.
type sampler struct {
	*infer.Inferrer
	first [][]byte
	route *router.Route
}

const firstSamples = 3

// Decide implements pipe.Judge.
func (s *sampler) Decide(line []byte, _ int64) router.Decision {
	refuse := func(r router.Reason, v *validate.Verdict) router.Decision {
		return router.Decision{Route: s.route, Outcome: router.DeadLettered, Reason: r, Verdict: v}
	}
	if line == nil {
		return refuse(router.LimitExceeded, &validate.Verdict{Class: validate.LimitExceeded, Message: "the record is over the size limit"})
	}
	err := s.Add(line)
	if err == nil {
		if len(s.first) < firstSamples {
			s.first = append(s.first, bytes.Clone(line))
		}
		return router.Decision{Route: s.route, Outcome: router.Accepted}
	}
	v := &validate.Verdict{Class: validate.Malformed, Message: err.Error()}
	if e, ok := errors.AsType[*jsonscan.Error](err); ok {
		v.Message, v.Offset = e.Message, e.Offset
		if e.Kind == jsonscan.Limit {
			v.Class = validate.LimitExceeded
			return refuse(router.LimitExceeded, v)
		}
	}
	return refuse(router.MalformedJSON, v)
}
