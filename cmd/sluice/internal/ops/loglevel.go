package ops

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/sluicedata/sluice/config"
)

// levels that may be set, by their names in the configuration.
var levels = map[config.LogLevel]zapcore.Level{
	config.LogDebug: zapcore.DebugLevel,
	config.LogInfo:  zapcore.InfoLevel,
	config.LogWarn:  zapcore.WarnLevel,
	config.LogError: zapcore.ErrorLevel,
}

// logLevel is the body of /loglevel, both ways.
type logLevel struct {
	Level config.LogLevel `json:"level"`
}

func (h *handler) level(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, logLevel{config.LogLevel(h.Level.Level().String())})
}

// setLevel changes the log level until the next change or restart.
func (h *handler) setLevel(w http.ResponseWriter, r *http.Request) {
	body, code, err := readLevel(r.Body)
	if err != nil {
		text(w, code, err.Error()+"\n")
		return
	}
	was, is := h.Level.Level(), levels[body.Level]
	// The change shows in the log of whichever level shows more.
	h.Level.SetLevel(min(was, is))
	h.Logger.Info("log level changed", zap.Stringer("from", was), zap.Stringer("to", is), zap.String("client", r.RemoteAddr))
	h.Level.SetLevel(is)
	answer(w, http.StatusOK, body)
}

// readLevel reads exactly one level, or says with which status to refuse.
func readLevel(r io.Reader) (logLevel, int, error) {
	var body logLevel
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	err := dec.Decode(&body)
	if err == nil {
		switch _, more := dec.Token(); {
		case errors.Is(more, io.EOF):
		case errors.As(more, new(*http.MaxBytesError)):
			err = more
		default:
			err = errors.New("more than one JSON value")
		}
	}
	const want = `send {"level":"debug"}, or info, warn, error`
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return body, http.StatusRequestEntityTooLarge, fmt.Errorf("the request is over %d bytes: %s", tooLarge.Limit, want)
	}
	if err != nil {
		return body, http.StatusBadRequest, fmt.Errorf("%w: %s", err, want)
	}
	if _, ok := levels[body.Level]; !ok {
		return body, http.StatusBadRequest, fmt.Errorf("no such log level %q: %s", body.Level, want)
	}
	return body, http.StatusOK, nil
}
