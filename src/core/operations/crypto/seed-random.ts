// Takes what a caller adds to the randomness of this server. It is mixed in, and never makes anything easier to foresee: see the port.

import type { Bytes } from '../../../base/bytes.ts';
import type { Project } from '../../../domain/project.ts';
import { homeProject } from '../../find-project.ts';
import type { UseOperation } from '../../operation.ts';

export interface SeedInput {
  readonly data: Bytes;
}

export const seedRandom: UseOperation<SeedInput, Project, void> = {
  name: 'random.seed',
  kind: 'use',
  disclosure: 'denied',
  find: (reads, context) => homeProject(reads, context),
  // Who may draw may add.
  demands: project => [{ permission: 'random.generate', place: { projectId: project.id } }],
  run: async (kms, { input }) => kms.random.mix(input.data),
  record: ({ data }, project) => ({ projectId: project?.id, targets: [], details: { bytes: data.length } }),
};
