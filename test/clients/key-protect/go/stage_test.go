// Package tour calls every method of IBM's Go client for Key Protect against a running server, which the environment names.
package tour

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	kp "github.com/IBM/keyprotect-go-client"
	"github.com/google/uuid"
)

var ctx = context.Background()

// A client of the caller whose API key the environment has under the name.
func clientOf(t *testing.T, apiKey string, headers http.Header) *kp.Client {
	t.Helper()
	client, err := kp.New(kp.ClientConfig{
		BaseURL:    os.Getenv("KEYHOLD_URL"),
		TokenURL:   os.Getenv("KEYHOLD_URL") + "/oidc/token",
		APIKey:     os.Getenv(apiKey),
		InstanceID: os.Getenv("INSTANCE_ID"),
		Headers:    headers,
	}, kp.DefaultTransport())
	must(t, err)
	return client
}

func newClient(t *testing.T) *kp.Client {
	t.Helper()
	return clientOf(t, "API_KEY", nil)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The value of a call that must succeed.
func got[T any](t *testing.T) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		must(t, err)
		return value
	}
}

func equal[T comparable](t *testing.T, actual, expected T) {
	t.Helper()
	if actual != expected {
		t.Fatalf("%v instead of %v", actual, expected)
	}
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *kp.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%v instead of a refusal %s", err, code)
	}
	if len(refusal.Reasons) != 1 || refusal.Reasons[0].Code != code {
		t.Fatalf("%v instead of %s", refusal, code)
	}
	equal(t, refusal.Reasons[0].Status, refusal.StatusCode)
}

func pointer[T any](value T) *T { return &value }

func name() string { return "tour-" + uuid.NewString() }

func material(bytes int) string {
	made := make([]byte, bytes)
	rand.Read(made)
	return base64.StdEncoding.EncodeToString(made)
}

// The stage's second door: stage.ts says what it does.
func backstage(t *testing.T, path string, query url.Values) string {
	t.Helper()
	answer, err := http.Get(os.Getenv("BACKSTAGE_URL") + "/" + path + "?" + query.Encode())
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	equal(t, answer.StatusCode, http.StatusOK)
	return string(body)
}

func advance(t *testing.T, by time.Duration) {
	t.Helper()
	backstage(t, "clock", url.Values{"seconds": {fmt.Sprint(by.Seconds())}})
}

// A new client certificate as PEM, by a key that nobody has any more.
func selfSigned(t *testing.T) string {
	t.Helper()
	key := got[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name()},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(10, 0, 0),
	}
	der := got[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
