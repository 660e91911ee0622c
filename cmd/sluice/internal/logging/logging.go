// Package logging makes the service's logger: zap, with the level that can be
// changed while the service runs.
//
// Lines are JSON for machines, or columns for people on a terminal. Messages
// are constant and in lower case, what varies stands in typed fields; that is
// what sampling goes by: in each second the first lines of a message are
// written, of the rest one in a thousand, so that a storm of bad records
// cannot become a storm of logs. The metric sluice_log_messages_total counts
// them all.
package logging

import (
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/sluicedata/sluice/config"
)

// Of one message at one level, sampleFirst lines are written each sampleEvery,
// then one in sampleThereafter.
const (
	sampleEvery      = time.Second
	sampleFirst      = 20
	sampleThereafter = 1000
)

// Options are what a logger is made of.
type Options struct {
	// Log is the level to begin with and the format.
	Log config.Log
	// Out takes the lines. The logger serialises its writes.
	Out io.Writer
	// Terminal says that Out is one: format auto is console there.
	Terminal bool
	// Color paints the levels of format console.
	Color bool
	// Registerer takes sluice_log_messages_total.
	Registerer prometheus.Registerer
}

// New returns a logger and its level. Setting the level takes effect at once
// on the logger and on all that were made from it.
func New(o Options) (*zap.Logger, zap.AtomicLevel) {
	level := zap.NewAtomicLevelAt(levelOf(o.Log.Level))
	out := zapcore.Lock(zapcore.AddSync(o.Out))
	core := zapcore.NewCore(encoder(o), out, level)
	core = zapcore.NewSamplerWithOptions(core, sampleEvery, sampleFirst, sampleThereafter,
		zapcore.SamplerHook(count(o.Registerer)))
	return zap.New(core, zap.ErrorOutput(out)), level
}

func encoder(o Options) zapcore.Encoder {
	c := zap.NewProductionEncoderConfig()
	c.TimeKey, c.MessageKey = "time", "message"
	c.EncodeDuration = zapcore.StringDurationEncoder
	if o.Log.Format == config.LogConsole || o.Log.Format != config.LogJSON && o.Terminal {
		c.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		c.EncodeLevel = zapcore.CapitalLevelEncoder
		if o.Color {
			c.EncodeLevel = zapcore.CapitalColorLevelEncoder
		}
		return zapcore.NewConsoleEncoder(c)
	}
	c.EncodeTime = func(t time.Time, enc zapcore.PrimitiveArrayEncoder) {
		enc.AppendString(t.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
	}
	return zapcore.NewJSONEncoder(c)
}

// levelOf maps the configuration's levels; the configuration has been checked.
func levelOf(l config.LogLevel) zapcore.Level {
	switch l {
	case config.LogDebug:
		return zapcore.DebugLevel
	case config.LogWarn:
		return zapcore.WarnLevel
	case config.LogError:
		return zapcore.ErrorLevel
	case config.LogInfo:
		return zapcore.InfoLevel
	default:
		return zapcore.InfoLevel
	}
}

// count returns the hook that counts messages, sampled out or not: a storm
// shows in the metric even where sampling hides it from the log.
func count(reg prometheus.Registerer) func(zapcore.Entry, zapcore.SamplingDecision) {
	messages := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sluice_log_messages_total",
		Help: "Log messages at or above the log level, by level, with those that sampling did not write.",
	}, []string{"level"})
	reg.MustRegister(messages)
	var counters [zapcore.ErrorLevel - zapcore.DebugLevel + 1]prometheus.Counter
	for l := zapcore.DebugLevel; l <= zapcore.ErrorLevel; l++ {
		counters[l-zapcore.DebugLevel] = messages.WithLabelValues(l.String())
	}
	return func(e zapcore.Entry, _ zapcore.SamplingDecision) {
		// Levels above error count as errors: the label's values are closed.
		counters[min(e.Level, zapcore.ErrorLevel)-zapcore.DebugLevel].Inc()
	}
}
