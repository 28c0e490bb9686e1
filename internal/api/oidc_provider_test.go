package api

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// provider is an OpenID Connect provider: discovery, authorization endpoint,
// token endpoint and keys (Core 1.0 §3.1, Discovery 1.0 §4), with PKCE demanded.
type provider struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	now    time.Time
	client url.Values // client_id and client_secret

	mu    sync.Mutex
	codes map[string]url.Values // what was asked for, by code
	// claims of whoever signs in next, and what is wrong with the next token.
	claims fields
}

func newProvider(t *testing.T, now time.Time) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, now: now, client: url.Values{"client_id": {"mesher"}, "client_secret": {"pst&=/+"}}, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /keys", p.keys)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) describe(w http.ResponseWriter, _ *http.Request) {
	p.json(w, fields{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": p.client.Get("client_id"), "code_challenge_method": "S256",
		"redirect_uri": "http://mesher.test/api/v1/session/oidc/callback", "scope": "openid email profile",
	} {
		if got := q.Get(name); got != want {
			p.t.Errorf("authorize: %s = %q, want %q", name, got, want)
		}
	}
	if q.Get("state") == "" || q.Get("nonce") == "" || q.Get("code_challenge") == "" {
		p.t.Errorf("authorize: state, nonce or challenge is missing: %v", q)
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = q
	p.mu.Unlock()
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	p.mu.Lock()
	asked, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case !ok || id != p.client.Get("client_id") || secret != p.client.Get("client_secret"):
		w.WriteHeader(http.StatusUnauthorized)
		p.json(w, fields{"error": "invalid_client"})
	case !known || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri"):
		w.WriteHeader(http.StatusBadRequest)
		p.json(w, fields{"error": "invalid_grant"})
	default:
		w.Header().Set("Content-Type", "application/json")
		p.json(w, fields{"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": p.idToken(asked.Get("nonce"))})
	}
}

// idToken signs the claims with RS256 (RFC 7515, RFC 7518 §3.3).
func (p *provider) idToken(nonce string) string {
	claims := fields{"iss": p.URL, "sub": "u1", "aud": p.client.Get("client_id"), "iat": p.now.Unix(), "exp": p.now.Add(time.Minute).Unix(), "nonce": nonce}
	for name, value := range p.claims {
		claims[name] = value
	}
	text := p.segment(fields{"alg": "RS256", "kid": "k1", "typ": "JWT"}) + "." + p.segment(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, p.key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (p *provider) segment(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		p.t.Error(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (p *provider) keys(w http.ResponseWriter, _ *http.Request) {
	encode := base64.RawURLEncoding.EncodeToString
	p.json(w, fields{"keys": []fields{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1",
		"n": encode(p.key.N.Bytes()), "e": encode(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

func (p *provider) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}
