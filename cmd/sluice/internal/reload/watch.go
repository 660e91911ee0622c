package reload

import (
	"context"
	"crypto/sha256"
	"os"
	"time"

	"go.uber.org/zap"

	"github.com/sluicedata/sluice/schemas"
)

// A change that goes on is waited for this many looks, then read all the same.
const patience = 5

// Watch looks at the files of the contracts until ctx ends, if the
// configuration wants that. Looking works where notifications do not: on
// network file systems, and where Kubernetes exchanges a mounted ConfigMap by a
// link.
//
// A change is taken over when the next look finds no more of it, so that a
// file that is being written is left alone. One that pauses half-written is a
// broken contract: nothing is taken over, and the rest of it is the next
// change.
func (r *Reloader) Watch(ctx context.Context) {
	if !r.Config.Reload.Watch {
		return
	}
	tick := time.NewTicker(r.Config.Reload.Interval)
	defer tick.Stop()
	var w watched
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.look(ctx, &w)
		}
	}
}

// watched is what Watch knows of the change that it waits for.
type watched struct {
	changing bool
	mark     schemas.Mark
	looks    int
}

// look takes over a change that has settled.
func (r *Reloader) look(ctx context.Context, w *watched) {
	r.working.Lock()
	defer r.working.Unlock()
	r.checkConfig()
	if !r.Loader.Changed() {
		*w = watched{}
		return
	}
	now := r.Loader.Mark()
	settled := w.changing && now == w.mark
	w.changing, w.mark, w.looks = true, now, w.looks+1
	if settled || w.looks > patience {
		*w = watched{}
		r.reload(ctx, ByFile)
	}
}

// checkConfig notes whether the configuration file is still the one that the
// service has started with.
func (r *Reloader) checkConfig() {
	changed := fingerprintOf(r.Config.File) != r.config
	r.mu.Lock()
	news := changed != r.state.RestartNeeded
	r.state.RestartNeeded = changed
	r.mu.Unlock()
	switch {
	case news && changed:
		r.Logger.Warn("configuration file changed, restart to use it", zap.String("file", r.Config.File))
	case news:
		r.Logger.Info("configuration file is again the one in use", zap.String("file", r.Config.File))
	}
}

// fingerprint tells versions of a small file apart. That of a file that cannot
// be read is that of an empty one.
type fingerprint [sha256.Size]byte

func fingerprintOf(file string) fingerprint {
	text, err := os.ReadFile(file)
	if err != nil {
		text = nil
	}
	return sha256.Sum256(text)
}
