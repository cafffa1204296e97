// Taking the material of an object out: the core's export, or its answer with a public key, with what this protocol asks of the object first.

import { must } from '../../../base/assert.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { readFacet, type WithFacet } from '../../../core/facets.ts';
import type { UseOperation } from '../../../core/operation.ts';
import { readPublicKey } from '../../../core/operations/crypto/read-public-key.ts';
import {
  type ExportedKey,
  type ExportKeyInput,
  exportKey,
} from '../../../core/operations/keys/export-key.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { isExtractable, isSensitive } from '../attributes/of-key.ts';
import { refusal } from '../faults.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { KEPT_TYPES } from './kinds.ts';
import { type ManagedObject, managedObject } from './object.ts';

export type ReleasedObject = ExportedKey & WithFacet;
type ReleaseTarget = KeyWithVersion & WithFacet;

/** Throws `notExtractable`, `sensitive`, and what the core throws. A public key is no secret, and asks for no right to take secrets out. */
export const releaseObject: UseOperation<ExportKeyInput, ReleaseTarget, ReleasedObject> = {
  name: exportKey.name,
  kind: 'use',
  disclosure: exportKey.disclosure,
  async find(reads, context, input, kms) {
    const target = await exportKey.find(reads, context, input, kms);
    return { ...target, facet: await readFacet(reads, target.key.id, PROTOCOL_NAME) };
  },
  demands: (target, input, context) =>
    target.key.publicOnly
      ? readPublicKey.demands(target, input, context)
      : exportKey.demands(target, input, context),
  allow(target, input, at) {
    requireReleasable(objectOf(target));
    if (target.key.publicOnly) readPublicKey.allow?.(target, input, at);
    else exportKey.allow?.(target, input, at);
  },
  async run(kms, args) {
    const { facet, key } = args.target;
    if (!key.publicOnly) return { ...(await exportKey.run(kms, args)), facet };
    const { of, publicKey } = await readPublicKey.run(kms, args);
    return { of, material: SecretBytes.copyOf(publicKey), facet };
  },
  discard: output => exportKey.discard?.(output),
  record: (input, target) => exportKey.record(input, target, undefined),
};

export function objectOf({ key, facet }: Pick<ReleaseTarget, 'key' | 'facet'>): ManagedObject {
  return must(managedObject(key, facet, []), 'a visible key is an object');
}

function requireReleasable(object: ManagedObject): void {
  if (KEPT_TYPES.has(object.facts.objectType)) throw refusal('illegalObjectType');
  if (!isExtractable(object)) throw refusal('notExtractable');
  if (isSensitive(object)) throw refusal('sensitive');
  if (!object.key.exportable && !object.key.publicOnly) throw refusal('notExtractable');
}
