// Rotate Automatic (KMIP 2.1 sections 4.48 to 4.54): an object that is to be replaced by itself, so long after its Initial Date, as by Re-key or
// Re-key Key Pair. The core keeps the plan, and rotate-due.ts carries it out.

import type { NewReplacement } from '../../../core/operations/keys/new-key.ts';
import { read, readItem, type TtlvItem, viewOf } from '../../../wire/ttlv/index.ts';
import { heldValues } from '../attributes/held.ts';
import type { AttributeName } from '../attributes/table.ts';
import { refusal } from '../faults.ts';
import { PROTOCOL_NAME } from '../names.ts';
import type { ManagedObject, ObjectType } from './object.ts';

const MS = 1_000;

/** What is planned by the values of both attributes; without an interval nothing is. */
export function plannedRotation(
  automatic: TtlvItem | undefined,
  interval: TtlvItem | undefined,
): NewReplacement | undefined {
  if (automatic === undefined || interval === undefined || !readItem(automatic, read.boolean))
    return undefined;
  return { afterMs: readItem(interval, read.interval) * MS, by: PROTOCOL_NAME };
}

/** What is planned for an object once one of its attributes has that value. Throws `featureNotSupported`. */
export function rotationWith(
  object: ManagedObject,
  name: AttributeName,
  value: TtlvItem | undefined,
): NewReplacement | undefined {
  const itemOf = (wanted: AttributeName): TtlvItem | undefined => {
    if (wanted === name) return value;
    const [held] = heldValues(object, wanted);
    return held && viewOf(held.field);
  };
  const planned = plannedRotation(itemOf('RotateAutomatic'), itemOf('RotateInterval'));
  const { facts, key, links } = object;
  const isPair = facts.objectType === 'PrivateKey' && links.some(({ type }) => type === 'publicKey');
  if (planned !== undefined && !isPair && (facts.objectType !== 'SymmetricKey' || key.algorithm === 'opaque'))
    throw notRotated();
  return planned;
}

/** Throws `featureNotSupported` for a plan that no Re-key carries out. `isMade`: and not brought. */
export function requireRotatable(
  planned: NewReplacement | undefined,
  objectType: ObjectType,
  isMade: boolean,
): void {
  const isOfPair = objectType === 'PrivateKey' || objectType === 'PublicKey';
  if (planned !== undefined && objectType !== 'SymmetricKey' && !(isOfPair && isMade)) throw notRotated();
}

export function notRotated(): Error {
  return refusal(
    'featureNotSupported',
    'What rotates by itself are symmetric keys, and private keys with a link to their public ones.',
  );
}
