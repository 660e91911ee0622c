package service

import (
	"fmt"
	"os"
	"strings"
)

// PeakMemory is the most that the running process has had in memory so far, in
// bytes. Systems without /proc do not tell.
func (p *Process) PeakMemory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kB int64
	if _, err := fmt.Sscan(after, &kB); err != nil {
		return 0, fmt.Errorf("peak memory of process %d: %w", p.cmd.Process.Pid, err)
	}
	return kB << 10, nil
}
