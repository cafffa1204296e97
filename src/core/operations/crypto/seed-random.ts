// Takes what a caller adds to the randomness of this server. It is mixed in, and never makes anything easier to foresee: see the port.

import type { Bytes } from '../../../base/bytes.ts';
import type { Project } from '../../../domain/project.ts';
import type { UseOperation } from '../../operation.ts';
import { onHomeProject } from '../projects/on-home-project.ts';

export interface SeedInput {
  readonly data: Bytes;
}

export const seedRandom: UseOperation<SeedInput, Project, void> = {
  name: 'random.seed',
  kind: 'use',
  // Who may draw may add.
  ...onHomeProject('random.generate', ({ data }: SeedInput) => ({ bytes: data.length })),
  run: async (kms, { input }) => kms.random.mix(input.data),
};
