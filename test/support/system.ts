// Requests of the server itself: what suites prepare, or ask of the core, where no client is the matter.

import { randomUUID } from 'node:crypto';
import type { RequestContext } from '../../src/core/context.ts';

export function systemContext(projectId?: string): RequestContext {
  return {
    requestId: randomUUID(),
    protocol: 'test',
    actor: { type: 'system', name: 'test' },
    projectId,
  };
}
