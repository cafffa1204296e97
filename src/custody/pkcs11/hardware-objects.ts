// How the objects of a hardware key are made: in the token, sensitive, and never to leave it. Their label says whose they are, so that what a
// crash has left is found (docs/formats/hardware-keys.md).

import { createPublicKey, type KeyObject } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, base64Url } from '../../base/bytes.ts';
import { tableKeys } from '../../base/table.ts';
import { KmsError } from '../../domain/errors.ts';
import { isReason } from './fault.ts';
import type { HardwareKind } from './hardware-kinds.ts';
import type { Template } from './layout.ts';
import { CLASS, KEY_TYPE } from './names.ts';
import type { Token } from './token.ts';

export interface ObjectIds {
  readonly id: Bytes;
  /** Of the secret that seals messages. */
  readonly sealingId?: Bytes | undefined;
}

const SEALING_BYTES = 32;

const kept = (label: string, id: Bytes): Template => ({
  token: true,
  private: true,
  sensitive: true,
  extractable: false,
  label,
  id,
});

/** Throws what the token throws; then some of the objects may be there. */
export async function makeObjects(
  token: Token,
  kind: HardwareKind,
  label: string,
  { id, sealingId }: ObjectIds,
): Promise<void> {
  const secret = { ...kept(label, id), class: CLASS.secretKey };
  switch (kind.kind) {
    case 'aes': {
      const uses = { encrypt: true, decrypt: true, wrap: true, unwrap: true, sign: true, verify: true };
      await token.run('generateKey', {
        mechanism: { name: 'aesKeyGen' },
        template: { ...secret, keyType: KEY_TYPE.aes, valueLength: kind.bytes, ...uses },
      });
      await makeHmacKey(token, label, must(sealingId, 'a key of AES seals messages'), SEALING_BYTES);
      return;
    }
    case 'hmac':
      return makeHmacKey(token, label, id, kind.bytes);
    case 'rsa':
      return makePair(token, label, id, 'rsaPkcsKeyPairGen', KEY_TYPE.rsa, {
        modulusBits: kind.bits,
        publicExponent: Uint8Array.of(1, 0, 1),
      });
    case 'ec':
      return makePair(token, label, id, 'ecKeyPairGen', KEY_TYPE.ec, { ecParameters: kind.parameters });
    case 'edwards':
      return makeEdwardsPair(token, label, id, kind.parameters);
  }
}

/** Whatever of them is there. */
export async function eraseObjects(token: Token, { id, sealingId }: ObjectIds): Promise<void> {
  for (const each of sealingId === undefined ? [id] : [id, sealingId])
    for (const name of tableKeys(CLASS)) await token.run('destroy', { object: { class: name, id: each } });
}

function makeHmacKey(token: Token, label: string, id: Bytes, bytes: number): Promise<undefined> {
  return token.run('generateKey', {
    mechanism: { name: 'genericSecretKeyGen' },
    template: {
      ...kept(label, id),
      class: CLASS.secretKey,
      keyType: KEY_TYPE.genericSecret,
      valueLength: bytes,
      sign: true,
      verify: true,
    },
  });
}

type PairMechanism = 'rsaPkcsKeyPairGen' | 'ecKeyPairGen' | 'ecEdwardsKeyPairGen';

async function makePair(
  token: Token,
  label: string,
  id: Bytes,
  name: PairMechanism,
  keyType: number,
  parameters: Template,
): Promise<void> {
  const isRsa = keyType === KEY_TYPE.rsa;
  const privateUses = {
    sign: true,
    ...(isRsa ? { decrypt: true } : keyType === KEY_TYPE.ec ? { derive: true } : {}),
  };
  await token.run('generatePair', {
    mechanism: { name },
    publicTemplate: {
      token: true,
      label,
      id,
      class: CLASS.publicKey,
      keyType,
      verify: true,
      ...(isRsa ? { encrypt: true } : {}),
      ...parameters,
    },
    privateTemplate: { ...kept(label, id), class: CLASS.privateKey, keyType, ...privateUses },
  });
}

async function makeEdwardsPair(
  token: Token,
  label: string,
  id: Bytes,
  forms: readonly Bytes[],
): Promise<void> {
  let refused: unknown;
  for (const ecParameters of forms) {
    try {
      return await makePair(token, label, id, 'ecEdwardsKeyPairGen', KEY_TYPE.ecEdwards, { ecParameters });
    } catch (thrown) {
      if (!isReason(thrown, 'attributeValueInvalid', 'domainParamsInvalid', 'generalError')) throw thrown;
      refused = thrown;
    }
  }
  throw refused;
}

/** The public half of the pair, as the token tells it. Undefined for a secret key. */
export async function readPublicHalf(
  token: Token,
  kind: HardwareKind,
  id: Bytes,
): Promise<KeyObject | undefined> {
  if (kind.kind === 'aes' || kind.kind === 'hmac') return undefined;
  const object = { class: 'publicKey', id } as const;
  if (kind.kind === 'rsa') {
    const { modulus, publicExponent } = await token.run('read', {
      object,
      names: ['modulus', 'publicExponent'],
    });
    const [n, e] = [present(modulus), present(publicExponent)];
    const key = { kty: 'RSA', n: base64Url(withoutZeros(n)), e: base64Url(withoutZeros(e)) };
    return createPublicKey({ key, format: 'jwk' });
  }
  const { ecPoint } = await token.run('read', { object, names: ['ecPoint'] });
  const point = pointOf(present(ecPoint));
  return kind.kind === 'ec'
    ? createPublicKey({
        key: Buffer.from(point),
        format: 'raw-public',
        asymmetricKeyType: 'ec',
        namedCurve: kind.curve,
      })
    : createPublicKey({ key: Buffer.from(point), format: 'raw-public', asymmetricKeyType: 'ed25519' });
}

function present(value: Bytes | undefined): Bytes {
  if (value !== undefined && value.length > 0) return value;
  throw new KmsError('internal', 'The token does not tell the public half of a pair.');
}

function withoutZeros(number: Bytes): Bytes {
  const first = number.findIndex(byte => byte !== 0);
  return first < 0 ? number : number.subarray(first);
}

const OCTET_STRING = 0x04;

/** CKA_EC_POINT is an OCTET STRING in DER with the point in it (v2.40 section 2.3.3); some tokens leave the frame away. */
function pointOf(value: Bytes): Bytes {
  const framed = value[0] === OCTET_STRING ? unframed(value) : undefined;
  return framed ?? value;
}

function unframed(value: Bytes): Bytes | undefined {
  const short = value[1] ?? 0;
  if (short < 0x80) return value.length === 2 + short ? value.subarray(2) : undefined;
  return short === 0x81 && value.length === 3 + (value[2] ?? 0) ? value.subarray(3) : undefined;
}
