// The pairs that sign tokens. The newest one without an end signs; it is read from the store for every token, so that a pair that another
// node has replaced or revoked is used no more. Opened private keys are kept as KeyObjects, for exactly the stored bytes they came from.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { must } from '../base/assert.ts';
import { type Bytes, equalBytes } from '../base/bytes.ts';
import { Mutex } from '../base/mutex.ts';
import { revealSecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { Custody } from '../core/ports/custody.ts';
import type { Store, StoreReads, TokenKeyRow } from '../core/ports/store.ts';
import { generateKeyMaterial } from '../crypto/key-material.ts';

/** RFC 7518 section 3.3 asks for 2048 bits at least, and every reader knows them. */
const ALGORITHM = 'rsa-2048';
/** Few pairs count at a time: one signs, and those before it end within the lifetime of a token. */
const KEPT_MAX = 16;

export interface TokenKeysParts {
  readonly store: { readonly tokenKeys: StoreReads['tokenKeys'] } & Pick<Store, 'transaction'>;
  readonly custody: Pick<Custody, 'wrapSecret' | 'unwrapSecret'>;
  readonly random: Pick<Random, 'uuid'>;
}

interface Kept {
  readonly from: Bytes;
  readonly key: KeyObject;
}

export class TokenKeys {
  readonly #parts: TokenKeysParts;
  readonly #firstKey = new Mutex();
  readonly #privateKeys = new Map<string, Kept>();
  readonly #publicKeys = new Map<string, Kept>();

  constructor(parts: TokenKeysParts) {
    this.#parts = parts;
  }

  /** The row of a new pair, which nobody has stored yet. */
  async make(at: number): Promise<TokenKeyRow> {
    const { custody, random } = this.#parts;
    const id = random.uuid();
    const { material, publicKey } = await generateKeyMaterial(ALGORITHM);
    using secret = material;
    const wrapped = await custody.wrapSecret(undefined, wrapLabel(id), secret);
    return { id, publicKey: must(publicKey, 'a pair has a public key'), wrapped, createdAt: at };
  }

  /** The pair that signs at the instant, made when there is none. */
  async signing(at: number): Promise<{ readonly id: string; readonly privateKey: KeyObject }> {
    const row = (await this.#newest()) ?? (await this.#firstKey.run(() => this.#makeFirst(at)));
    return { id: row.id, privateKey: await this.#privateKeyOf(row) };
  }

  /** The public key of that id while tokens signed by it count. */
  async verifying(id: string, at: number): Promise<KeyObject | undefined> {
    const row = await this.#parts.store.tokenKeys.find(id);
    if (row === undefined || !countsAt(row, at)) return undefined;
    return kept(this.#publicKeys, row.id, row.publicKey, () =>
      createPublicKey({ key: view(row.publicKey), format: 'der', type: 'spki' }),
    );
  }

  async counting(at: number): Promise<readonly TokenKeyRow[]> {
    return (await this.#parts.store.tokenKeys.list()).filter(row => countsAt(row, at));
  }

  async #newest(): Promise<TokenKeyRow | undefined> {
    return newestOf(await this.#parts.store.tokenKeys.list());
  }

  /** Of two nodes that make the first pair at once, the one whose row comes first counts for both. */
  async #makeFirst(at: number): Promise<TokenKeyRow> {
    const meanwhile = await this.#newest();
    if (meanwhile !== undefined) return meanwhile;
    const made = await this.make(at);
    return this.#parts.store.transaction(async tx => {
      const present = newestOf(await tx.tokenKeys.list());
      if (present !== undefined) return present;
      await tx.tokenKeys.insert(made);
      return made;
    });
  }

  async #privateKeyOf({ id, wrapped }: TokenKeyRow): Promise<KeyObject> {
    const known = this.#privateKeys.get(id);
    if (known !== undefined && equalBytes(known.from, wrapped)) return known.key;
    using secret = await this.#parts.custody.unwrapSecret(undefined, wrapLabel(id), wrapped);
    const der = revealSecretBytes(secret);
    return kept(this.#privateKeys, id, wrapped, () =>
      createPrivateKey({ key: view(der), format: 'der', type: 'pkcs8' }),
    );
  }
}

function newestOf(rows: readonly TokenKeyRow[]): TokenKeyRow | undefined {
  return rows.find(row => row.endsAt === undefined);
}

function countsAt({ endsAt }: TokenKeyRow, at: number): boolean {
  return endsAt === undefined || at < endsAt;
}

function kept(keys: Map<string, Kept>, id: string, from: Bytes, make: () => KeyObject): KeyObject {
  const known = keys.get(id);
  if (known !== undefined && equalBytes(known.from, from)) return known.key;
  const key = make();
  if (keys.size >= KEPT_MAX) keys.clear();
  keys.set(id, { from, key });
  return key;
}

/** A view, not a copy: what it shows is wiped with the secret. */
function view(der: Bytes): Buffer {
  return Buffer.from(der.buffer, der.byteOffset, der.byteLength);
}

/** Bound into the wrapping: one pair does not open as another. */
function wrapLabel(id: string): string {
  return `token key ${id}`;
}
