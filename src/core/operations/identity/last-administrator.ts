// An installation that nobody may administer cannot be repaired from outside: the last enabled administrator of the system stays.

import { KmsError } from '../../../domain/errors.ts';
import type { RoleBinding } from '../../../domain/principal.ts';
import { pagesOf } from '../../pages.ts';
import type { StoreReads } from '../../ports/store.ts';

/** Throws `conflict` unless an enabled principal is bound as admin of the system by a binding that stays. */
export async function requireAdministratorBesides(
  reads: StoreReads,
  goes: (binding: RoleBinding) => boolean,
): Promise<void> {
  for await (const bindings of pagesOf(page => reads.bindings.ofScope({ level: 'system' }, page))) {
    for (const binding of bindings) {
      if (binding.role !== 'admin' || goes(binding)) continue;
      if ((await reads.principals.find(binding.principalId))?.enabled) return;
    }
  }
  throw new KmsError('conflict', 'This is the last administrator of the system. Bind another one first.');
}
