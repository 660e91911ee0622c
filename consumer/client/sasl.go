package client

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sluicedata/sluice/config"
)

// authentication returns the configured SASL mechanism (RFC 4616 PLAIN, RFC
// 5802 SCRAM, RFC 7628 OAUTHBEARER).
func authentication(s *config.SASL) (sasl.Mechanism, error) {
	password := s.Password.Reveal()
	switch s.Mechanism {
	case config.Plain:
		return plain.Auth{User: s.Username, Pass: password}.AsMechanism(), nil
	case config.ScramSHA256:
		return scram.Auth{User: s.Username, Pass: password}.AsSha256Mechanism(), nil
	case config.ScramSHA512:
		return scram.Auth{User: s.Username, Pass: password}.AsSha512Mechanism(), nil
	case config.OAuthBearer:
		return oauth.Oauth(func(context.Context) (oauth.Auth, error) { return token(s) }), nil
	}
	return nil, fmt.Errorf("mechanism %q is not supported", s.Mechanism)
}

// token returns the bearer token. A token file is read at each authentication:
// whoever rotates the token only replaces the file.
func token(s *config.SASL) (oauth.Auth, error) {
	if s.TokenFile == "" {
		return oauth.Auth{Token: s.Token.Reveal()}, nil
	}
	text, err := os.ReadFile(s.TokenFile)
	if err != nil {
		return oauth.Auth{}, fmt.Errorf("token_file: %w", err)
	}
	t := strings.TrimSpace(string(text))
	if t == "" {
		return oauth.Auth{}, fmt.Errorf("token_file: %s is empty", s.TokenFile)
	}
	return oauth.Auth{Token: t}, nil
}
