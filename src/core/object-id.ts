// Ids of objects that come in great number. Those made one after the other stand next to each other in every index, so that many of them
// are stored in a few pages; nothing else relies on their order. See docs/decisions/0039-ids-in-order.md.

import type { Kms } from './kms.ts';

/** A UUID of version 7 (RFC 9562, section 5.7): 48 bits of the instant, then 74 of chance. */
export function newObjectId({ clock, random }: Pick<Kms, 'clock' | 'random'>): string {
  const instant = clock.now().toString(16).padStart(12, '0');
  const chance = random.uuid().slice('xxxxxxxx-xxxx-4'.length);
  return `${instant.slice(0, 8)}-${instant.slice(8)}-7${chance}`;
}
