package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluicedata/sluice/cmd/sluice/internal/ops"
	"github.com/sluicedata/sluice/config"
)

func newHealthCommand() *cobra.Command {
	var address, path string
	var ready bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask a running service whether it lives",
		Long: `health asks a service's HTTP listener whether it lives, or with --ready whether
it does its work, for container images that have no curl. It exits 0 if so, 1
if not or if nothing answers.

With --config it asks where http.listen of that file says, on this host.`,
		Example: `  sluice health
  sluice health --ready --url http://127.0.0.1:9464
  sluice health --config /etc/sluice/sluice.yaml`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if path != "" {
				if cmd.Flags().Changed("url") {
					return errors.New("--url and --config both say where to ask: leave one out")
				}
				cfg, err := config.Load(path)
				if err != nil {
					return err
				}
				if address, err = ops.LocalURL(cfg.HTTP.Listen); err != nil {
					return err
				}
			}
			if err := positive("timeout", timeout); err != nil {
				return err
			}
			if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
				return fmt.Errorf("--url %q: write it like http://127.0.0.1:9464", address)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			probe := "/healthz"
			if ready {
				probe = "/readyz"
			}
			answer, err := ask(ctx, strings.TrimSuffix(address, "/")+probe)
			if err != nil {
				return &failure{exitFound, err}
			}
			_, err = io.WriteString(cmd.OutOrStdout(), answer)
			return err
		},
	}
	cmd.Flags().StringVar(&address, "url", "http://127.0.0.1:9464", "where the service's HTTP listener is")
	configFlag(cmd, &path, "")
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether the service is ready")
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Second, "how long to wait for the answer")
	return cmd
}

// ask returns what a probe answers; anything but 200 is an error. It goes
// straight to the service: a proxy of the environment would answer for itself,
// and a redirect is no answer of ours.
func ask(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return "", fmt.Errorf("no answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return "", fmt.Errorf("%s: half an answer: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %s", url, response.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}
