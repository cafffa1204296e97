package tour

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"testing"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipclient"
	"github.com/ovh/kmip-go/payloads"
)

const (
	encrypts = kmip.CryptographicUsageEncrypt | kmip.CryptographicUsageDecrypt
	wraps    = kmip.CryptographicUsageWrapKey | kmip.CryptographicUsageUnwrapKey
)

func TestConnection(t *testing.T) {
	client := dial(t, kmipclient.WithServerName("localhost"))
	equal(t, client.Version(), kmip.V1_4)
	equal(t, client.Addr() != "", true)
	clone := got[*kmipclient.Client](t)(client.Clone())
	again := got[*kmipclient.Client](t)(clone.CloneCtx(context.Background()))
	must(t, clone.Close())
	message := kmip.NewRequestMessage(kmip.V1_4, &payloads.DiscoverVersionsRequestPayload{})
	answer := got[*kmip.ResponseMessage](t)(again.Roundtrip(context.Background(), &message))
	must(t, answer.BatchItem[0].Err())
	must(t, again.Close())
}

func TestQuery(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		answer := done(t, client.Query().All())
		equal(t, answer.VendorIdentification != "", true)
		equal(t, len(answer.Operations) > 20, true)
		equal(t, len(answer.ObjectType) >= 4, true)
	})
}

func TestSymmetricKeys(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		for _, create := range []kmipclient.ExecCreate{
			client.Create().AES(256, encrypts),
			client.Create().TDES(168, encrypts),
			client.Create().Skipjack(encrypts),
			client.Create().Object(kmip.ObjectTypeSymmetricKey,
				kmip.Attribute{AttributeName: kmip.AttributeNameCryptographicAlgorithm, AttributeValue: kmip.CryptographicAlgorithmAES},
				kmip.Attribute{AttributeName: kmip.AttributeNameCryptographicLength, AttributeValue: int32(128)},
				kmip.Attribute{AttributeName: kmip.AttributeNameCryptographicUsageMask, AttributeValue: encrypts}),
		} {
			made := done(t, create)
			key := done(t, client.Get(made.UniqueIdentifier))
			equal(t, len(got[[]byte](t)(key.SymmetricKey())) >= 10, true)
			done(t, client.Destroy(made.UniqueIdentifier))
		}
		for _, format := range []kmipclient.KeyFormat{kmipclient.RAW, kmipclient.Transparent} {
			material := random(32)
			made := done(t, client.Register().WithKeyFormat(format).SymmetricKey(kmip.CryptographicAlgorithmAES, encrypts, material))
			same(t, got[[]byte](t)(done(t, client.Get(made.UniqueIdentifier)).SymmetricKey()), material)
			raw := client.Get(made.UniqueIdentifier).WithKeyFormat(kmip.KeyFormatTypeRaw)
			same(t, got[[]byte](t)(done(t, raw).SymmetricKey()), material)
		}
	})
}

func TestSecretsAndOpaqueObjects(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		password := done(t, client.Register().SecretString(kmip.SecretDataTypePassword, "a password"))
		equal(t, got[string](t)(done(t, client.Get(password.UniqueIdentifier)).SecretString()), "a password")
		seed := done(t, client.Register().Secret(kmip.SecretDataTypeSeed, []byte{1, 2, 3}))
		same(t, got[[]byte](t)(done(t, client.Get(seed.UniqueIdentifier)).Secret()), []byte{1, 2, 3})
		opaque := done(t, client.Register().Object(&kmip.OpaqueObject{OpaqueDataType: 0x80000001, OpaqueDataValue: []byte("opaque")}))
		same(t, done(t, client.Get(opaque.UniqueIdentifier)).Object.(*kmip.OpaqueObject).OpaqueDataValue, []byte("opaque"))
	})
}

func TestCertificates(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		certificate := selfSigned(t)
		made := done(t, client.Register().X509Certificate(certificate))
		found := done(t, client.Get(made.UniqueIdentifier))
		equal(t, got[string](t)(found.PemCertificate()) != "", true)
		same(t, found.Object.(*kmip.Certificate).CertificateValue, certificate.Raw)
	})
}

