// What follows for a principal when the object ends that stands for it, or for one of its credentials (KMIP 3.0): a user that is revoked,
// deactivated or destroyed proves nothing any more, and a credential that is does not count. Both happen together, or neither.

import { revokeCredential } from '../../../core/operations/identity/credentials.ts';
import { updatePrincipal } from '../../../core/operations/identity/principals.ts';
import { KmsError } from '../../../domain/errors.ts';
import { inOne, type KmipRequest, perform } from '../request.ts';
import { findObject } from './find.ts';
import type { ManagedObject } from './object.ts';

type Step = (request: KmipRequest) => Promise<unknown>;

/** Runs a step that ends the object. */
export async function ending(request: KmipRequest, { facet, key }: ManagedObject, step: Step): Promise<void> {
  const { principal, credential } = facet;
  if (typeof principal !== 'string' || key.state === 'destroyed') return void (await step(request));
  await inOne(request, async together => {
    await unlessGone(() =>
      typeof credential === 'string'
        ? perform(together, revokeCredential, { principal, credentialId: credential })
        : perform(together, updatePrincipal, { principal, enabled: false }),
    );
    await step(together);
  });
}

/** Whoever administers principals may have been faster. */
async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof KmsError) || thrown.code !== 'notFound') throw thrown;
  }
}

/** The same by the id. */
export async function endingBy(request: KmipRequest, id: string, step: Step): Promise<void> {
  await ending(request, await findObject(request, id), step);
}
