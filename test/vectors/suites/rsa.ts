// RSA: signatures in both forms (whole message and digest brought along), encryption.

import { createHash, type KeyObject } from 'node:crypto';
import { assert } from '../../../src/base/assert.ts';
import type { Bytes } from '../../../src/base/bytes.ts';
import type { SignatureParameters, SignatureRow } from '../../../src/crypto/algorithms/kinds.ts';
import { MECHANISM_ROWS } from '../../../src/crypto/algorithms/table.ts';
import { parsePrivateKey, parsePublicKey } from '../../../src/crypto/key-parsing.ts';
import { NODE_DIGESTS } from '../../../src/crypto/node-crypto.ts';
import type { AsymmetricKeyAlgorithm, Digest } from '../../../src/domain/algorithms.ts';
import { rsaSpki } from '../encode.ts';
import {
  type AcvpTest,
  acvpCases,
  fromHex,
  same,
  sameSecret,
  someWycheproofCases,
  type VectorSuite,
  type WycheproofTest,
  wycheproofCases,
} from '../harness.ts';
import { acvpDigest } from './mac-and-kdf.ts';

interface RsaGroup {
  readonly keySize: 2048 | 3072 | 4096;
  readonly sha: string;
  readonly mgfSha: string;
  readonly sLen: number;
  readonly publicKeyDer: string;
  readonly privateKeyPkcs8: string;
}

interface SignatureTest extends WycheproofTest {
  readonly msg: string;
  readonly sig: string;
}

interface DecryptionTest extends WycheproofTest {
  readonly label: string;
  readonly msg: string;
  readonly ct: string;
}

type OaepDigest = 'sha-1' | 'sha-224' | 'sha-256' | 'sha-384' | 'sha-512';

const rsaAlgorithm = ({ keySize }: RsaGroup): AsymmetricKeyAlgorithm => `rsa-${keySize}`;
const digestOf = ({ sha }: RsaGroup): Digest => sha.toLowerCase() as Digest;

/** Parsing is part of what the vectors ask about, and the same key serves a whole group. */
export function remembered(parse: (algorithm: AsymmetricKeyAlgorithm, encoded: Bytes) => KeyObject) {
  const known = new Map<string, KeyObject>();
  return (algorithm: AsymmetricKeyAlgorithm, encoded: string): KeyObject => {
    const key = known.get(encoded) ?? parse(algorithm, fromHex(encoded));
    known.set(encoded, key);
    return key;
  };
}

const publicKeyOf = remembered(parsePublicKey);
const privateKeyOf = remembered(parsePrivateKey);

/** Verifies the message, and its digest where the mechanism takes one: both forms must say the same. */
export async function verifyBothForms(
  row: SignatureRow,
  digest: Digest,
  publicKey: KeyObject,
  message: Bytes,
  signature: Bytes,
  parameters: SignatureParameters = {},
): Promise<boolean> {
  const whole = await row.verify(publicKey, message, signature, parameters);
  const hashed = createHash(NODE_DIGESTS[digest]).update(message).digest();
  const prehashed = await row.verify(publicKey, hashed, signature, { ...parameters, prehashed: true });
  assert(whole === prehashed, 'a signature verifies in both forms or in none');
  return whole;
}

const verifyPkcs1 = (file: string): VectorSuite => ({
  file,
  title: 'rsassa-pkcs1-v15',
  cases: document =>
    wycheproofCases<RsaGroup, SignatureTest>(document, (group, test) =>
      verifyBothForms(
        MECHANISM_ROWS[`rsassa-pkcs1-v15-${digestOf(group)}`],
        digestOf(group),
        publicKeyOf(rsaAlgorithm(group), group.publicKeyDer),
        fromHex(test.msg),
        fromHex(test.sig),
      ),
    ),
});

const signPkcs1 = (file: string): VectorSuite => ({
  file,
  title: 'rsassa-pkcs1-v15',
  cases: (document, leaveOut) =>
    someWycheproofCases<RsaGroup, SignatureTest>(
      document,
      leaveOut,
      ({ sha }) => (sha.includes('/') ? 'truncated SHA-512 is not offered' : undefined),
      async (group, test) => {
        const row = MECHANISM_ROWS[`rsassa-pkcs1-v15-${digestOf(group)}`];
        const privateKey = privateKeyOf(rsaAlgorithm(group), group.privateKeyPkcs8);
        const message = fromHex(test.msg);
        const digest = createHash(NODE_DIGESTS[digestOf(group)]).update(message).digest();
        if (same(await row.sign(privateKey, digest, { prehashed: true }), test.sig) !== 'accepted')
          return 'wrong';
        return same(await row.sign(privateKey, message), test.sig);
      },
    ),
});

const verifyPss = (file: string): VectorSuite => ({
  file,
  title: 'rsa-pss',
  cases: document =>
    wycheproofCases<RsaGroup, SignatureTest>(document, (group, test) =>
      verifyBothForms(
        MECHANISM_ROWS[`rsa-pss-${digestOf(group)}`],
        digestOf(group),
        publicKeyOf(rsaAlgorithm(group), group.publicKeyDer),
        fromHex(test.msg),
        fromHex(test.sig),
        { saltBytes: group.sLen },
      ),
    ),
});