func TestPrivateAndPublicKeys(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		rsaKey, ecKey := rsaKey(t), ecKey(t)
		for _, format := range []kmipclient.KeyFormat{kmipclient.PKCS1, kmipclient.PKCS8, kmipclient.Transparent} {
			made := done(t, client.Register().WithKeyFormat(format).RsaPrivateKey(rsaKey, kmip.CryptographicUsageSign))
			found := got[*rsa.PrivateKey](t)(done(t, client.Get(made.UniqueIdentifier)).RsaPrivateKey())
			equal(t, found.Equal(rsaKey), true)
		}
		for _, format := range []kmipclient.KeyFormat{kmipclient.PKCS1, kmipclient.X509, kmipclient.Transparent} {
			made := done(t, client.Register().WithKeyFormat(format).RsaPublicKey(&rsaKey.PublicKey, kmip.CryptographicUsageVerify))
			found := got[*rsa.PublicKey](t)(done(t, client.Get(made.UniqueIdentifier)).RsaPublicKey())
			equal(t, found.Equal(&rsaKey.PublicKey), true)
		}
		for _, format := range []kmipclient.KeyFormat{kmipclient.SEC1, kmipclient.PKCS8, kmipclient.Transparent} {
			made := done(t, client.Register().WithKeyFormat(format).EcdsaPrivateKey(ecKey, kmip.CryptographicUsageSign))
			found := got[*ecdsa.PrivateKey](t)(done(t, client.Get(made.UniqueIdentifier)).EcdsaPrivateKey())
			equal(t, found.Equal(ecKey), true)
		}
		for _, format := range []kmipclient.KeyFormat{kmipclient.X509, kmipclient.Transparent} {
			made := done(t, client.Register().WithKeyFormat(format).EcdsaPublicKey(&ecKey.PublicKey, kmip.CryptographicUsageVerify))
			found := got[*ecdsa.PublicKey](t)(done(t, client.Get(made.UniqueIdentifier)).EcdsaPublicKey())
			equal(t, found.Equal(&ecKey.PublicKey), true)
		}
	})
}

func TestPairs(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		// Curves have names since 1.0, and one may be asked for by its algorithm alone.
		for _, create := range []kmipclient.ExecCreateKeyPairAttr{
			client.CreateKeyPair().RSA(2048, kmip.CryptographicUsageSign, kmip.CryptographicUsageVerify),
			client.CreateKeyPair().ECDSA(kmip.RecommendedCurveP_256, kmip.CryptographicUsageSign, kmip.CryptographicUsageVerify),
		} {
			pair := done(t, create)
			links := attribute[kmip.Link](t, client, pair.PrivateKeyUniqueIdentifier, kmip.AttributeNameLink)
			equal(t, len(links), 1)
			equal(t, links[0].LinkType, kmip.LinkTypePublicKeyLink)
			equal(t, links[0].LinkedObjectIdentifier, pair.PublicKeyUniqueIdentifier)
			private := done(t, client.Get(pair.PrivateKeyUniqueIdentifier).WithKeyFormat(kmip.KeyFormatTypePKCS_8))
			public := done(t, client.Get(pair.PublicKeyUniqueIdentifier).WithKeyFormat(kmip.KeyFormatTypeX_509))
			equal(t, got[string](t)(private.PemPrivateKey()) != "", true)
			equal(t, got[string](t)(public.PemPublicKey()) != "", true)
		}
	})
}

func TestWrappedKeys(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		wrapping := done(t, client.Create().AES(256, wraps)).UniqueIdentifier
		done(t, client.Activate(wrapping))
		material := random(32)
		key := done(t, client.Register().SymmetricKey(kmip.CryptographicAlgorithmAES, encrypts, material))
		wrapped := done(t, client.Get(key.UniqueIdentifier).WithKeyWrapping(kmip.KeyWrappingSpecification{
			WrappingMethod: kmip.WrappingMethodEncrypt,
			EncryptionKeyInformation: &kmip.EncryptionKeyInformation{
				UniqueIdentifier:        wrapping,
				CryptographicParameters: &kmip.CryptographicParameters{BlockCipherMode: kmip.BlockCipherModeNISTKeyWrap},
			},
		})).Object.(*kmip.SymmetricKey)
		equal(t, len(*wrapped.KeyBlock.KeyValue.Wrapped) >= 40, true)
		again := done(t, client.Register().Object(wrapped).WithAttribute(kmip.AttributeNameCryptographicUsageMask, encrypts))
		asRegistered := done(t, client.Get(again.UniqueIdentifier)).Object.(*kmip.SymmetricKey)
		same(t, *asRegistered.KeyBlock.KeyValue.Wrapped, *wrapped.KeyBlock.KeyValue.Wrapped)
		if client.Version() == kmip.V1_4 {
			unwrapped := client.Get(again.UniqueIdentifier).WithKeyWrapType(kmip.NotWrapped)
			same(t, got[[]byte](t)(done(t, unwrapped).SymmetricKey()), material)
		}
	})
}

func TestImportAndExport(t *testing.T) {
	client := dial(t)
	material := random(32)
	key := done(t, client.Register().SymmetricKey(kmip.CryptographicAlgorithmAES, encrypts, material).WithName("to be exported"))
	exported := done(t, client.Export(key.UniqueIdentifier))
	equal(t, len(exported.Attribute) > 5, true)
	done(t, client.Destroy(key.UniqueIdentifier))
	call := client.Import(key.UniqueIdentifier, exported.Object).WithReplaceExisting(true).
		WithAttribute(kmip.AttributeNameObjectType, kmip.ObjectTypeSymmetricKey).
		WithAttribute(kmip.AttributeNameCryptographicUsageMask, encrypts)
	// The client forgets the object that it is given.
	call.RequestPayload().Object = exported.Object
	done(t, call)
	same(t, got[[]byte](t)(done(t, client.Get(key.UniqueIdentifier)).SymmetricKey()), material)
}
