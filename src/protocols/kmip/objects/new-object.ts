// What a new object of material from here is: a symmetric key, or secret data.

import { refusal } from '../faults.ts';
import { type Algorithm, materialBytes } from '../words.ts';
import { requireAllowed } from './constraints.ts';
import { type CoreKind, coreKind } from './kinds.ts';
import type { KeyFormat, ObjectFacts, ObjectType } from './object.ts';
import type { ObjectPlan } from './plan.ts';

export interface NewObject {
  readonly facts: ObjectFacts;
  readonly kind: CoreKind;
  /** Undefined where the algorithm has one length only. */
  readonly lengthBytes: number | undefined;
}

/** Throws `invalidObjectType` for what is not made here, `invalidField` and `constraintViolation`. */
export function factsOfNew(objectType: ObjectType, plan: ObjectPlan): NewObject {
  if (objectType !== 'SymmetricKey' && objectType !== 'SecretData')
    throw refusal('invalidObjectType', 'Objects of this type are registered, not created.');
  const made = objectType === 'SymmetricKey' ? newSymmetricKey(plan) : newSecret(plan);
  requireAllowed(plan, made.facts);
  return made;
}

const USUAL_BITS: Partial<Record<Algorithm, number>> = {
  AES: 256,
  ChaCha20: 256,
  ChaCha20Poly1305: 256,
  DES3: 168,
  HMAC_SHA1: 160,
  HMAC_SHA224: 224,
  HMAC_SHA256: 256,
  HMAC_SHA384: 384,
  HMAC_SHA512: 512,
};

function newSymmetricKey(plan: ObjectPlan): NewObject {
  const { algorithm, usageMask, isSensitive, isExtractable, keyFormat = 'Raw' } = plan;
  if (algorithm === undefined) throw refusal('invalidField', 'Cryptographic Algorithm is required.');
  const length = plan.length ?? USUAL_BITS[algorithm];
  if (length === undefined) throw refusal('invalidField', 'Cryptographic Length is required.');
  const kind = coreKind(algorithm, length, usageMask ?? 0);
  if (kind === undefined)
    throw refusal('invalidField', 'Keys of this algorithm and length are not made here.');
  const facts: ObjectFacts = {
    objectType: 'SymmetricKey',
    algorithm,
    length,
    usageMask,
    keyFormat: madeAs(keyFormat, SYMMETRIC_FORMATS),
    isSensitive,
    isExtractable,
  };
  return { facts, kind, lengthBytes: materialBytes(algorithm, length) };
}

const SYMMETRIC_FORMATS: readonly KeyFormat[] = ['Raw', 'TransparentSymmetricKey'];

/** Throws `keyFormatTypeNotSupported` for a format that objects of the type are not made in. */
function madeAs(format: KeyFormat, formats: readonly KeyFormat[]): KeyFormat {
  if (!formats.includes(format)) throw refusal('keyFormatTypeNotSupported');
  return format;
}

const BYTE_FORMATS: readonly KeyFormat[] = ['Raw', 'Opaque'];
const SECRET_BITS = 256;
const PASSWORD = 0x01;

function newSecret({ usageMask, isSensitive, isExtractable, ...plan }: ObjectPlan): NewObject {
  const length = plan.length ?? SECRET_BITS;
  const lengthBytes = length / 8;
  if (!Number.isInteger(lengthBytes) || lengthBytes < 1)
    throw refusal('invalidField', 'Cryptographic Length must be a multiple of eight.');
  const facts: ObjectFacts = {
    objectType: 'SecretData',
    algorithm: plan.algorithm,
    length,
    usageMask,
    keyFormat: madeAs(plan.keyFormat ?? 'Opaque', BYTE_FORMATS),
    secretDataType: PASSWORD,
    isSensitive,
    isExtractable,
  };
  return { facts, kind: coreKind(undefined, length, usageMask ?? 0) ?? { algorithm: 'opaque' }, lengthBytes };
}
