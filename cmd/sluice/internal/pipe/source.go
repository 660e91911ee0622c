package pipe

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the most that a zstd stream may ask to be remembered of it: what
// the zstd command takes too.
const maxWindow = 128 << 20

// Source is where records come from.
type Source struct {
	// Name stands in verdicts as "file"; empty leaves it out.
	Name string
	io.Reader
	// Size of the file in bytes as it lies there, 0 if unknown.
	Size int64

	order int    // among the sources of a run
	name  []byte // as JSON
	read  atomic.Int64
	close []func() error
}

// NewSource reads from r. What is compressed with gzip or zstd is expanded: no
// JSON begins as these do.
func NewSource(name string, r io.Reader) (*Source, error) {
	s := &Source{Name: name}
	return s, s.expand(r, "")
}

// Open reads a file. Names that end in .gz or .zst say how it is compressed.
func Open(name string) (*Source, error) {
	file, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, err
	}
	s := &Source{Name: name, close: []func() error{file.Close}}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		s.Size = info.Size()
	} else if err == nil && info.IsDir() {
		_ = s.Close()
		return nil, fmt.Errorf("%s is a folder: name files in it", name)
	}
	if err := s.expand(file, filepath.Ext(name)); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Position is how many bytes of Size have been read.
func (s *Source) Position() int64 { return s.read.Load() }

// Close closes what Open opened.
func (s *Source) Close() error {
	var first error
	for i := len(s.close) - 1; i >= 0; i-- {
		if err := s.close[i](); err != nil && first == nil {
			first = err
		}
	}
	s.close = nil
	return first
}

func (s *Source) quoted() []byte { return s.name }

// expand sets the reader to what r holds, expanded.
func (s *Source) expand(r io.Reader, ext string) error {
	s.name, _ = json.Marshal(s.Name) // a string
	counted := &counter{r: r, n: &s.read}
	switch ext {
	case ".gz":
		return s.gunzip(counted)
	case ".zst":
		return s.unzstd(counted)
	}
	s.Reader = &sniffer{s: s, r: counted}
	return nil
}

func (s *Source) gunzip(r io.Reader) error {
	z, err := gzip.NewReader(bufio.NewReaderSize(r, blockBytes))
	if err != nil {
		return fmt.Errorf("read %s: %w: it is not what gzip writes", s.Name, err)
	}
	s.Reader = z
	return nil
}

func (s *Source) unzstd(r io.Reader) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return fmt.Errorf("read %s: %w: it is not what zstd writes", s.Name, err)
	}
	s.Reader = z
	s.close = append(s.close, func() error { z.Close(); return nil })
	return nil
}

// sniffer looks at the first bytes before it decides how to go on. It does so
// when it is first read: until then a pipe may have nothing to say.
type sniffer struct {
	s *Source
	r io.Reader
}

// Read implements io.Reader, once.
func (p *sniffer) Read(out []byte) (int, error) {
	first := make([]byte, 4)
	n, err := p.r.Read(first[:1])
	if n == 1 && (first[0] == 0x1f || first[0] == 0x28) {
		var more int
		more, err = io.ReadFull(p.r, first[1:])
		n += more
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
	}
	rest := io.MultiReader(bytes.NewReader(first[:n]), p.r)
	switch {
	case err != nil && n == 0:
		return 0, err
	case n == 4 && first[0] == 0x1f && first[1] == 0x8b:
		err = p.s.gunzip(rest)
	case n == 4 && string(first) == "\x28\xb5\x2f\xfd":
		err = p.s.unzstd(rest)
	default:
		p.s.Reader = p.r
		return copy(out, first[:n]), nil
	}
	if err != nil {
		return 0, err
	}
	return p.s.Reader.Read(out)
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
