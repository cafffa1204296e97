// What keeps an adapter to itself: a key ring of its own, and on nothing but that ring the roles that its clients need. Whoever makes an
// adapter need not have these powers: they reach only what its clients have made.

import { must } from '../../../base/assert.ts';
import { writeFacet } from '../../../core/facets.ts';
import type { Kms } from '../../../core/kms.ts';
import { removeKeyRing } from '../../../core/operations/rings/key-rings.ts';
import type { StoreTransaction } from '../../../core/ports/store.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Role } from '../../../domain/permission.ts';
import type { Principal } from '../../../domain/principal.ts';
import { DEFAULT_KEY_RING_NAME, type KeyRing } from '../../../domain/project.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { KMIP } from './objects.ts';

const CLIENT_ROLES: readonly Role[] = ['manager', 'user', 'exporter', 'purger'];

/** Its name is an id of Key Protect, so that `X-Kms-Key-Ring` can name it. */
export async function insertRing(
  { random }: Kms,
  tx: StoreTransaction,
  facts: Pick<KeyRing, 'projectId' | 'createdBy' | 'createdAt'>,
): Promise<KeyRing> {
  const id = random.uuid();
  const ring = { ...facts, id, name: `kmip-${id}`, owner: PROTOCOL_NAME };
  await tx.keyRings.insert(ring);
  return ring;
}

/** The account may do on its ring what KMIP clients do, as long as the root key is active (src/protocols/kmip/root-key.ts). */
export async function empower(
  { random }: Kms,
  tx: StoreTransaction,
  { id: principalId, createdAt }: Principal,
  ring: KeyRing,
  rootKeyId: string,
): Promise<void> {
  const scope = { level: 'keyRing', id: ring.id } as const;
  for (const role of CLIENT_ROLES)
    await tx.bindings.insert({ id: random.uuid(), principalId, role, scope, createdAt });
  await writeFacet(tx, principalId, { protocol: KMIP, document: { rootKeyId } });
}

/**
 * Throws `inUse` where an administrator has given the account more, which whoever adds a certificate to the adapter would then have too,
 * and which would go with the adapter.
 */
export async function requireConfined(tx: StoreTransaction, { id, keyRingId }: Principal): Promise<void> {
  const given = [
    ...(await tx.bindings.ofPrincipal(id)),
    ...(await tx.rules.naming(id)).filter(({ effect }) => effect === 'allow'),
  ];
  if (given.every(({ scope }) => scope.level === 'keyRing' && scope.id === keyRingId)) return;
  throw new KmsError('inUse', 'The account of the adapter has further roles or rules. Take them away first.');
}

/** After the account: its keys are destroyed or wait for it, and stay as witnesses in the ring `default`. */
export async function removeRing(
  tx: StoreTransaction,
  { id, projectId, keyRingId }: Principal,
  at: number,
): Promise<void> {
  await tx.facets.delete(id, KMIP);
  if (projectId === undefined || keyRingId === undefined) return;
  const ring = await tx.keyRings.find(keyRingId);
  if (ring?.owner !== PROTOCOL_NAME) return;
  const refuge = await tx.keyRings.findByName(projectId, DEFAULT_KEY_RING_NAME);
  await tx.keyRings.moveKeys(ring.id, must(refuge, 'every project has a default key ring').id, at);
  await removeKeyRing(tx, ring.id);
}
