// Elliptic curves: ECDSA, ECDH, EdDSA, X25519 and X448.

import { concatBytes } from '../../../src/base/bytes.ts';
import { MECHANISM_ROWS } from '../../../src/crypto/algorithms/table.ts';
import { parsePrivateKey, parsePublicKey } from '../../../src/crypto/key-parsing.ts';
import type { AsymmetricKeyAlgorithm, Digest } from '../../../src/domain/algorithms.ts';
import { ecScalar, octets, pkcs8, spki } from '../encode.ts';
import {
  type AcvpTest,
  acvpCases,
  fromHex,
  same,
  sameSecret,
  type VectorSuite,
  type WycheproofTest,
  wycheproofCases,
} from '../harness.ts';
import { acvpDigest } from './mac-and-kdf.ts';
import { remembered, verifyBothForms } from './rsa.ts';

const publicKeyOf = remembered(parsePublicKey);

/** A field element as hex of exactly so many bytes. */
const padded = (text: string, bytes: number): string => text.replace(/^(00)+/, '').padStart(2 * bytes, '0');

interface VerifyGroup {
  readonly sha: string;
  readonly publicKeyDer: string;
}

interface SignatureTest extends WycheproofTest {
  readonly msg: string;
  readonly sig: string;
}

const ecdsa = (file: string, algorithm: AsymmetricKeyAlgorithm): VectorSuite => ({
  file,
  title: `ecdsa ${algorithm}`,
  cases: document =>
    wycheproofCases<VerifyGroup, SignatureTest>(document, ({ sha, publicKeyDer }, test) => {
      const digest = sha.toLowerCase() as Digest;
      const row = MECHANISM_ROWS[`ecdsa-${digest}`];
      const publicKey = publicKeyOf(algorithm, publicKeyDer);
      const parameters = { rawSignature: file.includes('p1363') };
      return verifyBothForms(row, digest, publicKey, fromHex(test.msg), fromHex(test.sig), parameters);
    }),
});

interface AcvpEcdsaGroup {
  readonly curve: 'P-224' | 'P-256' | 'P-384' | 'P-521';
  readonly hashAlg: string;
}

interface AcvpEcdsaTest extends AcvpTest {
  readonly message: string;
  readonly qx: string;
  readonly qy: string;
  readonly r: string;
  readonly s: string;
}

const ACVP_CURVES = {
  'P-224': { algorithm: 'ec-p224', bytes: 28 },
  'P-256': { algorithm: 'ec-p256', bytes: 32 },
  'P-384': { algorithm: 'ec-p384', bytes: 48 },
  'P-521': { algorithm: 'ec-p521', bytes: 66 },
} as const;

const acvpEcdsa: VectorSuite = {
  file: 'acvp/ECDSA-SigVer-FIPS186-5.json.gz',
  title: 'ecdsa',
  cases: (document, leaveOut) =>
    acvpCases<AcvpEcdsaGroup, AcvpEcdsaTest>(
      document,
      leaveOut,
      ({ hashAlg }) => (acvpDigest(hashAlg) ? undefined : `no ${hashAlg} here`),
      ({ curve, hashAlg }, test) => {
        const digest = acvpDigest(hashAlg) ?? 'sha-1';
        const { algorithm, bytes } = ACVP_CURVES[curve];
        const point = concatBytes(Uint8Array.of(4), fromHex(padded(test.qx, bytes) + padded(test.qy, bytes)));
        const publicKey = parsePublicKey(algorithm, spki(algorithm, point));
        const signature = fromHex(padded(test.r, bytes) + padded(test.s, bytes));
        const row = MECHANISM_ROWS[`ecdsa-${digest}`];
        return verifyBothForms(row, digest, publicKey, fromHex(test.message), signature, {
          rawSignature: true,
        });
      },
    ),
};

