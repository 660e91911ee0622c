// Package scaffold writes what a new domain begins with: a configuration of one
// product, its contract, and fixtures that prove it.
package scaffold

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"text/template"
)

// Options say what to write.
type Options struct {
	Domain, Product string
	// Owner may be empty.
	Owner   string
	Brokers []string
	// Input is the raw topic; default <domain>.<product>.raw.
	Input string
	// Schema is the contract, and Samples are records that it accepts; without
	// them there is an example of both.
	Schema  []byte
	Samples [][]byte
}

// Topic is the raw topic.
func (o *Options) Topic() string {
	if o.Input == "" {
		return o.Domain + "." + o.Product + ".raw"
	}
	return o.Input
}

// Output is the topic of good records.
func (o *Options) Output() string { return o.Domain + "." + o.Product + ".v1" }

// DLQ is the topic of bad records.
func (o *Options) DLQ() string { return o.Output() + ".dlq" }

// SchemaFile is where the contract lies, as a slash path.
func (o *Options) SchemaFile() string { return "schemas/" + o.Product + ".json" }

// File is one of what is written.
type File struct {
	// Name is a slash path.
	Name string
	Text []byte
}

// ConfigFile is the name of the configuration, the first of Files.
const ConfigFile = "sluice.yaml"

//go:embed templates
var templates embed.FS

var parsed = template.Must(template.New("").Funcs(template.FuncMap{"yaml": yaml, "json": quote}).ParseFS(templates, "templates/*"))

// Files makes the files of a domain.
func Files(o Options) ([]File, error) {
	text, err := render(ConfigFile, &o)
	if err != nil {
		return nil, err
	}
	files := []File{{ConfigFile, text}}
	if o.Schema == nil {
		if o.Schema, err = render("schema.json", &o); err != nil {
			return nil, err
		}
		o.Samples = [][]byte{[]byte(`{"id": "1", "occurred_at": "2026-01-31T12:00:00Z"}`)}
	}
	files = append(files, File{o.SchemaFile(), o.Schema})
	fixtures, err := fixtures(&o)
	return append(files, fixtures...), err
}

func render(name string, o *Options) ([]byte, error) {
	var b bytes.Buffer
	if err := parsed.ExecuteTemplate(&b, name, o); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return b.Bytes(), nil
}

var (
	plain    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._@/-]*(:[0-9]+)?$`)
	reserved = regexp.MustCompile(`^(?i)(true|false|null|yes|no|on|off|y|n)$`)
)

// yaml is a text as YAML has it: plain where that is safe, else in quotes.
func yaml(text string) (string, error) {
	if plain.MatchString(text) && !reserved.MatchString(text) {
		return text, nil
	}
	return quote(text)
}

// quote is a text as JSON has it, which YAML takes too.
func quote(text string) (string, error) {
	b, err := json.Marshal(text)
	return string(b), err
}

// Write makes the files in a folder. It writes nothing over anything: if one is
// there already, none is written.
func Write(dir string, files []File) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file: name a folder with --dir, which is made if it is not there", dir)
	}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		switch _, err := os.Lstat(name); {
		case err == nil:
			return fmt.Errorf("%s is there already, and nothing is written over it: choose another folder with --dir, or add the product to it by hand", name)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := create(name, f.Text); err != nil {
			return err
		}
	}
	return nil
}

func create(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}
