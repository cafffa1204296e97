// The root key and those who provide it, one face for all: a file, a passphrase, shares, an HSM, another KMS. The root key itself may not be
// readable, so it wraps and unwraps and is recognised by its fingerprint. See docs/formats/root-key.md.

import type { Bytes } from '../../base/bytes.ts';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type { RootKeyRow } from '../../core/ports/store.ts';
import { KmsError } from '../../domain/errors.ts';

/** One generation of the root key, ready for use. */
export interface RootKey {
  /** The same for the same root key always, and telling nothing about it. */
  readonly fingerprint: string;
  /** Wraps the wrapping key of a project. The binding is authenticated and must be the same on unwrapping. */
  wrap(wrappingKey: SecretBytes, binding: Bytes): Promise<Bytes>;
  /** Throws BrokenInvariant when the bytes do not open. */
  unwrap(wrapped: Bytes, binding: Bytes): Promise<SecretBytes>;
  /** Forgets the key. Repeatable; nothing is called afterwards. */
  close(): void;
}

export interface NewRootKey {
  readonly root: RootKey;
  /** For {@link RootKeyRow.parameters}: what opening needs besides the secret. */
  readonly parameters: string;
  /** When its object in a token was made, if it is one: from then on a sweep may erase it until its row is stored. */
  readonly madeInTokenAt?: number | undefined;
}

/** Every method throws `sealed` when the root key is not to be had, with a message for the operator. */
export interface RootKeyProvider {
  /** Kept in {@link RootKeyRow.provider}. */
  readonly name: string;
  /**
   * What becomes of a start while its root key is not to be had: the server starts sealed and tries again by itself (`retry`), or until
   * people bring it (`wait`). Undefined: it does not start.
   */
  readonly whenSealed?: 'retry' | 'wait' | undefined;
  /**
   * Makes the root key of a generation that no row names yet, or takes up one that an attempt before has left. Durable when it
   * fulfils: the row is inserted afterwards. Repeatable.
   */
  create(generation: number): Promise<NewRootKey>;
  /** Opens the root key of the row and never makes one. The caller checks the fingerprint. */
  open(row: RootKeyRow): Promise<RootKey>;
  /** Why the root keys of the provider cannot be used though they are open. Whoever asks sets about getting them back. */
  refusal?(): KmsError | undefined;
  /** Removes what the provider keeps of a retired generation. Repeatable; nothing to remove is no error. */
  remove(row: RootKeyRow): Promise<void>;
  /** Where the root key of the row is, for operators: nothing secret. */
  describe?(row: RootKeyRow): string;
  /** Forgets what it holds besides the root keys that it has given out: custody is being sealed. */
  forget?(): void;
}

/** Opens the root key of the row with the first provider that has it. Throws `sealed`, saying what is missing or what does not fit. */
export async function openRootKey(providers: readonly RootKeyProvider[], row: RootKeyRow): Promise<RootKey> {
  let refusal: unknown = new KmsError(
    'sealed',
    `Root key generation ${row.generation} is provided by "${row.provider}", which is not configured.`,
    { generation: row.generation, provider: row.provider },
  );
  // Two providers of one name are two passphrases or two directories, while one follows the other.
  for (const provider of providers.filter(({ name }) => name === row.provider)) {
    try {
      return await openFitting(provider, row);
    } catch (thrown) {
      refusal = thrown;
    }
  }
  throw refusal;
}

async function openFitting(provider: RootKeyProvider, row: RootKeyRow): Promise<RootKey> {
  const root = await provider.open(row);
  if (root.fingerprint === row.fingerprint) return root;
  root.close();
  throw new KmsError(
    'sealed',
    `Wrong root key: generation ${row.generation} has the fingerprint ${row.fingerprint}, but provider "${row.provider}" has one with ` +
      `${root.fingerprint}. Give the root key that belongs to this database.`,
    { generation: row.generation, expected: row.fingerprint, found: root.fingerprint },
  );
}
