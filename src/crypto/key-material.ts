// Making key material and taking it in. What comes out is what custody wraps: the raw bytes of a symmetric key, or the PKCS#8 of a
// pair. Nothing else of a private key leaves this file but KeyObjects.

import { createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { assert } from '../base/assert.ts';
import { type Bytes, equalSecret, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import {
  type AsymmetricKeyAlgorithm,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  type KeyFamily,
  type Mechanism,
  type OpaqueKeyAlgorithm,
  type SymmetricKeyAlgorithm,
} from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import { chosenLength } from './algorithms/checks.ts';
import { mechanismRow } from './algorithms/table.ts';
import {
  checkRawMaterial,
  encodePublicKey,
  hasEqualHalves,
  isAsymmetric,
  parsePrivateKey,
  parsePublicKey,
  parseSecretKey,
  refused,
} from './key-parsing.ts';
import { PAIR_KINDS, type PairKind } from './pair-kinds.ts';
import { runGeneration } from './slow.ts';

export interface KeyMaterial {
  /** Raw bytes of a symmetric key; PKCS#8 in DER (RFC 5958) of a pair. */
  readonly material: SecretBytes;
  /** SubjectPublicKeyInfo in DER (RFC 5280 section 4.1), for pairs. */
  readonly publicKey?: Bytes;
}

/**
 * `lengthBytes` is for the algorithms whose length is free (HMAC, generic secrets); `invalidInput` when it is outside the range. `draw`: of
 * symmetric material; pairs come from the generator of OpenSSL itself.
 */
export async function generateKeyMaterial(
  algorithm: KeyAlgorithm,
  lengthBytes?: number,
  draw: (count: number) => Bytes = randomBytes,
): Promise<KeyMaterial> {
  if (isAsymmetric(algorithm)) return generatePair(algorithm);
  return { material: generateSecret(algorithm, lengthBytes, draw) };
}

/**
 * Checks material that was made elsewhere and returns it in the one form that we keep. Throws `invalidKeyMaterial` for a key that is
 * malformed, weak, of another algorithm, or whose halves do not fit. The given bytes stay the caller's.
 */
export async function importKeyMaterial(
  algorithm: KeyAlgorithm,
  material: SecretBytes,
): Promise<KeyMaterial> {
  const bytes = revealSecretBytes(material);
  if (!isAsymmetric(algorithm)) {
    checkRawMaterial(algorithm, bytes);
    return { material: SecretBytes.copyOf(bytes) };
  }
  const privateKey = parsePrivateKey(algorithm, bytes);
  await checkPairFits(algorithm, privateKey);
  return {
    material: SecretBytes.own(privateKey.export({ format: 'der', type: 'pkcs8' })),
    publicKey: encodePublicKey(privateKey),
  };
}

/** A public key alone: checks SubjectPublicKeyInfo in DER and returns it in the one form that we keep. Throws `invalidKeyMaterial`. */
export function importPublicKey(algorithm: KeyAlgorithm, encoded: Bytes): KeyMaterial {
  if (!isAsymmetric(algorithm)) throw refused(algorithm, 'has no public half');
  const publicKey = encodePublicKey(parsePublicKey(algorithm, encoded));
  return { material: SecretBytes.copyOf(publicKey), publicKey };
}

/** The KeyObject of a public key that was kept alone. */
export function openPublicKey(algorithm: KeyAlgorithm, material: SecretBytes): KeyObject {
  assert(isAsymmetric(algorithm), 'only pairs have a public half');
  return parsePublicKey(algorithm, revealSecretBytes(material));
}

/** The KeyObject of kept material: secret or private. For use many times: the halves of a pair are not compared again. */
export function openKeyMaterial(algorithm: KeyAlgorithm, material: SecretBytes): KeyObject {
  const bytes = revealSecretBytes(material);
  if (isAsymmetric(algorithm)) return parsePrivateKey(algorithm, bytes);
  assert(algorithm !== 'opaque', 'nothing is computed with an opaque key');
  return parseSecretKey(algorithm, bytes);
}

function generateSecret(
  algorithm: SymmetricKeyAlgorithm | OpaqueKeyAlgorithm,
  lengthBytes: number | undefined,
  draw: (count: number) => Bytes,
): SecretBytes {
  const facts = KEY_ALGORITHMS[algorithm];
  const length = chosenLength(
    'lengthBytes',
    facts.kind === 'asymmetric' ? undefined : facts.materialBytes,
    lengthBytes,
  );
  for (;;) {
    const material = draw(length);
    if (facts.family !== 'aes-xts' || !hasEqualHalves(material)) return SecretBytes.own(material);
  }
}

// generateKeyPair has one overload for each literal type; the table names the same types.
const generateNodePair = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ readonly publicKey: Buffer; readonly privateKey: Buffer }>;

const PAIR_ENCODINGS = {
  publicKeyEncoding: { format: 'der', type: 'spki' },
  privateKeyEncoding: { format: 'der', type: 'pkcs8' },
} as const;

async function generatePair(algorithm: AsymmetricKeyAlgorithm): Promise<KeyMaterial> {
  const { type, options }: PairKind = PAIR_KINDS[algorithm];
  const pair = await runGeneration(() => generateNodePair(type, { ...options, ...PAIR_ENCODINGS }));
  return { publicKey: pair.publicKey, material: SecretBytes.own(pair.privateKey) };
}

/**
 * How a pair shows that its halves fit (NIST SP 800-56A section 5.6.2.1.4, FIPS 140-3 section 7.10.3.3). The public keys of the other
 * families are computed from the private ones whenever these are read.
 */
const PAIR_PROOFS: Partial<
  Record<KeyFamily, (algorithm: KeyAlgorithm, privateKey: KeyObject) => Promise<boolean>>
> = {
  rsa: (algorithm, privateKey) => signatureVerifies(algorithm, 'rsassa-pkcs1-v15-sha-256', privateKey),
  ec: (algorithm, privateKey) => signatureVerifies(algorithm, 'ecdsa-sha-256', privateKey),
  'ml-dsa': (algorithm, privateKey) => signatureVerifies(algorithm, 'ml-dsa', privateKey),
  'slh-dsa': (algorithm, privateKey) => signatureVerifies(algorithm, 'slh-dsa', privateKey),
  'ml-kem': sharedSecretsAgree,
};

async function checkPairFits(algorithm: AsymmetricKeyAlgorithm, privateKey: KeyObject): Promise<void> {
  const proof = PAIR_PROOFS[KEY_ALGORITHMS[algorithm].family];
  if (proof === undefined) return;
  let fits = false;
  try {
    fits = await proof(algorithm, privateKey);
  } catch (thrown) {
    if (thrown instanceof KmsError && thrown.code === 'overloaded') throw thrown;
    throw refused(algorithm, 'must work', thrown);
  }
  if (!fits) throw refused(algorithm, 'must have halves that fit');
}

async function signatureVerifies(
  algorithm: KeyAlgorithm,
  mechanism: Mechanism,
  privateKey: KeyObject,
): Promise<boolean> {
  const row = mechanismRow('signature', mechanism, algorithm);
  const message = utf8('pairwise consistency');
  const signature = await row.sign(privateKey, message);
  return row.verify(createPublicKey(privateKey), message, signature);
}

async function sharedSecretsAgree(algorithm: KeyAlgorithm, privateKey: KeyObject): Promise<boolean> {
  const row = mechanismRow('encapsulation', 'ml-kem', algorithm);
  const { ciphertext, sharedSecret } = await row.encapsulate(createPublicKey(privateKey));
  using sent = sharedSecret;
  using received = await row.decapsulate(privateKey, ciphertext);
  return equalSecret(revealSecretBytes(sent), revealSecretBytes(received));
}
