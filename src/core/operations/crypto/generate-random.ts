// Random bytes for the caller's own use; nothing of them is kept.

import { SecretBytes } from '../../../base/secret-bytes.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Project } from '../../../domain/project.ts';
import { requireWithin } from '../../checks.ts';
import { homeProject } from '../../find-project.ts';
import type { UseOperation } from '../../operation.ts';

export interface RandomInput {
  readonly bytes: number;
}

export const generateRandom: UseOperation<RandomInput, Project, SecretBytes> = {
  name: 'random.generate',
  kind: 'use',
  disclosure: 'denied',
  check: input => requireWithin('bytes', input.bytes, 1, LIMITS.randomBytesMax),
  find: (reads, context) => homeProject(reads, context),
  demands: project => [{ permission: 'random.generate', place: { projectId: project.id } }],
  run: async (kms, { input }) => SecretBytes.own(kms.random.bytes(input.bytes)),
  discard: output => output[Symbol.dispose](),
  record: (input, project) => ({ projectId: project?.id, targets: [], details: { bytes: input.bytes } }),
};
