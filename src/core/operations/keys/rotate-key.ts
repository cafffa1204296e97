// Makes a new version and makes it the primary one; the older ones go on decrypting.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyVersion, KeyWithVersion, VersionCause } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';
import { type KeyInput, onKey, storeKeyChange } from './on-key.ts';
import { requireRotatable } from './rotatable.ts';

export interface RotateKeyInput extends KeyInput {
  readonly cause: Extract<VersionCause, 'scheduledRotation' | 'requestedRotation'>;
  /** Refuse when the key has had this many requested rotations: some protocols bound them. */
  readonly requestedMax?: number | undefined;
}

interface Prepared {
  readonly number: number;
  readonly material: WrappedMaterial;
}

export const rotateKey: ChangeOperation<RotateKeyInput, KeyWithVersion, KeyWithVersion, Prepared> = {
  name: 'key.rotate',
  kind: 'change',
  ...onKey<RotateKeyInput>('key.rotate', input => ({ cause: input.cause })),

  allow({ key, version }, input) {
    if (key.serviceOwner !== undefined && input.cause === 'requestedRotation') {
      throw new KmsError('serviceKey', `Key ${key.id} is managed by the service ${key.serviceOwner}.`, {
        keyId: key.id,
      });
    }
    requireUsable(key, version, 'protect');
    requireRotatable(key);
    if (key.latestVersion >= LIMITS.keyVersionsMax) {
      throw new KmsError('limitExceeded', `A key has at most ${LIMITS.keyVersionsMax} versions.`, {
        keyId: key.id,
      });
    }
  },

  async prepare(kms, { target: { key } }) {
    const number = key.latestVersion + 1;
    const binding = { projectId: key.projectId, keyId: key.id, version: number, algorithm: key.algorithm };
    return { number, material: await kms.custody.generate(binding, key.protection) };
  },

  async run(_kms, tx, { input, target, prepared, at }) {
    const { key } = target;
    // The material is bound to its version number: when another rotation came between, this one has nothing to offer.
    if (key.latestVersion + 1 !== prepared.number) {
      throw new KmsError('conflict', `Key ${key.id} was rotated meanwhile.`, { keyId: key.id });
    }
    if (input.requestedMax !== undefined) await requireFewerRequested(tx.keys, key.id, input.requestedMax);
    if (input.cause === 'scheduledRotation' && (key.rotation === undefined || key.rotation.nextAt > at)) {
      throw new KmsError('conflict', `The rotation of key ${key.id} is not due.`, { keyId: key.id });
    }
    const version: KeyVersion = {
      keyId: key.id,
      number: prepared.number,
      state: 'active',
      cause: input.cause,
      ...prepared.material,
      createdAt: at,
    };
    await tx.keys.insertVersion(version);
    const rotation =
      input.cause === 'scheduledRotation' && key.rotation !== undefined
        ? { ...key.rotation, nextAt: at + key.rotation.periodMs }
        : key.rotation;
    const changes = { primaryVersion: version.number, latestVersion: version.number, rotation };
    const changed = await storeKeyChange(tx, target, changes, at);
    return { ...changed, version };
  },
};

type KeyReads = import('../../ports/store.ts').StoreReads['keys'];

async function requireFewerRequested(keys: KeyReads, keyId: string, max: number): Promise<void> {
  let after: string | undefined;
  let requested = 0;
  do {
    const page = await keys.versions(keyId, { limit: LIMITS.pageItemsMax, after });
    requested += page.items.filter(version => version.cause === 'requestedRotation').length;
    after = page.next;
  } while (after !== undefined);
  if (requested >= max) {
    throw new KmsError('limitExceeded', `Key ${keyId} has had ${max} requested rotations.`, {
      keyId,
      limit: max,
    });
  }
}
