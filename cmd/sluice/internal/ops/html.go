package ops

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"go.uber.org/zap"
)

// The page's parts. It is one file without anything from elsewhere, so that it
// works where nothing else can be reached.
var (
	//go:embed page/status.html
	pageHTML string
	//go:embed page/status.css
	pageCSS string
	//go:embed page/status.js
	pageJS string
)

var pageTemplate = template.Must(template.New("status").Funcs(template.FuncMap{
	"css": func() template.CSS { return template.CSS(pageCSS) },
	"js":  func() template.JS { return template.JS(pageJS) },
}).Parse(pageHTML))

// pagePolicy lets the page run its own style and script, told by their
// digests, and ask this listener; nothing else.
var pagePolicy = "default-src 'none'; style-src " + digest(pageCSS) + "; script-src " + digest(pageJS) +
	"; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// writePage answers with the page for people.
func writePage(w http.ResponseWriter, p page, log *zap.Logger) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, viewOf(p)); err != nil {
		log.Error("status page not written", zap.Error(err))
		text(w, http.StatusInternalServerError, "the page could not be written; ?format=json has the same\n")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(b.Bytes()) // fails only if the client has gone
}
