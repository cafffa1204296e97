// What the private half or the secret of a hardware key computes, by which mechanism of PKCS #11. Hashes are computed here, so that every token
// needs the same few mechanisms; parameters are checked by the same rules as for software keys.

import { createHash } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes, EMPTY_BYTES } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import type { MechanismParameters } from '../../core/ports/custody.ts';
import {
  checkedIv,
  checkPlaintextLength,
  chosenLength,
  doesNotOpen,
  plaintextLengthBroken,
} from '../../crypto/algorithms/checks.ts';
import { digestInfo } from '../../crypto/algorithms/digest-info.ts';
import { signingSaltBytes } from '../../crypto/algorithms/rsa-signature.ts';
import { checkDigestLength, refuseVerifyOnly } from '../../crypto/algorithms/signing.ts';
import { NODE_DIGESTS } from '../../crypto/node-crypto.ts';
import { type Digest, MECHANISMS, type Mechanism } from '../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../domain/errors.ts';
import { AEAD_PARAMETERS, CIPHER_PARAMETERS, only } from '../encryption.ts';
import { derSignature } from './ecdsa-signature.ts';
import { isNotOpening, isReason } from './fault.ts';
import type { OpenedHardwareKey } from './hardware-keys.ts';
import type { MechanismUse } from './layout.ts';
import { MECHANISM, type MechanismName, MGF1 } from './names.ts';

/** The refusal of what a key could do in software, and does not in a token. */
export function notInHardware(mechanism: Mechanism): KmsError {
  return new KmsError('unsupported', `${mechanism} is not computed in hardware here.`, { mechanism });
}

const secretKey = ({ id }: OpenedHardwareKey) => ({ class: 'secretKey', id }) as const;
const privateKey = ({ id }: OpenedHardwareKey) => ({ class: 'privateKey', id }) as const;

/** Runs what a token may not have, or takes with other parameters. */
async function offered<T>(mechanism: Mechanism, attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (thrown) {
    if (!isReason(thrown, 'mechanismInvalid', 'mechanismParamInvalid', 'argumentsBad')) throw thrown;
    const message = `The token does not compute ${mechanism} with these parameters.`;
    throw new KmsError('unsupported', message, { mechanism }, thrown);
  }
}

async function opened(mechanism: Mechanism, attempt: Promise<Bytes>): Promise<SecretBytes> {
  try {
    return SecretBytes.own(await offered(mechanism, attempt));
  } catch (thrown) {
    if (isNotOpening(thrown)) throw doesNotOpen(thrown);
    throw thrown;
  }
}

const CIPHERS: Partial<Record<Mechanism, MechanismName>> = {
  'aes-cbc': 'aesCbc',
  'aes-cbc-pkcs7': 'aesCbcPad',
  'aes-ecb': 'aesEcb',
  'aes-ctr': 'aesCtr',
};

const COUNTER_BITS = 128;

/** An AEAD or a cipher, with its checked parameters. */
function cipherUse(mechanism: Mechanism, parameters: MechanismParameters): MechanismUse {
  if (mechanism === 'aes-gcm') {
    const given = only(mechanism, parameters, AEAD_PARAMETERS);
    const tagBytes = chosenLength('tagBytes', MECHANISMS[mechanism].tagBytes, given.tagBytes);
    const iv = checkedIv(mechanism, given.iv);
    const associatedData = given.associatedData ?? EMPTY_BYTES;
    return { name: 'aesGcm', parameter: { kind: 'gcm', iv, associatedData, tagBits: 8 * tagBytes } };
  }
  const name = CIPHERS[mechanism];
  if (name === undefined) throw notInHardware(mechanism);
  const given = only(mechanism, parameters, CIPHER_PARAMETERS);
  const iv = checkedIv(mechanism, given.iv);
  if (name === 'aesCtr') {
    const counterBits = given.counterBits ?? COUNTER_BITS;
    if (!Number.isInteger(counterBits) || counterBits < 1 || counterBits > COUNTER_BITS)
      throw invalidInput('counterBits', `must be 1 to ${COUNTER_BITS}`);
    return { name, parameter: { kind: 'ctr', counterBits, block: iv } };
  }
  return iv.length === 0 ? { name } : { name, parameter: { kind: 'bytes', bytes: iv } };
}

