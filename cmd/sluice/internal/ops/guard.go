package ops

import (
	"net"
	"net/http"
	"net/netip"
)

// guarded lets a request that changes state through only where it may come
// from: this host, or any with http.admin, and never a foreign web page.
func (h *handler) guarded(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !h.Config.HTTP.Admin && !local(r.RemoteAddr):
			text(w, http.StatusForbidden, "only clients on the service's own host may change its state: send the request from there, or set http.admin: true\n")
		case h.foreign.Check(r) != nil || rebound(r):
			text(w, http.StatusForbidden, "a web page of another origin may not change the service's state: send the request without a browser\n")
		default:
			next(w, r)
		}
	})
}

// local reports whether the other end of the connection is on this host.
// Headers such as X-Forwarded-For say what the client likes them to: they play
// no part.
func local(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// rebound reports whether a browser sent the request to a name that may have
// been made to point here. A page of evil.example whose name is then resolved
// to 127.0.0.1 has the same origin as the listener in the eyes of a browser;
// only a name that no foreign DNS server answers for, or an address, is safe.
func rebound(r *http.Request) bool {
	if r.Header.Get("Origin") == "" {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	_, err := netip.ParseAddr(host)
	return err != nil && host != "localhost"
}
