// Signatures over what the caller has hashed already, for the algorithms whose digest form node:crypto does not have: ECDSA, Ed25519ph,
// and ML-DSA over the representative mu. Runs in worker threads only; docs/decisions/0004-crypto-table.md says why by this library.

import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { eddsa } from '@noble/curves/abstract/edwards.js';
import { type ECDSA, ecdsa, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha224 } from '@noble/hashes/sha2.js';
import { type DSA, ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { must } from '../base/assert.ts';
import { type Bytes, concatBytes, utf8, wipe } from '../base/bytes.ts';

/** SP 800-186 section 3.2.1.2. The hash serves the derivation of nonces only. */
const p224 = ecdsa(
  weierstrass({
    p: 2n ** 224n - 2n ** 96n + 1n,
    n: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
    h: 1n,
    a: 2n ** 224n - 2n ** 96n - 2n,
    b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
    Gx: 0xb70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21n,
    Gy: 0xbd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34n,
  }),
  sha224,
);

const ECDSA_BY_CURVE: Readonly<Record<string, ECDSA>> = {
  secp224r1: p224,
  prime256v1: p256,
  secp384r1: p384,
  secp521r1: p521,
  secp256k1,
};

const ML_DSA_BY_TYPE: Readonly<Record<string, DSA>> = {
  'ml-dsa-44': ml_dsa44,
  'ml-dsa-65': ml_dsa65,
  'ml-dsa-87': ml_dsa87,
};

const encodingOf = (rawSignature: boolean) =>
  ({
    prehash: false,
    // FIPS 186-5 takes both halves of the range of s; that only the lower one is used is a rule of some chains, not of ECDSA.
    lowS: false,
    format: rawSignature ? 'compact' : 'der',
  }) as const;

export function ecdsaSignDigest(privateKey: KeyObject, digest: Bytes, rawSignature: boolean): Bytes {
  const scalar = privateKey.export({ format: 'raw-private' });
  try {
    return ecdsaOf(privateKey).sign(digest, scalar, { ...encodingOf(rawSignature), extraEntropy: true });
  } finally {
    wipe(scalar);
  }
}

export function ecdsaVerifyDigest(
  publicKey: KeyObject,
  digest: Bytes,
  signature: Bytes,
  rawSignature: boolean,
): boolean {
  const point = publicKey.export({ format: 'raw-public', type: 'uncompressed' });
  return ecdsaOf(publicKey).verify(signature, digest, point, encodingOf(rawSignature));
}

function ecdsaOf(key: KeyObject): ECDSA {
  return must(ECDSA_BY_CURVE[key.asymmetricKeyDetails?.namedCurve ?? ''], 'a curve of the table');
}

/** RFC 8032 section 5.1, flag 1, where PH(M) is what is handed in. Section 5.1.7 without the cofactor, like Ed25519 in node:crypto. */
const ed25519ph = eddsa(ed25519.Point, (message: Bytes) => createHash('sha512').update(message).digest(), {
  domain: (message: Bytes, context: Bytes) =>
    concatBytes(utf8('SigEd25519 no Ed25519 collisions'), Uint8Array.of(1, context.length), context, message),
  prehash: (digest: Bytes) => Uint8Array.from(digest),
  adjustScalarBytes(scalar: Bytes) {
    const pruned = Uint8Array.from(scalar);
    pruned[0] = (pruned[0] ?? 0) & 0xf8;
    pruned[31] = ((pruned[31] ?? 0) & 0x7f) | 0x40;
    return pruned;
  },
  zip215: false,
});

export function ed25519phSign(privateKey: KeyObject, digest: Bytes, context: Bytes): Bytes {
  const secret = privateKey.export({ format: 'raw-private' });
  try {
    return ed25519ph.sign(digest, secret, { context });
  } finally {
    wipe(secret);
  }
}

export function ed25519phVerify(
  publicKey: KeyObject,
  digest: Bytes,
  signature: Bytes,
  context: Bytes,
): boolean {
  return ed25519ph.verify(signature, digest, publicKey.export({ format: 'raw-public' }), { context });
}

/** FIPS 204 algorithm 7 from mu on, hedged. Throws for a key that was imported without its seed. */
export function mlDsaSignMu(privateKey: KeyObject, mu: Bytes): Bytes {
  const seed = privateKey.export({ format: 'raw-seed' });
  const mlDsa = mlDsaOf(privateKey);
  const { secretKey } = mlDsa.keygen(seed);
  try {
    return mlDsa.internal.sign(mu, secretKey, { externalMu: true, extraEntropy: randomBytes(32) });
  } finally {
    wipe(secretKey);
    wipe(seed);
  }
}

/** FIPS 204 algorithm 8 from mu on. */
export function mlDsaVerifyMu(publicKey: KeyObject, mu: Bytes, signature: Bytes): boolean {
  return mlDsaOf(publicKey).internal.verify(signature, mu, publicKey.export({ format: 'raw-public' }), {
    externalMu: true,
  });
}

function mlDsaOf(key: KeyObject): DSA {
  return must(ML_DSA_BY_TYPE[key.asymmetricKeyType ?? ''], 'a parameter set of the table');
}
