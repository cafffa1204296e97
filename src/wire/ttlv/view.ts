// A message of our own making as its readers would see it: the XML, JSON and text writers print such a view.

import type { TtlvItem } from './item.ts';
import type { TtlvField } from './make.ts';
import { readTtlv } from './read-binary.ts';
import { writeTtlv } from './write-binary.ts';

/** What we have put together ourselves is as long as it is; only its nesting is bounded, by the stack. */
const OWN_LIMITS = { bytesMax: Number.POSITIVE_INFINITY, depthMax: 256, itemsMax: Number.POSITIVE_INFINITY };

export function viewOf(message: TtlvField): TtlvItem {
  return readTtlv(writeTtlv(message), OWN_LIMITS);
}
