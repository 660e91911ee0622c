package pipe

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Create makes a file to write to. Names that end in .gz or .zst say how it is
// to be compressed.
func Create(name string) (io.WriteCloser, error) {
	file, err := os.Create(filepath.Clean(name))
	if err != nil {
		return nil, err
	}
	switch filepath.Ext(name) {
	case ".gz":
		buffer := bufio.NewWriterSize(file, blockBytes)
		z := gzip.NewWriter(buffer)
		return &output{z, []func() error{z.Close, buffer.Flush, file.Close}}, nil
	case ".zst":
		z, err := zstd.NewWriter(file)
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		return &output{z, []func() error{z.Close, file.Close}}, nil
	}
	return file, nil
}

// output is a file behind layers that all have to be closed.
type output struct {
	io.Writer
	close []func() error // the outermost first
}

// Close implements io.Closer.
func (o *output) Close() error {
	var errs []error
	for _, c := range o.close {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}
