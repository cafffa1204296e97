// Keys that a service owns, such as `aws/s3`: made the first time that somebody names them, managed by no user.
// Finding the key is enough for whoever may use keys in the project; the use itself is authorized like any other.

import type { KeyAlgorithm } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import { DEFAULT_KEY_RING_NAME } from '../../../domain/project.ts';
import { homeProject } from '../../find-project.ts';
import type { ChangeOperation } from '../../operation.ts';
import { insertKey, type KeyHome, makeMaterial, type NewMaterial } from '../keys/new-key.ts';

export interface ServiceKeyInput {
  readonly namespace: string;
  /** The reserved name of the key, such as `alias/aws/s3`. */
  readonly text: string;
  readonly owner: string;
  readonly algorithm: KeyAlgorithm;
  readonly location: string;
  readonly description: string;
  readonly rotationPeriodMs: number;
}

export const ensureServiceKey: ChangeOperation<
  ServiceKeyInput,
  KeyHome,
  { readonly keyId: string },
  NewMaterial
> = {
  name: 'key.ensureServiceKey',
  kind: 'change',
  disclosure: 'denied',

  async find(reads, context) {
    const project = await homeProject(reads, context);
    const ring = await reads.keyRings.findByName(project.id, DEFAULT_KEY_RING_NAME);
    if (ring === undefined) throw new KmsError('notFound', 'The project has no default key ring.');
    return { project, ring };
  },

  demands: ({ project, ring }) => [
    { permission: 'key.read', place: { projectId: project.id, keyRingId: ring.id } },
  ],

  prepare: (kms, { input, target }) => makeMaterial(kms, target, { algorithm: input.algorithm }),

  async run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const { namespace, text, owner: serviceOwner } = input;
    const projectId = target.project.id;
    const present = await tx.names.find(namespace, projectId, text);
    if (present !== undefined) return { keyId: present.keyId };
    const facts = { ...input, serviceOwner, origin: 'generated', protection: 'software' } as const;
    const names = [{ namespace, text }];
    const { key } = await insertKey(tx, target, prepared, { ...facts, names }, args);
    return { keyId: key.id };
  },

  record: (input, target, output) => ({
    projectId: target?.project.id,
    targets: output === undefined ? [] : [{ type: 'key', id: output.keyId, version: 1 }],
    details: { owner: input.owner, name: input.text },
  }),
};
