// The part of the store that remembers which resources depend on a key, ordered by resource and key.

import type { Registration } from '../../domain/registration.ts';

/** A part of a list by its place in it, for protocols that count: the cost grows with `offset`. */
export interface Window {
  readonly offset: number;
  readonly limit: number;
}

/** `prefix` and `suffix`: the resource begins or ends with the text. Compared by code point. */
export interface ResourceMatch {
  readonly by: 'whole' | 'prefix' | 'suffix';
  readonly text: string;
}

export interface RegistrationFilter {
  readonly projectId: string;
  readonly keyId?: string | undefined;
  readonly resource?: ResourceMatch | undefined;
  readonly preventsDestruction?: boolean | undefined;
}

export interface RegistrationReads {
  find(keyId: string, resource: string): Promise<Registration | undefined>;
  list(filter: RegistrationFilter, window: Window): Promise<readonly Registration[]>;
  count(filter: RegistrationFilter): Promise<number>;
}

export interface RegistrationWrites {
  insert(registration: Registration): Promise<void>;
  /** `registration.revision` is the revision it was read at; the stored one becomes one higher. */
  update(registration: Registration): Promise<void>;
  delete(keyId: string, resource: string): Promise<void>;
  /** None is fine. */
  deleteOfKey(keyId: string): Promise<void>;
}
