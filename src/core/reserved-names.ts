// Names that belong to services: each protocol declares the prefixes of its own, and no user makes, moves or takes away a name under them,
// through whichever door. The keys that services own come by their names through ensureServiceKey alone.

import { KmsError } from '../domain/errors.ts';
import { HARDWARE_WRAPPING_KEY } from '../domain/key.ts';

/** Every text with this beginning, in every namespace with that beginning. */
export interface ReservedNames {
  readonly namespacePrefix: string;
  readonly textPrefix: string;
}

/** What the server keeps for itself, whatever the protocols keep. */
export const OWN_NAMES: ReservedNames = {
  namespacePrefix: HARDWARE_WRAPPING_KEY.namespace,
  textPrefix: HARDWARE_WRAPPING_KEY.text,
};

/** Throws `reservedName`. */
export function requireUnreserved(
  reserved: readonly ReservedNames[],
  { namespace, text }: { readonly namespace: string; readonly text: string },
): void {
  const row = reserved.find(
    ({ namespacePrefix, textPrefix }) => namespace.startsWith(namespacePrefix) && text.startsWith(textPrefix),
  );
  if (row === undefined) return;
  throw new KmsError('reservedName', `Names that begin with ${row.textPrefix} belong to services.`, {
    prefix: row.textPrefix,
  });
}
