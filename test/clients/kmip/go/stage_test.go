// Package tour calls every method of OVH's Go client for KMIP against a running server, which the environment names.
package tour

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipclient"
	"github.com/ovh/kmip-go/ttlv"
)

var versions = []kmip.ProtocolVersion{kmip.V1_0, kmip.V1_1, kmip.V1_2, kmip.V1_3, kmip.V1_4}

// A client that speaks one version; without one, it agrees on the newest with the server.
func dial(t *testing.T, options ...kmipclient.Option) *kmipclient.Client {
	t.Helper()
	common := []kmipclient.Option{
		kmipclient.WithRootCAFile(os.Getenv("KMIP_CA_FILE")),
		kmipclient.WithClientCertFiles(os.Getenv("KMIP_CERT_FILE"), os.Getenv("KMIP_KEY_FILE")),
	}
	address := os.Getenv("KMIP_HOST") + ":" + os.Getenv("KMIP_PORT")
	client := got[*kmipclient.Client](t)(kmipclient.Dial(address, append(common, options...)...))
	t.Cleanup(func() { client.Close() })
	return client
}

func inEveryVersion(t *testing.T, test func(t *testing.T, client *kmipclient.Client)) {
	for _, version := range versions {
		t.Run(version.String(), func(t *testing.T) {
			test(t, dial(t, kmipclient.EnforceVersion(version)))
		})
	}
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

type request[Response any] interface {
	Exec() (Response, error)
}

// What a request must be answered with.
func done[Response any](t *testing.T, call request[Response]) Response {
	t.Helper()
	return got[Response](t)(call.Exec())
}

func refused[Response any](t *testing.T, call request[Response], reason kmip.ResultReason) {
	t.Helper()
	// The client keeps the reason in the text alone.
	if _, err := call.Exec(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("reason=%q", ttlv.EnumStr(reason))) {
		t.Fatalf("%v instead of a refusal %s", err, ttlv.EnumStr(reason))
	}
}

func equal[T comparable](t *testing.T, actual, expected T) {
	t.Helper()
	if actual != expected {
		t.Fatalf("%v instead of %v", actual, expected)
	}
}

func same(t *testing.T, actual, expected []byte) {
	t.Helper()
	if !bytes.Equal(actual, expected) {
		t.Fatalf("%x instead of %x", actual, expected)
	}
}

// The values of one attribute, in their order.
func attribute[T any](t *testing.T, client *kmipclient.Client, id string, name kmip.AttributeName) []T {
	t.Helper()
	var values []T
	for _, each := range done(t, client.GetAttributes(id, name)).Attribute {
		value := each.AttributeValue
		// Values of attributes that the client does not know come with their tag.
		if tagged, isTagged := value.(ttlv.Value); isTagged {
			value = tagged.Value
		}
		values = append(values, value.(T))
	}
	return values
}

func one[T any](t *testing.T, client *kmipclient.Client, id string, name kmip.AttributeName) T {
	t.Helper()
	values := attribute[T](t, client, id, name)
	equal(t, len(values), 1)
	return values[0]
}

func random(bytes int) []byte {
	made := make([]byte, bytes)
	rand.Read(made)
	return made
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	return got[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	return got[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
}

func selfSigned(t *testing.T) *x509.Certificate {
	t.Helper()
	key := ecKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "tour", Organization: []string{"Keyhold"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
	}
	der := got[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return got[*x509.Certificate](t)(x509.ParseCertificate(der))
}

func TestThatTheTourIsWhole(t *testing.T) {
	var text string
	for _, file := range []string{"stage_test.go", "objects_test.go", "life_test.go", "cryptography_test.go"} {
		text += string(got[[]byte](t)(os.ReadFile(file)))
	}
	methods := reflect.TypeFor[*kmipclient.Client]()
	for method := range methods.NumMethod() {
		if called := "." + methods.Method(method).Name + "("; !strings.Contains(text, called) {
			t.Errorf("the tour has no %s", called)
		}
	}
	t.Logf("%d methods", methods.NumMethod())
}
