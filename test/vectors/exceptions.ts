// Everything in which this house and the published vectors part: each difference with its reason, how many of the `acceptable` cases
// are accepted, and which files are not run. The suite fails when one of these no longer holds, and when a new one appears.

export interface Exception {
  readonly file: string;
  readonly ids: readonly number[];
  readonly reason: string;
}

const LONG_IV = 'valid with an IV of 257 bytes; IVs have at most 256 here';
const SMALL_EXPONENT = 'valid under the public exponent 3; FIPS 186-5 section 5.1 asks for more than 2^16';

export const EXCEPTIONS: readonly Exception[] = [
  { file: 'wycheproof/aes_gcm_test.json', ids: [268, 272, 276], reason: LONG_IV },
  { file: 'wycheproof/rsa_signature_2048_sha256_test.json', ids: [258, 259], reason: SMALL_EXPONENT },
  { file: 'wycheproof/rsa_signature_2048_sha512_test.json', ids: [259], reason: SMALL_EXPONENT },
  { file: 'wycheproof/rsa_signature_3072_sha256_test.json', ids: [259], reason: SMALL_EXPONENT },
  { file: 'wycheproof/rsa_signature_3072_sha512_test.json', ids: [260], reason: SMALL_EXPONENT },
];

/** `acceptable` cases that are accepted; none in the files that are not named. */
export const ACCEPTABLE_ACCEPTED: Readonly<Record<string, number>> = {
  // Compressed points. Curves described by parameters instead of their name are refused.
  'wycheproof/ecdh_secp256k1_test.json.gz': 5,
  'wycheproof/ecdh_secp256r1_test.json.gz': 5,
  'wycheproof/ecdh_secp384r1_test.json.gz': 5,
  'wycheproof/ecdh_secp521r1_test.json.gz': 6,
  // Points on the twist and values beyond the field, which RFC 7748 section 5 takes; a shared secret of zeros is refused.
  'wycheproof/x25519_test.json': 223,
  'wycheproof/x448_test.json.gz': 234,
  // Keys with a component of low order: the equation without the cofactor decides, as in most implementations.
  'cctv/ed25519/ed25519vectors.json.gz': 43,
};

const NOT_OFFERED = 'the mechanism is not offered';
const JOSE = 'JSON Web Tokens are the business of the protocols that use them, not of the crypto table';
const LOG = 'belongs to the transparency log, and is run by its tests';

/** Files that no suite runs, with the reason. Licences and descriptions are no vectors. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'acvp/ACVP-AES-GCM-SIV-1.0.json.gz': NOT_OFFERED,
  'acvp/KAS-ECC-CDH-Component-Sp800-56Ar3.json.gz': 'P-192, K-163 and B-163 only, below 112 bits of strength',
  'c2sp/signed-note.json': LOG,
  'c2sp/xaes-256-gcm.json':
    'our own ciphertext derives a key per message in another way (docs/formats/ciphertext.md)',
  'merkle/rfc6962-consistency-proofs.json': LOG,
  'merkle/rfc6962-inclusion-proofs.json': LOG,
  'wycheproof/aes_ccm_test.json.gz': NOT_OFFERED,
  'wycheproof/aes_gcm_siv_test.json': NOT_OFFERED,
  'wycheproof/aes_siv_cmac_test.json': NOT_OFFERED,
  'wycheproof/json_web_crypto_test.json': JOSE,
  'wycheproof/json_web_encryption_test.json': JOSE,
  'wycheproof/json_web_key_test.json': JOSE,
  'wycheproof/json_web_signature_test.json': JOSE,
  'wycheproof/xchacha20_poly1305_test.json': NOT_OFFERED,
};

const NO_VECTORS = /(^|\/)(LICENSE[^/]*|README\.md|MANIFEST\.sha256)$/;

export const isVectorFile = (file: string): boolean => !NO_VECTORS.test(file);
