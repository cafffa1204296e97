// Makes a new version and makes it the primary one; the older ones go on decrypting.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion, VersionCause } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { ChangeOperation } from '../../operation.ts';
import { pagesOf } from '../../pages.ts';
import type { StoreReads } from '../../ports/store.ts';
import {
  checkNewVersion,
  insertVersion,
  type NewVersion,
  type NewVersionInput,
  newVersionDetails,
  requireNewVersion,
} from './new-version.ts';
import { onKey } from './on-key.ts';
import { requireRotatable } from './rotatable.ts';

export interface RotateKeyInput extends NewVersionInput {
  readonly cause: Extract<VersionCause, 'scheduledRotation' | 'requestedRotation'>;
  /** Refuse when the key has had this many requested rotations: some protocols bound them. */
  readonly requestedMax?: number | undefined;
}

export const rotateKey: ChangeOperation<RotateKeyInput, KeyWithVersion, KeyWithVersion, NewVersion> = {
  name: 'key.rotate',
  kind: 'change',
  ...onKey<RotateKeyInput>('key.rotate', input => ({ cause: input.cause, ...newVersionDetails(input) })),
  check: checkNewVersion,

  allow({ key, version }, input, at) {
    if (key.serviceOwner !== undefined && input.cause === 'requestedRotation') {
      throw new KmsError('serviceKey', `Key ${key.id} is managed by the service ${key.serviceOwner}.`, {
        keyId: key.id,
      });
    }
    requireUsable(key, version, 'protect', at);
    requireRotatable(key, input.cause === 'requestedRotation' ? input.verifiersLearn : undefined);
    requireNewVersion(key, input, at);
  },

  async prepare(kms, { target: { key, version } }) {
    const number = key.latestVersion + 1;
    const { projectId, id: keyId, algorithm, exportable } = key;
    const binding = { projectId, keyId, version: number, algorithm, exportable };
    return { number, material: await kms.custody.generate(binding, key.protection, version.materialBytes) };
  },

  async run(_kms, tx, args) {
    const { input, at } = args;
    const { key } = args.target;
    if (input.requestedMax !== undefined) await requireFewerRequested(tx.keys, key.id, input.requestedMax);
    if (input.cause === 'scheduledRotation' && (key.rotation === undefined || key.rotation.nextAt > at)) {
      throw new KmsError('conflict', `The rotation of key ${key.id} is not due.`, { keyId: key.id });
    }
    return insertVersion(tx, args, args.prepared, input.cause);
  },
};

async function requireFewerRequested(keys: StoreReads['keys'], keyId: string, max: number): Promise<void> {
  let requested = 0;
  for await (const versions of pagesOf(page => keys.versions(keyId, page))) {
    requested += versions.filter(version => version.cause === 'requestedRotation').length;
  }
  if (requested >= max) {
    throw new KmsError('limitExceeded', `Key ${keyId} has had ${max} requested rotations.`, {
      keyId,
      limit: max,
    });
  }
}
