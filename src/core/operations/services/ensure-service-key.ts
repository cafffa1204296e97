// Keys that a service owns, such as `aws/s3`: made the first time that somebody names them, managed by no user.
// Finding the key is enough for whoever may use keys in the project; the use itself is authorized like any other.

import type { KeyAlgorithm } from '../../../domain/algorithms.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyVersion } from '../../../domain/key.ts';
import { DEFAULT_KEY_RING_NAME, type KeyRing, type Project } from '../../../domain/project.ts';
import { homeProject } from '../../find-project.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';

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

interface Target {
  readonly project: Project;
  readonly ring: KeyRing;
}

interface Prepared {
  readonly keyId: string;
  readonly material: WrappedMaterial;
}

export const ensureServiceKey: ChangeOperation<
  ServiceKeyInput,
  Target,
  { readonly keyId: string },
  Prepared
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

  async prepare(kms, { input, target }) {
    const keyId = kms.random.uuid();
    const binding = { projectId: target.project.id, keyId, version: 1, algorithm: input.algorithm };
    return { keyId, material: await kms.custody.generate(binding, 'software') };
  },

  async run(_kms, tx, { input, target, prepared, at }) {
    const { namespace, text } = input;
    const present = await tx.names.find(namespace, target.project.id, text);
    if (present !== undefined) return { keyId: present.keyId };
    const key: Key = {
      id: prepared.keyId,
      projectId: target.project.id,
      keyRingId: target.ring.id,
      location: input.location,
      algorithm: input.algorithm,
      usages: KEY_ALGORITHMS[input.algorithm].usages,
      protection: 'software',
      origin: 'generated',
      exportable: false,
      serviceOwner: input.owner,
      description: input.description,
      tags: {},
      state: 'active',
      primaryVersion: 1,
      latestVersion: 1,
      rotation: { periodMs: input.rotationPeriodMs, nextAt: at + input.rotationPeriodMs },
      createdAt: at,
      updatedAt: at,
      revision: 1,
    };
    const version: KeyVersion = {
      keyId: key.id,
      number: 1,
      state: 'active',
      cause: 'created',
      ...prepared.material,
      createdAt: at,
    };
    await tx.keys.insert(key, version);
    await tx.names.insert({
      namespace,
      text,
      projectId: target.project.id,
      keyId: key.id,
      createdAt: at,
      updatedAt: at,
    });
    return { keyId: key.id };
  },

  record: (input, target, output) => ({
    projectId: target?.project.id,
    targets: output === undefined ? [] : [{ type: 'key', id: output.keyId, version: 1 }],
    details: { owner: input.owner, name: input.text },
  }),
};