interface AgreementTest extends WycheproofTest {
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

const ecdh = (file: string, algorithm: AsymmetricKeyAlgorithm, scalarBytes: number): VectorSuite => ({
  file,
  title: `ecdh ${algorithm}`,
  cases: document =>
    wycheproofCases<unknown, AgreementTest>(document, async (_, test) => {
      const scalar = fromHex(padded(test.private, scalarBytes));
      const privateKey = parsePrivateKey(algorithm, pkcs8(algorithm, ecScalar(scalar)));
      const peer = parsePublicKey(algorithm, fromHex(test.public));
      return sameSecret(await MECHANISM_ROWS.ecdh.agree(privateKey, peer), test.shared);
    }),
});

const xdh = (file: string, algorithm: 'x25519' | 'x448'): VectorSuite => ({
  file,
  title: algorithm,
  cases: document =>
    wycheproofCases<unknown, AgreementTest>(document, async (_, test) => {
      const privateKey = parsePrivateKey(algorithm, pkcs8(algorithm, octets(fromHex(test.private))));
      const peer = parsePublicKey(algorithm, spki(algorithm, fromHex(test.public)));
      return sameSecret(await MECHANISM_ROWS[algorithm].agree(privateKey, peer), test.shared);
    }),
});

const eddsa = (file: string, algorithm: 'ed25519' | 'ed448'): VectorSuite => ({
  file,
  title: algorithm,
  cases: document =>
    wycheproofCases<VerifyGroup, SignatureTest>(document, ({ publicKeyDer }, test) =>
      MECHANISM_ROWS[algorithm].verify(
        publicKeyOf(algorithm, publicKeyDer),
        fromHex(test.msg),
        fromHex(test.sig),
      ),
    ),
});

interface AcvpEddsaGroup {
  readonly curve: 'ED-25519' | 'ED-448';
  readonly preHash: boolean;
  readonly d: string;
  readonly q: string;
}

interface AcvpEddsaTest extends AcvpTest {
  readonly message: string;
  readonly context?: string;
  readonly q: string;
  readonly signature: string;
}

const skipEddsa = ({ curve, preHash }: AcvpEddsaGroup): string | undefined =>
  curve === 'ED-448' && preHash ? 'Ed448ph is not offered' : undefined;

/** Ed25519 alone takes no context; the other two take an empty one. */
function eddsaCall({ curve, preHash }: AcvpEddsaGroup, context = '') {
  const algorithm = curve === 'ED-448' ? 'ed448' : 'ed25519';
  const mechanism = preHash ? 'ed25519ph' : algorithm;
  return {
    algorithm,
    row: MECHANISM_ROWS[mechanism],
    parameters: context === '' ? {} : { context: fromHex(context) },
  } as const;
}

const acvpEddsaSign: VectorSuite = {
  file: 'acvp/EDDSA-SigGen-1.0.json.gz',
  title: 'eddsa',
  cases: (document, leaveOut) =>
    acvpCases<AcvpEddsaGroup, AcvpEddsaTest>(document, leaveOut, skipEddsa, async (group, test) => {
      const { algorithm, row, parameters } = eddsaCall(group, test.context);
      const privateKey = parsePrivateKey(algorithm, pkcs8(algorithm, octets(fromHex(group.d))));
      const publicKey = parsePublicKey(algorithm, spki(algorithm, fromHex(group.q)));
      const message = fromHex(test.message);
      if (!(await row.verify(publicKey, message, fromHex(test.signature), parameters))) return 'refused';
      return same(await row.sign(privateKey, message, parameters), test.signature);
    }),
};

const acvpEddsaVerify: VectorSuite = {
  file: 'acvp/EDDSA-SigVer-1.0.json.gz',
  title: 'eddsa',
  cases: (document, leaveOut) =>
    acvpCases<AcvpEddsaGroup, AcvpEddsaTest>(document, leaveOut, skipEddsa, (group, test) => {
      const { algorithm, row, parameters } = eddsaCall(group, test.context);
      const publicKey = parsePublicKey(algorithm, spki(algorithm, fromHex(test.q)));
      return row.verify(publicKey, fromHex(test.message), fromHex(test.signature), parameters);
    }),
};

interface EdgeCase {
  readonly number: number;
  readonly key: string;
  readonly sig: string;
  readonly msg: string;
  readonly flags: readonly string[] | null;
}

/** Which edge cases a verifier takes is its choice, except that keys of low order and of two encodings are refused here. */
const edgeCases: VectorSuite = {
  file: 'cctv/ed25519/ed25519vectors.json.gz',
  title: 'ed25519 edge cases',
  cases: document =>
    (document as readonly EdgeCase[]).map(({ number, key, sig, msg, flags }) => ({
      id: number,
      expected: flags?.some(flag => flag === 'low_order_A' || flag === 'non_canonical_A')
        ? 'invalid'
        : 'acceptable',
      run: () =>
        MECHANISM_ROWS.ed25519.verify(
          parsePublicKey('ed25519', spki('ed25519', fromHex(key))),
          new TextEncoder().encode(msg),
          fromHex(sig),
        ),
    })),
};

export const CURVE_SUITES: readonly VectorSuite[] = [
  ecdsa('wycheproof/ecdsa_secp256k1_sha256_test.json.gz', 'ec-secp256k1'),
  ecdsa('wycheproof/ecdsa_secp256k1_sha256_p1363_test.json', 'ec-secp256k1'),
  ecdsa('wycheproof/ecdsa_secp256r1_sha256_test.json.gz', 'ec-p256'),
  ecdsa('wycheproof/ecdsa_secp256r1_sha256_p1363_test.json', 'ec-p256'),
  ecdsa('wycheproof/ecdsa_secp384r1_sha384_test.json.gz', 'ec-p384'),
  ecdsa('wycheproof/ecdsa_secp384r1_sha384_p1363_test.json', 'ec-p384'),
  ecdsa('wycheproof/ecdsa_secp521r1_sha512_test.json.gz', 'ec-p521'),
  ecdsa('wycheproof/ecdsa_secp521r1_sha512_p1363_test.json.gz', 'ec-p521'),
  acvpEcdsa,
  ecdh('wycheproof/ecdh_secp256k1_test.json.gz', 'ec-secp256k1', 32),
  ecdh('wycheproof/ecdh_secp256r1_test.json.gz', 'ec-p256', 32),
  ecdh('wycheproof/ecdh_secp384r1_test.json.gz', 'ec-p384', 48),
  ecdh('wycheproof/ecdh_secp521r1_test.json.gz', 'ec-p521', 66),
  xdh('wycheproof/x25519_test.json', 'x25519'),
  xdh('wycheproof/x448_test.json.gz', 'x448'),
  eddsa('wycheproof/ed25519_test.json', 'ed25519'),
  eddsa('wycheproof/ed448_test.json', 'ed448'),
  acvpEddsaSign,
  acvpEddsaVerify,
  edgeCases,
];
