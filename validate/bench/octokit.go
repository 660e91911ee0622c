package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sluicedata/sluice/validate/difftest/gen"
)

// webhook is one kind of event of GitHub's webhooks with its examples.
type webhook struct {
	event    string
	schema   []byte
	examples []any
}

// octokit reads the webhooks of the shared material, if it is there.
func octokit(shared string) ([]webhook, error) {
	dir := filepath.Join(shared, "data/octokit-webhooks")
	text, err := os.ReadFile(filepath.Join(dir, "schema.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var whole struct {
		Schema      string                     `json:"$schema"`
		Definitions map[string]json.RawMessage `json:"definitions"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(dir, "instances.jsonl"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	examples := make(map[string][]any)
	in := bufio.NewScanner(file)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var line struct {
			Schema, Expect string
			Data           json.RawMessage
		}
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			return nil, err
		}
		if line.Expect != "valid" {
			continue
		}
		v, err := gen.Parse(line.Data)
		if err != nil {
			return nil, err
		}
		examples[line.Schema] = append(examples[line.Schema], v)
	}
	var all []webhook
	for pointer, list := range examples {
		name := strings.TrimPrefix(pointer, "#/definitions/")
		schema, err := prune(whole.Schema, whole.Definitions, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, webhook{strings.TrimSuffix(strings.TrimSuffix(name, "_event"), "$event"), schema, list})
	}
	slices.SortFunc(all, func(a, b webhook) int { return strings.Compare(a.event, b.event) })
	return all, in.Err()
}

// prune makes a schema document of one definition and all that it reaches.
func prune(dialect string, definitions map[string]json.RawMessage, root string) ([]byte, error) {
	kept := make(map[string]json.RawMessage)
	for open := []string{root}; len(open) > 0; {
		name := open[0]
		open = open[1:]
		if kept[name] != nil {
			continue
		}
		kept[name] = definitions[name]
		for part := range strings.SplitSeq(string(definitions[name]), `"#/definitions/`) {
			if next, _, ok := strings.Cut(part, `"`); ok && definitions[next] != nil {
				open = append(open, next)
			}
		}
	}
	return json.Marshal(map[string]any{"$schema": dialect, "$ref": "#/definitions/" + root, "definitions": kept})
}
