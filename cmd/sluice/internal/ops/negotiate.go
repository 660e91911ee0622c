package ops

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// wantsHTML reports whether a request prefers a page for people to JSON. A
// browser says so in Accept; ?format=html and ?format=json overrule it. ok is
// false for any other format.
func wantsHTML(r *http.Request) (html, ok bool) {
	if query := r.URL.Query(); query.Has("format") {
		format := query.Get("format")
		return format == "html", format == "html" || format == "json"
	}
	var qHTML, qJSON float64
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(params["q"], 64)
		if err != nil {
			q = 1
		}
		switch kind {
		case "text/html", "application/xhtml+xml":
			qHTML = max(qHTML, q)
		case "application/json", "application/*", "*/*":
			qJSON = max(qJSON, q)
		}
	}
	return qHTML > qJSON, true
}
