// Random bytes for the caller's own use; nothing of them is kept.

import { SecretBytes } from '../../../base/secret-bytes.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Project } from '../../../domain/project.ts';
import { requireWithin } from '../../checks.ts';
import type { UseOperation } from '../../operation.ts';
import { onHomeProject } from '../projects/on-home-project.ts';

export interface RandomInput {
  readonly bytes: number;
}

export const generateRandom: UseOperation<RandomInput, Project, SecretBytes> = {
  name: 'random.generate',
  kind: 'use',
  ...onHomeProject('random.generate', ({ bytes }: RandomInput) => ({ bytes })),
  check: input => requireWithin('bytes', input.bytes, 1, LIMITS.randomBytesMax),
  run: async (kms, { input }) => SecretBytes.own(kms.random.bytes(input.bytes)),
  discard: output => output[Symbol.dispose](),
};
