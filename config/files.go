package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxSecretBytes bounds a secret file; a token is the longest secret there is.
const maxSecretBytes = 64 << 10

// resolve makes paths absolute, which start at the file's folder, and reads
// the secrets that lie in files of their own.
func (c *Config) resolve(r *report) {
	file, err := filepath.Abs(c.File)
	if err != nil {
		r.add(place{}, "", "has no absolute path ("+reason(err)+")", "start sluice in a folder that exists")
		return
	}
	folder := filepath.Dir(file)
	absolute := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	for prefix, dir := range c.Refs {
		absolute(&dir)
		c.Refs[prefix] = dir
	}
	for i := range c.Products {
		c.resolveSchema(r, product(i)+".schema", &c.Products[i].Schema, absolute)
	}
	tls, sasl := &c.Kafka.TLS, &c.Kafka.SASL
	for _, path := range []*string{&tls.CAFile, &tls.CertFile, &tls.KeyFile, &sasl.PasswordFile, &sasl.TokenFile} {
		absolute(path)
	}
	if tls.Enabled {
		r.needsFile("kafka.tls.ca_file", tls.CAFile)
		r.needsFile("kafka.tls.cert_file", tls.CertFile)
		r.needsFile("kafka.tls.key_file", tls.KeyFile)
	}
	r.needsFile("kafka.sasl.token_file", sasl.TokenFile)
	if sasl.PasswordFile != "" && !r.has("kafka.sasl.password") {
		sasl.Password = r.secretFile("kafka.sasl.password_file", sasl.PasswordFile)
	}
}

// resolveSchema makes the path of a schema absolute and leaves its pointer.
func (c *Config) resolveSchema(r *report, path string, schema *string, absolute func(*string)) {
	file, pointer, pointed := strings.Cut(*schema, "#")
	if file == "" || strings.Contains(file, "://") {
		return // check says what is wrong
	}
	absolute(&file)
	if strings.Contains(file, "#") {
		r.addPath(path, "lies in a folder with # in its name, which begins a JSON pointer", "rename the folder")
		return
	}
	*schema = file
	if pointed {
		*schema += "#" + pointer
	}
}

// needsFile reports a file that is not there. Whoever uses it reads it: it may
// be replaced while the service runs.
func (r *report) needsFile(path, file string) {
	if file == "" {
		return
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		r.addPath(path, "cannot be read ("+reason(err)+")", "name a file that exists; a relative path starts at the configuration's folder")
	case info.IsDir():
		r.addPath(path, "is a folder", "name a file in it")
	}
}

// secretFile returns what a file holds, without the line end that editors put
// behind it.
func (r *report) secretFile(path, file string) Secret {
	data, wrong := readAtMost(file, maxSecretBytes)
	if wrong != nil {
		r.addPath(path, wrong.what, wrong.mend)
		return ""
	}
	secret := strings.TrimRight(string(data), "\r\n")
	switch {
	case secret == "":
		r.addPath(path, "names an empty file", "write the secret into it")
	case !utf8.ValidString(secret) || strings.ContainsAny(secret, "\r\n\x00"):
		r.addPath(path, "names a file that holds more than a line of UTF-8 text", "write nothing but the secret into it")
	}
	return Secret(secret)
}

// reason is why a file cannot be had, without its path: that may come from the
// environment.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}
