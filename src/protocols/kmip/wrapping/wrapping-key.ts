// The key that wraps or authenticates another one, and the mechanism by which it does.

import { type Bytes, equalBytes } from '../../../base/bytes.ts';
import { mac } from '../../../core/operations/crypto/mac.ts';
import { sign } from '../../../core/operations/crypto/sign.ts';
import { verify } from '../../../core/operations/crypto/verify.ts';
import { verifyMac } from '../../../core/operations/crypto/verify-mac.ts';
import type { Mechanism } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { findStored, selectorOf, visible } from '../objects/find.ts';
import { instancesOf, type ManagedObject } from '../objects/object.ts';
import {
  type CipherParameters,
  type CipherUse,
  macMechanism,
  parametersFor,
  readParameters,
  rsaUse,
} from '../operations/parameters.ts';
import { requireMask, SIGN_BIT, VERIFY_BIT } from '../operations/sign.ts';
import { signatureUse } from '../operations/signatures.ts';
import { type KmipRequest, perform } from '../request.ts';
import type { KeyInformation, Wrapping } from './specification.ts';

/** What the core says of the wrapping key, where the object itself has been found to be fit. */
export const OF_WRAPPING = { incompatibleUsage: 'incompatibleUsageMask' } as const;

/** Throws in the words for wrapping keys: `wrappingObjectNotFound`, `wrappingObjectArchived`, `wrappingObjectDestroyed`. */
export async function findWrappingKey(request: KmipRequest, id: string): Promise<ManagedObject> {
  const object = await findStored(request, id).catch((thrown: unknown) => {
    if (!(thrown instanceof KmsError) || thrown.code !== 'notFound') throw thrown;
    const told = refusal('wrappingObjectNotFound');
    request.recorded.add(told);
    throw told;
  });
  const { key, facts } = object;
  if (key.state === 'destroyed') throw refusal('wrappingObjectDestroyed');
  if (key.archivedAt !== undefined) throw refusal('wrappingObjectArchived');
  if (!WRAPPING_TYPES.has(facts.objectType)) throw refusal('illegalWrappingObject');
  return object;
}

const WRAPPING_TYPES: ReadonlySet<string> = new Set([
  'SymmetricKey',
  'PublicKey',
  'PrivateKey',
  'SecretData',
]);

/** Throws `missingData`. */
export function requireInformation(information: KeyInformation | undefined): KeyInformation {
  if (information !== undefined) return information;
  throw refusal('missingData', 'The method needs a key that is not named.');
}

const AES_MODES: Readonly<Partial<Record<ValueName<'BlockCipherMode'>, Mechanism>>> = {
  NISTKeyWrap: 'aes-kw',
  AESKeyWrapPadding: 'aes-kwp',
  GCM: 'aes-gcm',
};

/**
 * What the key wraps by: parameters that the client names must be among those that the key lists, if it lists any (KMIP 2.1 section 7.11); its
 * first ones count where none are named, and AES key wrap where there are none. Throws `badCryptographicParameters`, and
 * `illegalWrappingObject` for secret data, which is no key but authenticates others. Ciphers without integrity wrap no keys here.
 */
export function wrappingUse(object: ManagedObject, given: CipherParameters | undefined): CipherUse {
  if (object.facts.objectType === 'SecretData') throw refusal('illegalWrappingObject');
  const listed = instancesOf(object, 'CryptographicParameters').map(({ item }) => readParameters(item));
  if (given !== undefined && listed.length > 0 && !listed.some(each => agrees(given, each)))
    throw refusal('badCryptographicParameters');
  const parameters = parametersFor(object, given);
  const { algorithm } = object.facts;
  if (algorithm === 'RSA') return rsaUse(parameters);
  const { mode = algorithm === 'AES' ? 'NISTKeyWrap' : 'AEAD', tagBytes } = parameters;
  const isChaCha = algorithm === 'ChaCha20Poly1305' && mode === 'AEAD';
  const mechanism = isChaCha ? 'chacha20-poly1305' : algorithm === 'AES' ? AES_MODES[mode] : undefined;
  if (mechanism === undefined) throw refusal('unsupportedCryptographicParameters');
  return { mechanism, parameters: { tagBytes } };
}

/** Whatever is given is listed so. */
function agrees(given: CipherParameters, listed: CipherParameters): boolean {
  return Object.entries(given).every(([name, value]) => {
    const other = listed[name as keyof CipherParameters];
    return value === undefined || value === other || isSameBytes(value, other);
  });
}

function isSameBytes(value: unknown, other: unknown): boolean {
  return value instanceof Uint8Array && other instanceof Uint8Array && equalBytes(value, other);
}

/** The MAC over a wrapped or encoded key, or the signature of a private key. */
export async function authenticateValue(
  request: KmipRequest,
  wrapping: Wrapping,
  value: Bytes,
): Promise<Bytes> {
  const { id, parameters: given } = requireInformation(wrapping.authentication);
  const object = await findWrappingKey(request, id);
  const asked = parametersFor(object, given);
  const key = selectorOf(id);
  if (object.facts.objectType === 'PrivateKey') {
    requireMask(object, SIGN_BIT);
    const use = signatureUse(object.facts, asked, { data: value, digested: undefined, isVerified: false });
    return (await perform(request, visible(sign), { key, ...use }, OF_WRAPPING)).signature;
  }
  const input = { key, mechanism: macMechanism(object, asked), message: value };
  return (await perform(request, visible(mac), input, OF_WRAPPING)).mac;
}

/** Throws `cryptographicFailure` for a MAC or signature that does not fit, and `missingData` for none. */
export async function verifyValue(
  request: KmipRequest,
  wrapping: Wrapping & { readonly signature: Bytes | undefined },
  value: Bytes,
): Promise<void> {
  const { id, parameters: given } = requireInformation(wrapping.authentication);
  const { signature } = wrapping;
  if (signature === undefined) throw refusal('missingData', 'MAC/Signature is required.');
  const object = await findWrappingKey(request, id);
  const asked = parametersFor(object, given);
  const key = selectorOf(id);
  let verdict: { readonly valid: boolean };
  if (object.facts.objectType === 'PublicKey') {
    requireMask(object, VERIFY_BIT);
    const use = signatureUse(object.facts, asked, { data: value, digested: undefined, isVerified: true });
    verdict = await perform(request, visible(verify), { key, ...use, signature }, OF_WRAPPING);
  } else {
    const input = { key, mechanism: macMechanism(object, asked), message: value, mac: signature };
    verdict = await perform(request, visible(verifyMac), input, OF_WRAPPING);
  }
  if (!verdict.valid) throw refusal('cryptographicFailure');
}
