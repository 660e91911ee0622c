package schemas

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// baseURI is the URI of a schema folder: sluice://<domain>/<folder>/, the
// folder as seen from the configuration file. A scheme of our own keeps paths
// of this machine out of dead letters, and tells a relative reference (which
// arrives as such a URI) from one that names a file:// URL itself.
//
// The path always has a segment: "../x.json" from a document right below the
// authority would come out as "/x.json" (RFC 3986 section 5.2.4) and pass as a
// document of the folder.
func baseURI(domain, configDir, dir string) string {
	rel, ok := inside(configDir, dir)
	if !ok || rel == "." {
		rel = filepath.Base(dir)
	}
	u := url.URL{Scheme: "sluice", Host: domain, Path: path.Clean("/" + filepath.ToSlash(rel))}
	return strings.TrimSuffix(u.String(), "/") + "/"
}

// uri returns the URI of a document in the folder.
func (f *folder) uri(name string) string {
	return f.base + (&url.URL{Path: name}).EscapedPath()
}

// resolve returns the name in the folder of the document with this URI. An
// error is a *refusedError.
func (f *folder) resolve(uri string) (string, error) {
	const mend = "reference a document inside the schema's folder by a relative path"
	u, err := url.Parse(uri)
	if err != nil {
		return "", &refusedError{uri + " is not a URI", mend}
	}
	base, err := url.Parse(f.base)
	if err != nil {
		return "", &refusedError{f.base + " is not a URI", "rename the folder " + f.dir}
	}
	switch {
	case u.Scheme == "file":
		return "", &refusedError{"file URLs are not read", mend}
	case u.Scheme != base.Scheme:
		return "", &refusedError{
			uri + " is not fetched, references never reach the network",
			"put the document into the schema's folder and reference it by a relative path, " +
				"or name the folder of such URIs under refs in sluice.yaml; an absolute \"$id\" makes relative references absolute too",
		}
	case u.Host != base.Host || u.RawQuery != "":
		return "", &refusedError{uri + " is not a document of this folder", mend}
	}
	name, ok := strings.CutPrefix(path.Clean(u.Path), base.Path)
	if !ok || name == "" || !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", &refusedError{u.Path + " is outside the schema's folder", mend}
	}
	return name, nil
}

// inside returns file relative to dir, if it is dir or below it.
func inside(dir, file string) (string, bool) {
	if dir == "" {
		return "", false
	}
	rel, err := filepath.Rel(dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return rel, true
}
