// KeyMetadata, as every answer that describes a key holds it.

import type { KeyWithVersion } from '../../../domain/key.ts';
import { AwsRefusal, unsupportedRefusal } from '../fault.ts';
import { arnOfKey } from '../names.ts';
import { ALGORITHM_LISTS, type KeyKind, kindOf, ORIGINS, stateOf } from '../words.ts';

/** Timestamps are seconds, with a fraction. */
export function seconds(instantMs: number): number {
  return instantMs / 1000;
}

/** Throws UnsupportedOperationException for a key of a kind that AWS has no words for. */
function requireKind(target: KeyWithVersion): KeyKind {
  const kind = kindOf(target.key);
  if (kind !== undefined) return kind;
  throw unsupportedRefusal(
    `${arnOfKey(target)} is of a kind that this API does not know: it was made through another one.`,
  );
}

export function keyMetadata(target: KeyWithVersion) {
  const { key, version, project } = target;
  const kind = requireKind(target);
  const state = stateOf(key);
  const materialShown = kind.spec === 'SYMMETRIC_DEFAULT' && key.origin !== 'external';
  return {
    AWSAccountId: project.accountId,
    KeyId: key.id,
    Arn: arnOfKey(target),
    CreationDate: seconds(key.createdAt),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: kind.usage,
    KeyState: state,
    DeletionDate: key.destruction === undefined ? undefined : seconds(key.destruction.at),
    Origin: ORIGINS[key.origin],
    KeyManager: key.serviceOwner === undefined ? 'CUSTOMER' : 'AWS',
    CustomerMasterKeySpec: kind.spec,
    KeySpec: kind.spec,
    [ALGORITHM_LISTS[kind.usage]]: kind.algorithms,
    MultiRegion: false,
    CurrentKeyMaterialId: materialShown ? version.materialId : undefined,
  };
}

/** Only symmetric encryption keys rotate, have data keys and an encryption context. */
export function requireSymmetric(target: KeyWithVersion): void {
  if (kindOf(target.key)?.spec !== 'SYMMETRIC_DEFAULT') {
    throw new AwsRefusal('unsupported', { type: 'UnsupportedOperationException' });
  }
}