const decryptOaep = (file: string): VectorSuite => ({
  file,
  title: 'rsa-oaep',
  cases: document =>
    wycheproofCases<RsaGroup, DecryptionTest>(document, async (group, test) => {
      const row = MECHANISM_ROWS[`rsa-oaep-${digestOf(group) as OaepDigest}`];
      const privateKey = privateKeyOf(rsaAlgorithm(group), group.privateKeyPkcs8);
      const parameters = { label: fromHex(test.label), mgf1Digest: group.mgfSha.toLowerCase() as Digest };
      return sameSecret(await row.decrypt(privateKey, fromHex(test.ct), parameters), test.msg);
    }),
});

const decryptPkcs1 = (file: string): VectorSuite => ({
  file,
  title: 'rsa-pkcs1-v15',
  cases: document =>
    wycheproofCases<RsaGroup, DecryptionTest>(document, async (group, test) => {
      const privateKey = privateKeyOf(rsaAlgorithm(group), group.privateKeyPkcs8);
      return sameSecret(
        await MECHANISM_ROWS['rsa-pkcs1-v15'].decrypt(privateKey, fromHex(test.ct)),
        test.msg,
      );
    }),
});

interface AcvpRsaGroup {
  readonly sigType: 'pkcs1v1.5' | 'pss';
  readonly modulo: 2048 | 3072 | 4096;
  readonly hashAlg: string;
  readonly maskFunction: string;
  readonly conformance?: string;
  readonly saltLen: number;
  readonly n: string;
  readonly e: string;
}

interface AcvpSignatureTest extends AcvpTest {
  readonly message: string;
  readonly signature: string;
}

const acvpRsa = (file: string): VectorSuite => ({
  file,
  title: 'rsa signatures',
  cases: (document, leaveOut) =>
    acvpCases<AcvpRsaGroup, AcvpSignatureTest>(
      document,
      leaveOut,
      ({ hashAlg, maskFunction, conformance }) => {
        if (conformance !== undefined) return 'no randomised hashing of SP 800-106 here';
        if (acvpDigest(hashAlg) === undefined) return `no ${hashAlg} here`;
        return maskFunction.startsWith('shake') ? 'no SHAKE as mask generation function here' : undefined;
      },
      ({ sigType, modulo, hashAlg, saltLen, n, e }, { message, signature }) => {
        const digest = acvpDigest(hashAlg) ?? 'sha-1';
        const scheme = sigType === 'pss' ? 'rsa-pss' : 'rsassa-pkcs1-v15';
        const row = MECHANISM_ROWS[`${scheme}-${digest}` as const];
        const publicKey = parsePublicKey(`rsa-${modulo}`, rsaSpki(n, e));
        const parameters = sigType === 'pss' ? { saltBytes: saltLen } : {};
        return verifyBothForms(row, digest, publicKey, fromHex(message), fromHex(signature), parameters);
      },
    ),
});

const SIZES = [2048, 3072, 4096] as const;

export const RSA_SUITES: readonly VectorSuite[] = [
  verifyPkcs1('wycheproof/rsa_signature_2048_sha256_test.json'),
  verifyPkcs1('wycheproof/rsa_signature_2048_sha384_test.json'),
  verifyPkcs1('wycheproof/rsa_signature_2048_sha512_test.json'),
  verifyPkcs1('wycheproof/rsa_signature_3072_sha256_test.json'),
  verifyPkcs1('wycheproof/rsa_signature_3072_sha384_test.json'),
  verifyPkcs1('wycheproof/rsa_signature_3072_sha512_test.json'),
  verifyPkcs1('wycheproof/rsa_signature_4096_sha256_test.json.gz'),
  verifyPkcs1('wycheproof/rsa_signature_4096_sha384_test.json.gz'),
  verifyPkcs1('wycheproof/rsa_signature_4096_sha512_test.json.gz'),
  ...SIZES.map(size => signPkcs1(`wycheproof/rsa_pkcs1_${size}_sig_gen_test.json`)),
  verifyPss('wycheproof/rsa_pss_2048_sha256_mgf1_0_test.json'),
  verifyPss('wycheproof/rsa_pss_2048_sha256_mgf1_32_test.json'),
  verifyPss('wycheproof/rsa_pss_2048_sha384_mgf1_48_test.json'),
  verifyPss('wycheproof/rsa_pss_3072_sha256_mgf1_32_test.json'),
  verifyPss('wycheproof/rsa_pss_4096_sha256_mgf1_32_test.json'),
  verifyPss('wycheproof/rsa_pss_4096_sha384_mgf1_48_test.json'),
  verifyPss('wycheproof/rsa_pss_4096_sha512_mgf1_64_test.json'),
  acvpRsa('acvp/RSA-SigVer-FIPS186-5.json.gz'),
  acvpRsa('acvp/RSA-SigGen-FIPS186-5.json.gz'),
  decryptOaep('wycheproof/rsa_oaep_2048_sha1_mgf1sha1_test.json'),
  decryptOaep('wycheproof/rsa_oaep_2048_sha256_mgf1sha1_test.json'),
  ...SIZES.map(size => decryptOaep(`wycheproof/rsa_oaep_${size}_sha256_mgf1sha256_test.json`)),
  ...SIZES.map(size => decryptOaep(`wycheproof/rsa_oaep_${size}_sha512_mgf1sha512_test.json`)),
  decryptPkcs1('wycheproof/rsa_pkcs1_2048_test.json.gz'),
  decryptPkcs1('wycheproof/rsa_pkcs1_3072_test.json.gz'),
];
