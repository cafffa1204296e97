// The key of a project that wraps material in hardware: made in the token when something is to be wrapped there for the first time. It has no
// usages, so that nobody uses it through any protocol; custody finds it by its name.

import { HARDWARE_WRAPPING_KEY, type ProtectionLevel } from '../../../domain/key.ts';
import type { RequestContext } from '../../context.ts';
import { execute } from '../../execute.ts';
import type { Kms } from '../../kms.ts';
import type { ChangeOperation } from '../../operation.ts';
import { findKeyHome, insertKey, type KeyHome, makeMaterial, type NewMaterial } from '../keys/new-key.ts';

export interface EnsuredKey {
  readonly keyId: string;
  /** Objects that were made for nothing, since another one was there first. */
  readonly unneeded?: NewMaterial | undefined;
}

export const ensureHardwareWrappingKey: ChangeOperation<undefined, KeyHome, EnsuredKey, NewMaterial> = {
  name: 'key.ensureHardwareWrappingKey',
  kind: 'change',
  disclosure: 'denied',

  find: (reads, context, _input, kms) => findKeyHome(reads, context, { location: LOCATION }, kms),

  demands: ({ project, ring }) => [
    { permission: 'key.create', place: { projectId: project.id, keyRingId: ring.id } },
  ],

  prepare: (kms, { target }) => makeMaterial(kms, target, { algorithm: ALGORITHM, protection: 'hsm' }),

  async run(_kms, tx, args) {
    const { target, prepared } = args;
    const { owner: serviceOwner, namespace, text } = HARDWARE_WRAPPING_KEY;
    const present = await tx.names.find(namespace, target.project.id, text);
    if (present !== undefined) return { keyId: present.keyId, unneeded: prepared };
    const names = [{ namespace, text }];
    const described = { label: LABEL, description: DESCRIPTION, location: LOCATION };
    const facts = { ...described, serviceOwner, names, usages: [] };
    const made = { ...facts, origin: 'generated', protection: 'hsm' } as const;
    return { keyId: (await insertKey(tx, target, prepared, made, args)).key.id };
  },

  async finish(kms, { unneeded }) {
    if (unneeded === undefined) return;
    const key = { id: unneeded.keyId, protection: 'hsm', latestVersion: 1 } as const;
    // The key is there, whatever becomes of this: what a token keeps is found by `keyhold hsm check`.
    await kms.custody.eraseMaterial(key).catch(() => undefined);
  },

  record: (_input, target, output) => ({
    projectId: target?.project.id,
    targets: output === undefined ? [] : [{ type: 'key', id: output.keyId, version: 1 }],
    details: { owner: HARDWARE_WRAPPING_KEY.owner },
  }),
};

const ALGORITHM = 'aes-256';
/** In no region of any protocol that has regions. */
const LOCATION = 'token';
const LABEL = 'hardware wrapping key';
const DESCRIPTION = 'wraps material of this project in hardware';

/**
 * For the preparation of whatever makes or takes in material on the level: afterwards custody has what it wraps by. The server makes the key,
 * whoever has asked for what it wraps.
 */
export async function requireWrappingFor(
  kms: Kms,
  { requestId, protocol }: RequestContext,
  projectId: string,
  protection: ProtectionLevel | undefined,
): Promise<void> {
  if (protection !== 'hsmWrapped') return;
  const { namespace, text } = HARDWARE_WRAPPING_KEY;
  if ((await kms.store.names.find(namespace, projectId, text)) !== undefined) return;
  const actor = { type: 'system', name: 'custody' } as const;
  await execute(kms, ensureHardwareWrappingKey, { requestId, protocol, actor, projectId }, undefined);
}
