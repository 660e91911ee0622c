package ops

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/sluicedata/sluice/cmd/sluice/internal/reload"
	"github.com/sluicedata/sluice/config"
)

// Reloader takes over changed contracts.
type Reloader interface {
	Reload(ctx context.Context, by reload.Trigger) reload.Result
	State() reload.State
}

// reloadStatus is what /status says of reloads.
type reloadStatus struct {
	// Successful is that of the last reload, true before the first.
	Successful bool `json:"successful"`
	// LoadedAt is when the contracts in use were last found to be the files'.
	LoadedAt time.Time `json:"loaded_at"`
	// RestartNeeded says that the configuration file has changed.
	RestartNeeded bool          `json:"restart_needed"`
	Last          *reloadResult `json:"last,omitempty"`
}

// reloadResult is one reload, in /status and as the answer to POST /-/reload.
type reloadResult struct {
	Result      string           `json:"result"`
	Time        time.Time        `json:"time"`
	Trigger     reload.Trigger   `json:"trigger"`
	TookSeconds float64          `json:"took_seconds"`
	Changed     []reload.Change  `json:"changed"`
	Problems    []config.Problem `json:"problems"`
}

func reloadStatusOf(s reload.State) reloadStatus {
	status := reloadStatus{Successful: s.Successful, LoadedAt: s.LoadedAt.UTC(), RestartNeeded: s.RestartNeeded}
	if s.Last != nil {
		last := reloadResultOf(s.Last)
		status.Last = &last
	}
	return status
}

func reloadResultOf(r *reload.Result) reloadResult {
	return reloadResult{
		Result: r.Outcome(), Time: r.Time.UTC(), Trigger: r.Trigger, TookSeconds: r.Took.Seconds(),
		Changed: append([]reload.Change{}, r.Changed...), Problems: append([]config.Problem{}, r.Problems()...),
	}
}

// reload answers when the contracts of the files are in use, or what is wrong
// with them. It goes on when the client does not wait.
func (h *handler) reload(w http.ResponseWriter, r *http.Request) {
	// A reload may take as long as it is allowed to, behind one that runs.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(2*h.Config.Reload.Timeout + writeTimeout))
	h.Logger.Info("reload requested", zap.String("client", r.RemoteAddr))
	result := h.Reloader.Reload(context.WithoutCancel(r.Context()), reload.ByRequest)
	code := http.StatusOK
	switch {
	case errors.Is(result.Err, reload.ErrMoving):
		code = http.StatusConflict
	case result.Err != nil:
		code = http.StatusUnprocessableEntity
	}
	answer(w, code, reloadResultOf(&result))
}