export async function encryptInToken(
  key: OpenedHardwareKey,
  mechanism: Mechanism,
  plaintext: Bytes,
  parameters: MechanismParameters,
): Promise<Bytes> {
  checkPlaintextLength(mechanism, plaintext.length);
  // What the thread gets is its own, and wiped there.
  const data = Uint8Array.from(plaintext);
  if (mechanism === 'aes-kw') {
    only(mechanism, parameters, []);
    const wrapping = { mechanism: { name: 'aesKeyWrap' }, object: secretKey(key), material: data } as const;
    return offered(mechanism, key.token.run('wrap', wrapping));
  }
  const by = cipherUse(mechanism, parameters);
  const using = { use: 'encrypt', mechanism: by, object: secretKey(key), data } as const;
  return offered(mechanism, key.token.run('use', using));
}

export async function decryptInToken(
  key: OpenedHardwareKey,
  mechanism: Mechanism,
  ciphertext: Bytes,
  parameters: MechanismParameters,
): Promise<SecretBytes> {
  const data = Uint8Array.from(ciphertext);
  switch (MECHANISMS[mechanism].kind) {
    case 'asymmetricEncryption': {
      const using = {
        use: 'decrypt',
        mechanism: oaepUse(mechanism, parameters),
        object: privateKey(key),
        data,
      } as const;
      return opened(mechanism, key.token.run('use', using));
    }
    case 'keyWrap': {
      if (mechanism !== 'aes-kw') throw notInHardware(mechanism);
      only(mechanism, parameters, []);
      const unwrapping = {
        mechanism: { name: 'aesKeyWrap' },
        object: secretKey(key),
        wrapped: data,
      } as const;
      return opened(mechanism, key.token.run('unwrap', unwrapping));
    }
    case 'cipher':
      if (plaintextLengthBroken(mechanism, ciphertext.length) !== undefined) throw doesNotOpen();
  }
  const by = cipherUse(mechanism, parameters);
  const using = { use: 'decrypt', mechanism: by, object: secretKey(key), data } as const;
  return opened(mechanism, key.token.run('use', using));
}

const HASHES: Partial<Record<Digest, { readonly hash: MechanismName; readonly mgf: number }>> = {
  'sha-1': { hash: 'sha1', mgf: MGF1.sha1 },
  'sha-224': { hash: 'sha224', mgf: MGF1.sha224 },
  'sha-256': { hash: 'sha256', mgf: MGF1.sha256 },
  'sha-384': { hash: 'sha384', mgf: MGF1.sha384 },
  'sha-512': { hash: 'sha512', mgf: MGF1.sha512 },
};

function hashOf(
  mechanism: Mechanism,
  digest: Digest,
): { readonly hash: MechanismName; readonly mgf: number } {
  const found = HASHES[digest];
  if (found === undefined) throw notInHardware(mechanism);
  return found;
}

function oaepUse(mechanism: Mechanism, parameters: MechanismParameters): MechanismUse {
  // An error of another kind for a wrong padding of PKCS #1 v1.5 would be an oracle, and tokens have one.
  if (!mechanism.startsWith('rsa-oaep-')) throw notInHardware(mechanism);
  const { label = EMPTY_BYTES, mgf1Digest } = only(mechanism, parameters, ['label', 'mgf1Digest']);
  const digest = digestOf(mechanism);
  const hash = MECHANISM[hashOf(mechanism, digest).hash];
  const { mgf } = hashOf(mechanism, mgf1Digest ?? digest);
  return { name: 'rsaPkcsOaep', parameter: { kind: 'oaep', hash, mgf, label } };
}

function digestOf(mechanism: Mechanism): Digest {
  return must(MECHANISMS[mechanism].digest, 'the mechanism has a digest');
}

const SIGNATURE_PARAMETERS = ['prehashed', 'rawSignature', 'saltBytes', 'mgf1Digest'] as const;

