// The part of the store that holds the links between keys. Links stay when a key is destroyed, like its row; they go when
// other material comes under its identity.

import type { KeyLink, LinkType } from '../../domain/key-link.ts';
import type { Page, PageRequest } from './page.ts';

export interface KeyLinkReads {
  /** Those that lead from the key, by type and then by the other key. */
  ofKey(keyId: string): Promise<readonly KeyLink[]>;
  /** The same of several keys: in the order of their ids. */
  ofKeys(keyIds: readonly string[]): Promise<readonly KeyLink[]>;
  /** Those of the type that lead to the key, by the key that they are of: as many as there are. */
  toKey(keyId: string, type: LinkType, page: PageRequest): Promise<Page<KeyLink>>;
}

export interface KeyLinkWrites {
  /** Throws `alreadyExists`. */
  insert(link: KeyLink): Promise<void>;
  /** Throws `notFound`. */
  delete(fromKeyId: string, type: LinkType, toKeyId: string): Promise<void>;
  /** Those that lead from the key, and those that lead to it; none is fine. */
  deleteOfKey(keyId: string): Promise<void>;
}
