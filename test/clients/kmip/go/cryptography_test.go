package tour

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipclient"
)

var text = []byte("what the tour has to say")

func TestEncryption(t *testing.T) {
	for _, version := range []kmip.ProtocolVersion{kmip.V1_2, kmip.V1_3, kmip.V1_4} {
		client := dial(t, kmipclient.EnforceVersion(version))
		id := done(t, client.Create().AES(256, encrypts)).UniqueIdentifier
		done(t, client.Activate(id))
		cbc := kmip.CryptographicParameters{BlockCipherMode: kmip.BlockCipherModeCBC, PaddingMethod: kmip.PaddingMethodPKCS5}
		iv := random(16)
		sealed := done(t, client.Encrypt(id).WithCryptographicParameters(cbc).WithIvCounterNonce(iv).Data(text))
		opened := done(t, client.Decrypt(id).WithCryptographicParameters(cbc).WithIvCounterNonce(iv).Data(sealed.Data))
		same(t, opened.Data, text)
	}
}

func TestAuthenticatedEncryption(t *testing.T) {
	client := dial(t)
	id := done(t, client.Create().AES(256, encrypts)).UniqueIdentifier
	done(t, client.Activate(id))
	gcm := kmip.CryptographicParameters{BlockCipherMode: kmip.BlockCipherModeGCM, CryptographicAlgorithm: kmip.CryptographicAlgorithmAES}
	iv := random(12)
	sealed := done(t, client.Encrypt(id).WithCryptographicParameters(gcm).WithIvCounterNonce(iv).WithAAD(text).Data(text))
	opened := done(t, client.Decrypt(id).WithCryptographicParameters(gcm).WithIvCounterNonce(iv).WithAAD(text).
		WithAuthTag(sealed.AuthenticatedEncryptionTag).Data(sealed.Data))
	same(t, opened.Data, text)
	other := client.Decrypt(id).WithCryptographicParameters(gcm).WithIvCounterNonce(iv).WithAAD(iv).
		WithAuthTag(sealed.AuthenticatedEncryptionTag).Data(sealed.Data)
	refused(t, other, kmip.ResultReasonCryptographicFailure)
}

func TestEncryptionByPairs(t *testing.T) {
	client := dial(t)
	pair := done(t, client.CreateKeyPair().RSA(2048, kmip.CryptographicUsageDecrypt, kmip.CryptographicUsageEncrypt))
	done(t, client.Activate(pair.PrivateKeyUniqueIdentifier))
	done(t, client.Activate(pair.PublicKeyUniqueIdentifier))
	oaep := kmip.CryptographicParameters{CryptographicAlgorithm: kmip.CryptographicAlgorithmRSA,
		PaddingMethod: kmip.PaddingMethodOAEP, HashingAlgorithm: kmip.HashingAlgorithmSHA_256}
	sealed := done(t, client.Encrypt(pair.PublicKeyUniqueIdentifier).WithCryptographicParameters(oaep).Data(text))
	opened := done(t, client.Decrypt(pair.PrivateKeyUniqueIdentifier).WithCryptographicParameters(oaep).Data(sealed.Data))
	same(t, opened.Data, text)
}

func TestSignatures(t *testing.T) {
	client := dial(t)
	signs, verifies := kmip.CryptographicUsageSign, kmip.CryptographicUsageVerify
	for _, each := range []struct {
		create     kmipclient.ExecCreateKeyPairAttr
		parameters kmip.CryptographicParameters
	}{
		{client.CreateKeyPair().RSA(2048, signs, verifies), kmip.CryptographicParameters{
			CryptographicAlgorithm: kmip.CryptographicAlgorithmRSA, PaddingMethod: kmip.PaddingMethodPKCS1V1_5, HashingAlgorithm: kmip.HashingAlgorithmSHA_256}},
		{client.CreateKeyPair().RSA(2048, signs, verifies), kmip.CryptographicParameters{
			CryptographicAlgorithm: kmip.CryptographicAlgorithmRSA, PaddingMethod: kmip.PaddingMethodPSS, HashingAlgorithm: kmip.HashingAlgorithmSHA_256}},
		{client.CreateKeyPair().ECDSA(kmip.RecommendedCurveP_256, signs, verifies), kmip.CryptographicParameters{
			DigitalSignatureAlgorithm: kmip.DigitalSignatureAlgorithmECDSAWithSHA256}},
	} {
		pair := done(t, each.create)
		done(t, client.Activate(pair.PrivateKeyUniqueIdentifier))
		done(t, client.Activate(pair.PublicKeyUniqueIdentifier))
		digest := sha256.Sum256(text)
		ofText := done(t, client.Sign(pair.PrivateKeyUniqueIdentifier).WithCryptographicParameters(each.parameters).Data(text))
		ofDigest := done(t, client.Sign(pair.PrivateKeyUniqueIdentifier).WithCryptographicParameters(each.parameters).DigestedData(digest[:]))
		for _, signature := range [][]byte{ofText.SignatureData, ofDigest.SignatureData} {
			// The client fills one request, however often it is asked for.
			verify := func() kmipclient.ExecSignatureVerifyWantsData {
				return client.SignatureVerify(pair.PublicKeyUniqueIdentifier).WithCryptographicParameters(each.parameters)
			}
			equal(t, done(t, verify().Data(text).Signature(signature)).ValidityIndicator, kmip.ValidityIndicatorValid)
			equal(t, done(t, verify().DigestedData(digest[:]).Signature(signature)).ValidityIndicator, kmip.ValidityIndicatorValid)
			equal(t, done(t, verify().Data(text[1:]).Signature(signature)).ValidityIndicator, kmip.ValidityIndicatorInvalid)
		}
	}
}

// The client's crypto.Signer, which finds the public key by its link.
func TestSigner(t *testing.T) {
	client := dial(t)
	pair := done(t, client.CreateKeyPair().RSA(2048, kmip.CryptographicUsageSign, kmip.CryptographicUsageVerify))
	done(t, client.Activate(pair.PrivateKeyUniqueIdentifier))
	signer := got[crypto.Signer](t)(client.Signer(context.Background(), pair.PrivateKeyUniqueIdentifier, ""))
	digest := sha256.Sum256(text)
	signature := got[[]byte](t)(signer.Sign(rand.Reader, digest[:], crypto.SHA256))
	must(t, rsa.VerifyPKCS1v15(signer.Public().(*rsa.PublicKey), crypto.SHA256, digest[:], signature))
}
