// RSA signatures: PKCS #1 v1.5 (RFC 8017 section 8.2) and PSS (section 8.1). Whole messages are hashed by OpenSSL; where the caller
// brings the digest, the encoding is made here and OpenSSL does the arithmetic.

import { constants, createHash, type KeyObject, publicDecrypt } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, equalBytes } from '../../base/bytes.ts';
import { DIGESTS, type Digest, type MechanismOfKind } from '../../domain/algorithms.ts';
import { invalidInput } from '../../domain/errors.ts';
import { EVERY_DIGEST, perDigest } from '../../domain/mechanisms.ts';
import { NODE_DIGESTS } from '../node-crypto.ts';
import { offload } from '../offload.ts';
import { refuseParameters } from './checks.ts';
import { digestInfo } from './digest-info.ts';
import type { SignatureRow } from './kinds.ts';
import { encodePss, verifyPss } from './pss.ts';
import { modulusBytes } from './rsa-encryption.ts';
import { checkDigestLength, refuseVerifyOnly, signMessage, verifyMessage } from './signing.ts';

/** The text behind type 1 padding, or undefined where the padding is not exact (RFC 8017 section 9.2). */
function recoverPadded(publicKey: KeyObject, signature: Bytes, padding: number): Bytes | undefined {
  if (signature.length !== modulusBytes(publicKey)) return undefined;
  try {
    return publicDecrypt({ key: publicKey, padding }, signature);
  } catch {
    return undefined;
  }
}

function isPaddedText(publicKey: KeyObject, signature: Bytes, text: Bytes): boolean {
  const recovered = recoverPadded(publicKey, signature, constants.RSA_PKCS1_PADDING);
  return recovered !== undefined && equalBytes(recovered, text);
}

function pkcs1v15(digest: Digest): SignatureRow {
  const mechanism = `rsassa-pkcs1-v15-${digest}` as const;
  const options = { padding: constants.RSA_PKCS1_PADDING };
  return {
    kind: 'signature',
    async sign(privateKey, message, { prehashed, ...others } = {}) {
      refuseVerifyOnly(mechanism);
      refuseParameters(mechanism, others);
      if (!prehashed) return signMessage(digest, privateKey, message, options);
      checkDigestLength(mechanism, message);
      return offload('rsaSignPadded', { privateKey, input: digestInfo(digest, message) });
    },
    async verify(publicKey, message, signature, { prehashed, ...others } = {}) {
      refuseParameters(mechanism, others);
      if (!prehashed) return verifyMessage(digest, publicKey, message, signature, options);
      checkDigestLength(mechanism, message);
      return isPaddedText(publicKey, signature, digestInfo(digest, message));
    },
  };
}

/** The message stands behind the padding as it is. RFC 8017 section 9.2 step 3 asks for at least 11 bytes of frame. */
const pkcs1v15Raw: SignatureRow = {
  kind: 'signature',
  async sign(privateKey, message, parameters = {}) {
    refuseParameters('rsassa-pkcs1-v15-raw', { ...parameters });
    const bytesMax = modulusBytes(privateKey) - 11;
    if (message.length > bytesMax)
      throw invalidInput('message', `must have at most ${bytesMax} bytes for this key`);
    return offload('rsaSignPadded', { privateKey, input: message });
  },
  async verify(publicKey, message, signature, parameters = {}) {
    refuseParameters('rsassa-pkcs1-v15-raw', { ...parameters });
    return isPaddedText(publicKey, signature, message);
  },
};

function pss(digest: Digest): SignatureRow {
  const mechanism = `rsa-pss-${digest}` as const;
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return {
    kind: 'signature',
    async sign(privateKey, message, { prehashed, saltBytes, mgf1Digest = digest, ...others } = {}) {
      refuseVerifyOnly(mechanism);
      refuseParameters(mechanism, others);
      const saltLength = signingSaltBytes(modulusBitsOf(privateKey), digest, saltBytes);
      if (!prehashed && mgf1Digest === digest)
        return signMessage(digest, privateKey, message, { padding, saltLength });
      const messageDigest = prehashed ? message : digestOf(digest, message);
      checkDigestLength(mechanism, messageDigest);
      const options = { digest, mgf1Digest, modulusBits: modulusBitsOf(privateKey) };
      const input = encodePss(options, messageDigest, saltLength);
      return offload('rsaSignEncoded', { privateKey, input });
    },
    async verify(
      publicKey,
      message,
      signature,
      { prehashed, saltBytes, mgf1Digest = digest, ...others } = {},
    ) {
      refuseParameters(mechanism, others);
      const wanted =
        saltBytes === 'auto'
          ? saltBytes
          : checkedSaltBytes(saltBytes, digest, saltBytesMaxOf(modulusBitsOf(publicKey), digest));
      if (!prehashed && mgf1Digest === digest) {
        const saltLength = wanted === 'auto' ? constants.RSA_PSS_SALTLEN_AUTO : wanted;
        return verifyMessage(digest, publicKey, message, signature, { padding, saltLength });
      }
      const messageDigest = prehashed ? message : digestOf(digest, message);
      checkDigestLength(mechanism, messageDigest);
      const encoded = recoverPadded(publicKey, signature, constants.RSA_NO_PADDING);
      const options = { digest, mgf1Digest, modulusBits: modulusBitsOf(publicKey) };
      return encoded !== undefined && verifyPss(options, messageDigest, encoded, wanted);
    },
  };
}

function digestOf(digest: Digest, message: Bytes): Bytes {
  return createHash(NODE_DIGESTS[digest]).update(message).digest();
}

function modulusBitsOf(key: KeyObject): number {
  return must(key.asymmetricKeyDetails?.modulusLength, 'an RSA key has a modulus');
}

/** Of the salt of a new PSS signature: the digest's length unless named, and with `auto` the longest. */
export function signingSaltBytes(
  modulusBits: number,
  digest: Digest,
  chosen: number | 'auto' | undefined,
): number {
  const bytesMax = saltBytesMaxOf(modulusBits, digest);
  return chosen === 'auto' ? bytesMax : checkedSaltBytes(chosen, digest, bytesMax);
}

/** RFC 8017 section 9.1.1 step 3: emLen >= hLen + sLen + 2. */
function saltBytesMaxOf(modulusBits: number, digest: Digest): number {
  return Math.ceil((modulusBits - 1) / 8) - DIGESTS[digest].bytes - 2;
}

function checkedSaltBytes(chosen: number | undefined, digest: Digest, bytesMax: number): number {
  if (chosen === undefined) return DIGESTS[digest].bytes;
  if (!Number.isInteger(chosen) || chosen < 0 || chosen > bytesMax) {
    throw invalidInput('saltBytes', `must be 0 to ${bytesMax} for this key`);
  }
  return chosen;
}

export const RSA_SIGNATURE_ROWS = {
  ...perDigest('rsassa-pkcs1-v15', EVERY_DIGEST, pkcs1v15),
  'rsassa-pkcs1-v15-raw': pkcs1v15Raw,
  ...perDigest('rsa-pss', EVERY_DIGEST, pss),
} as const satisfies Record<Extract<MechanismOfKind<'signature'>, `rsa${string}`>, SignatureRow>;
