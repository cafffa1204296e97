// A destroyed key whose identity is to be that of other material. What was said of the older key, and what was given on it, is over: whoever
// was let at the older material is not let at this one for it. What is denied stays denied, since nobody is to lift it by destroying a key and
// bringing another (docs/decisions/0038-identities-that-come-again.md).

import type { Scope } from '../../../domain/principal.ts';
import type { StoreTransaction } from '../../ports/store.ts';

/** Of a key that is destroyed: names and registrations went with its material. */
export async function endEarlierLife(tx: StoreTransaction, keyId: string): Promise<void> {
  const scope: Scope = { level: 'key', id: keyId };
  await tx.bindings.deleteOfScope(scope);
  await tx.rules.deleteOfScope(scope, 'allow');
  await tx.keyLinks.deleteOfKey(keyId);
  await tx.facets.deleteOfObject(keyId);
  await tx.keyMarks.removeAll(keyId);
  // Its access list names who may read the older payload.
  if ((await tx.secrets.find(keyId)) !== undefined) await tx.secrets.delete(keyId);
}
