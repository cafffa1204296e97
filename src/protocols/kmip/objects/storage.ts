// Where an object may be kept (Protection Storage Masks, KMIP 2.1 section 4.50): here that is software.

import { maskOf, read, type StructureReader, type TagsOf } from '../../../wire/ttlv/index.ts';
import { type FaultName, refusal } from '../faults.ts';

export const SOFTWARE = maskOf('ProtectionStorageMask', ['Software']);

/** What a client is told, by the field that has named the masks. */
const UNAVAILABLE = {
  ProtectionStorageMasks: 'protectionStorageUnavailable',
  CommonProtectionStorageMasks: 'protectionStorageUnavailable',
  PrivateProtectionStorageMasks: 'privateProtectionStorageUnavailable',
  PublicProtectionStorageMasks: 'publicProtectionStorageUnavailable',
} as const satisfies Partial<Record<TagsOf<'Structure'>, FaultName>>;

/** Throws unless one of the masks that the client accepts, if it names any, is satisfied by software alone. */
export function readStorageMasks(
  payload: StructureReader,
  tag: keyof typeof UNAVAILABLE = 'ProtectionStorageMasks',
): void {
  const masks = payload.optional(
    tag,
    read.structure(fields => {
      const all = fields.many('ProtectionStorageMask', read.integer);
      fields.refuseOthers();
      return all;
    }),
  );
  if (masks !== undefined && !masks.some(mask => (mask & ~SOFTWARE) === 0 || mask === 0)) {
    throw refusal(UNAVAILABLE[tag]);
  }
}
