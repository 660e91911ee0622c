package consumer

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logger gives kgo's log to zap. What kgo calls information is chatter of the
// protocol, at debug here; its warnings are information, since the consumer
// itself warns of what users should know.
type logger struct{ log *zap.Logger }

// Level implements kgo.Logger.
func (l logger) Level() kgo.LogLevel {
	switch {
	case l.log.Core().Enabled(zapcore.DebugLevel):
		return kgo.LogLevelInfo
	case l.log.Core().Enabled(zapcore.InfoLevel):
		return kgo.LogLevelWarn
	default:
		return kgo.LogLevelError
	}
}

// Log implements kgo.Logger.
func (l logger) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	to := zapcore.DebugLevel
	switch level {
	case kgo.LogLevelError:
		to = zapcore.WarnLevel
	case kgo.LogLevelWarn:
		to = zapcore.InfoLevel
	case kgo.LogLevelInfo, kgo.LogLevelDebug, kgo.LogLevelNone:
	}
	entry := l.log.Check(to, "kafka client")
	if entry == nil {
		return
	}
	fields := make([]zap.Field, 0, 1+len(keyvals)/2)
	fields = append(fields, zap.String("event", msg))
	for i := 0; i+1 < len(keyvals); i += 2 {
		fields = append(fields, zap.String(fmt.Sprint(keyvals[i]), fmt.Sprint(keyvals[i+1])))
	}
	entry.Write(fields...)
}
