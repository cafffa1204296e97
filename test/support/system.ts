// Requests of the server itself: what suites prepare, or ask of the core, where no client is the matter.

import { randomUUID } from 'node:crypto';
import { decodeUtf8 } from '../../src/base/bytes.ts';
import { revealSecretBytes } from '../../src/base/secret-bytes.ts';
import type { RequestContext } from '../../src/core/context.ts';
import { execute } from '../../src/core/execute.ts';
import type { Kms } from '../../src/core/kms.ts';
import { issueCredential } from '../../src/core/operations/identity/credentials.ts';

export function systemContext(projectId?: string): RequestContext {
  return {
    requestId: randomUUID(),
    protocol: 'test',
    actor: { type: 'system', name: 'test' },
    projectId,
  };
}

/** One more API key of a principal, in the clear. */
export async function newApiKey(kms: Kms, projectId: string, principal: string): Promise<string> {
  const input = { principal, kind: 'apiKey' } as const;
  const issued = await execute(kms, issueCredential, systemContext(projectId), input);
  using secret = issued.secret;
  return decodeUtf8(revealSecretBytes(secret));
}
