// The root key that a client stands on, where its maker has named one in the client's facet (`rootKeyId`): while that key is not active,
// nothing is done for the client.

import { readFacet } from '../../core/facets.ts';
import type { Kms } from '../../core/kms.ts';
import { stateAt } from '../../domain/key-state.ts';
import type { Principal } from '../../domain/principal.ts';
import { refusal } from './faults.ts';
import { PROTOCOL_NAME } from './names.ts';

/** Throws `permissionDenied`. Only clients with a key ring of their own have root keys, so that nobody else is asked. */
export async function requireRootKey({ store, clock }: Kms, client: Principal): Promise<void> {
  if (client.keyRingId === undefined) return;
  const rootKeyId = (await readFacet(store, client.id, PROTOCOL_NAME))?.rootKeyId;
  if (typeof rootKeyId !== 'string') return;
  const root = await store.keys.find(rootKeyId);
  if (root !== undefined && root.destruction === undefined && stateAt(root, clock.now()) === 'active') return;
  throw refusal('permissionDenied', 'The root key of this client is not active. Enable or restore it first.');
}