export async function signInToken(
  key: OpenedHardwareKey,
  mechanism: Mechanism,
  message: Bytes,
  parameters: MechanismParameters,
): Promise<Bytes> {
  refuseVerifyOnly(mechanism);
  const sign = (by: MechanismUse, data: Bytes): Promise<Bytes> =>
    offered(
      mechanism,
      key.token.run('use', {
        use: 'sign',
        mechanism: by,
        object: privateKey(key),
        data: Uint8Array.from(data),
      }),
    );
  if (mechanism === 'ed25519') {
    only(mechanism, parameters, []);
    return sign({ name: 'eddsa' }, message);
  }
  if (mechanism === 'rsassa-pkcs1-v15-raw') {
    only(mechanism, parameters, []);
    const bytesMax = modulusBitsOf(key) / 8 - 11;
    if (message.length > bytesMax)
      throw invalidInput('message', `must have at most ${bytesMax} bytes for this key`);
    return sign({ name: 'rsaPkcs' }, message);
  }
  const given = only(mechanism, parameters, SIGNATURE_PARAMETERS);
  if (MECHANISMS[mechanism].digest === undefined || mechanism === 'ed25519ph') throw notInHardware(mechanism);
  const digest = digestOf(mechanism);
  if (given.prehashed) checkDigestLength(mechanism, message);
  const hashed = given.prehashed ? message : createHash(NODE_DIGESTS[digest]).update(message).digest();
  if (mechanism.startsWith('ecdsa-')) {
    only(mechanism, { saltBytes: given.saltBytes, mgf1Digest: given.mgf1Digest }, []);
    const raw = await sign({ name: 'ecdsa' }, hashed);
    return given.rawSignature ? raw : derSignature(raw);
  }
  only(mechanism, { rawSignature: given.rawSignature }, []);
  if (mechanism.startsWith('rsassa-pkcs1-v15-')) {
    only(mechanism, { saltBytes: given.saltBytes, mgf1Digest: given.mgf1Digest }, []);
    return sign({ name: 'rsaPkcs' }, digestInfo(digest, hashed));
  }
  const { hash } = hashOf(mechanism, digest);
  const { mgf } = hashOf(mechanism, given.mgf1Digest ?? digest);
  const saltBytes = signingSaltBytes(modulusBitsOf(key), digest, given.saltBytes);
  return sign(
    { name: 'rsaPkcsPss', parameter: { kind: 'pss', hash: MECHANISM[hash], mgf, saltBytes } },
    hashed,
  );
}

function modulusBitsOf({ kind }: OpenedHardwareKey): number {
  if (kind.kind !== 'rsa') throw new KmsError('incompatibleAlgorithm', 'The mechanism is one of RSA keys.');
  return kind.bits;
}

export async function macInToken(
  key: OpenedHardwareKey,
  mechanism: Mechanism,
  message: Bytes,
  parameters: MechanismParameters,
): Promise<Bytes> {
  const given = only(mechanism, parameters, ['tagBytes']);
  const length = chosenLength('tagBytes', MECHANISMS[mechanism].tagBytes, given.tagBytes);
  const name = key.kind.kind === 'hmac' ? key.kind.mechanism : 'aesCmac';
  if (name === 'aesCmac' && mechanism !== 'aes-cmac') throw notInHardware(mechanism);
  const data = Uint8Array.from(message);
  const using = { use: 'sign', mechanism: { name }, object: secretKey(key), data } as const;
  return (await offered(mechanism, key.token.run('use', using))).subarray(0, length);
}

/** HMAC-SHA-256 of each input under the secret that seals messages, joined. */
export async function deriveInToken(key: OpenedHardwareKey, inputs: readonly Bytes[]): Promise<SecretBytes> {
  const id = must(key.sealingId, 'a key that seals messages has a secret for it');
  const outputs = await Promise.all(
    inputs.map(input =>
      key.token.run('use', {
        use: 'sign',
        mechanism: { name: 'sha256Hmac' },
        object: { class: 'secretKey', id },
        data: Uint8Array.from(input),
      }),
    ),
  );
  const joined = SecretBytes.own(Uint8Array.from(concatBytes(...outputs)));
  for (const output of outputs) output.fill(0);
  return joined;
}

/** `publicPoint`: uncompressed. */
export async function agreeInToken(key: OpenedHardwareKey, publicPoint: Bytes): Promise<SecretBytes> {
  if (key.kind.kind !== 'ec') throw notInHardware('ecdh');
  const { coordinateBytes: bytes } = key.kind;
  const agreeing = key.token.run('agree', { object: privateKey(key), publicPoint, bytes });
  return SecretBytes.own(await offered('ecdh', agreeing));
}
