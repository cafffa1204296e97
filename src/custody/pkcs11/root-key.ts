// The root key in a token: an AES-256 key that is made there and cannot leave, which wraps the wrapping keys of the projects by AES-GCM, or by
// AES-KWP (RFC 5649) where the token has no GCM. Layout: docs/formats/root-key.md.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { assert, BrokenInvariant, must } from '../../base/assert.ts';
import { type Bytes, concatBytes, decodeHex, equalBytes, hex } from '../../base/bytes.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import type { Clock, Random } from '../../core/ports/clock.ts';
import type { RootKeyRow } from '../../core/ports/store.ts';
import { KmsError } from '../../domain/errors.ts';
import type { RootKey, RootKeyProvider } from '../root/root-key.ts';
import type { ObjectName, TokenFacts } from './commands.ts';
import { isNotOpening } from './fault.ts';
import { rootKeyLabel } from './labels.ts';
import type { MechanismUse, Template } from './layout.ts';
import { CLASS, KEY_TYPE, type MechanismName } from './names.ts';
import { newObjectId } from './object-id.ts';
import type { Token } from './token.ts';

const FORMAT = 1;
const HEADER_BYTES = 5;
const IV_BYTES = 12;
const NONCE_BYTES = 16;
const DIGEST_BYTES = 32;
const TAG_BITS = 128;
const ROOT_KEY_BYTES = 32;
const WRAPPING_KEY_BYTES = 32;

/** How each wraps, and what in a token it needs. */
const WRAPPINGS = {
  'aes-gcm': { mechanisms: ['aesGcm'], usages: { encrypt: true, decrypt: true } },
  'aes-kwp': { mechanisms: ['aesKeyWrapKwp', 'aesKeyWrapPad'], usages: { wrap: true, unwrap: true } },
} as const satisfies Record<string, { mechanisms: readonly MechanismName[]; usages: Template }>;

export type RootWrapping = keyof typeof WRAPPINGS;

const parametersSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  wrapping: z.enum(['aes-gcm', 'aes-kwp']),
});

export interface TokenRootKeyOptions {
  readonly token: Token;
  readonly random: Random;
  readonly clock: Clock;
  /** Stands in every label: several installations may share a token. */
  readonly installationId: () => Promise<string>;
  /** Of new generations: AES-GCM where the token has it, unless named. */
  readonly wrapping?: RootWrapping | undefined;
}

export function tokenRootKeyProvider({
  token,
  random,
  clock,
  installationId,
  wrapping: wanted,
}: TokenRootKeyOptions): RootKeyProvider {
  return {
    name: 'pkcs11',
    whenSealed: 'retry',
    /** What an attempt before has left in the token is never used: nothing tells it from the root key of another server. */
    async create(generation) {
      const facts = await token.run('facts', {});
      const wrapping = wanted ?? offered(facts);
      const madeInTokenAt = clock.now();
      const id = newObjectId(madeInTokenAt, random);
      await token.run('generateKey', {
        mechanism: { name: 'aesKeyGen' },
        template: {
          class: CLASS.secretKey,
          keyType: KEY_TYPE.aes,
          token: true,
          private: true,
          sensitive: true,
          extractable: false,
          label: rootKeyLabel(await installationId(), generation),
          id,
          valueLength: ROOT_KEY_BYTES,
          ...WRAPPINGS[wrapping].usages,
        },
      });
      const root = await openRoot(token, random, { id: hex(id), wrapping }, generation);
      return { root, parameters: canonicalJson({ id: hex(id), wrapping }), madeInTokenAt };
    },
    describe: row => `a token, CKA_ID ${parametersOf(row).id}`,
    refusal: () => token.refusal(),
    open: row => openRoot(token, random, parametersOf(row), row.generation),
    async remove(row) {
      await token.run('destroy', { object: objectOf(parametersOf(row).id) });
    },
  };
}

function offered({ label, mechanisms }: TokenFacts): RootWrapping {
  const fitting = (['aes-gcm', 'aes-kwp'] as const).find(each =>
    WRAPPINGS[each].mechanisms.some(name => mechanisms.includes(name)),
  );
  if (mechanisms.includes('aesKeyGen') && fitting !== undefined) return fitting;
  const message = `The token "${label}" cannot hold the root key: it needs CKM_AES_KEY_GEN, and CKM_AES_GCM or CKM_AES_KEY_WRAP_KWP.`;
  throw new KmsError('sealed', message, { token: label });
}

function parametersOf({ parameters, generation }: RootKeyRow): z.infer<typeof parametersSchema> {
  try {
    return parametersSchema.parse(JSON.parse(parameters));
  } catch (cause) {
    const message = `The parameters of root key generation ${generation} are damaged: they name no object of a token.`;
    throw new KmsError('sealed', message, { generation }, cause);
  }
}

function objectOf(id: string): ObjectName {
  return { class: 'secretKey', id: must(decodeHex(id), 'a checked id is hex') };
}

async function openRoot(
  token: Token,
  random: Random,
  { id, wrapping }: z.infer<typeof parametersSchema>,
  generation: number,
): Promise<RootKey> {
  const { label, mechanisms } = await token.run('facts', {});
  const template = { token: true, class: CLASS.secretKey, id: must(decodeHex(id), 'a checked id is hex') };
  const [found, second] = await token.run('find', { template });
  if (found === undefined || second !== undefined) {
    throw missing(label, found === undefined ? 'no' : 'more than one', id, generation);
  }
  const read = await token.run('read', { object: objectOf(id), names: ['sensitive', 'extractable'] });
  if (read.sensitive?.[0] !== 1 || read.extractable?.[0] !== 0) {
    const message = `Root key generation ${generation} may leave the token "${label}": it is not sensitive, or extractable.`;
    throw new KmsError('sealed', message, { token: label, generation });
  }
  const mechanism = WRAPPINGS[wrapping].mechanisms.find(name => mechanisms.includes(name));
  if (mechanism === undefined) {
    const message = `The token "${label}" has none of the mechanisms that root key generation ${generation} needs (${wrapping}).`;
    throw new KmsError('sealed', message, { token: label, generation });
  }
  return mechanism === 'aesGcm'
    ? new GcmRootKey(token, random, id, generation)
    : new KwpRootKey(token, random, mechanism, id, generation);
}

function missing(label: string, number: 'no' | 'more than one', id: string, generation: number): KmsError {
  const message = `The token "${label}" has ${number} key with the CKA_ID ${id}, which is root key generation ${generation}. Give the token that has it.`;
  return new KmsError('sealed', message, { token: label, generation });
}

/** What both have in common: the fingerprint is the CKA_ID, an instant and ten random bytes, since nothing of the key itself can be told. */
abstract class TokenRootKey implements RootKey {
  readonly fingerprint: string;
  readonly #generation: number;
  readonly #expected: Disposable;
  #token: Token | undefined;

  constructor(token: Token, id: string, generation: number) {
    this.#token = token;
    this.fingerprint = id;
    this.#generation = generation;
    this.#expected = token.expect(objectOf(id), label => missing(label, 'no', id, generation));
  }

  abstract wrap(wrappingKey: SecretBytes, binding: Bytes): Promise<Bytes>;
  abstract unwrap(wrapped: Bytes, binding: Bytes): Promise<SecretBytes>;

  close(): void {
    this.#expected[Symbol.dispose]();
    this.#token = undefined;
  }

  protected get token(): Token {
    return must(this.#token, 'a closed root key is not used');
  }

  protected object(): ObjectName {
    return objectOf(this.fingerprint);
  }

  protected header(): Bytes {
    const header = new Uint8Array(HEADER_BYTES);
    const view = new DataView(header.buffer);
    view.setUint8(0, FORMAT);
    view.setUint32(1, this.#generation);
    return header;
  }

  /** The bytes behind the header. */
  protected body(wrapped: Bytes): Bytes {
    if (!equalBytes(wrapped.subarray(0, HEADER_BYTES), this.header())) throw broken();
    return wrapped.subarray(HEADER_BYTES);
  }

  protected async opening(attempt: Promise<Bytes>): Promise<Bytes> {
    try {
      return await attempt;
    } catch (thrown) {
      if (isNotOpening(thrown)) throw broken(thrown);
      throw thrown;
    }
  }
}

function broken(cause?: unknown): BrokenInvariant {
  return new BrokenInvariant('a project wrapping key opens under the root key of its generation', { cause });
}

class GcmRootKey extends TokenRootKey {
  readonly #random: Random;

  constructor(token: Token, random: Random, id: string, generation: number) {
    super(token, id, generation);
    this.#random = random;
  }

  async wrap(wrappingKey: SecretBytes, binding: Bytes): Promise<Bytes> {
    assert(wrappingKey.length === WRAPPING_KEY_BYTES, 'a wrapping key has 32 bytes');
    const iv = this.#random.bytes(IV_BYTES);
    const sealed = await this.token.run('use', {
      use: 'encrypt',
      mechanism: this.#mechanism(iv, binding),
      object: this.object(),
      data: Uint8Array.from(revealSecretBytes(wrappingKey)),
    });
    return concatBytes(this.header(), iv, sealed);
  }

  async unwrap(wrapped: Bytes, binding: Bytes): Promise<SecretBytes> {
    const body = this.body(wrapped);
    const opening = this.token.run('use', {
      use: 'decrypt',
      mechanism: this.#mechanism(Uint8Array.from(body.subarray(0, IV_BYTES)), binding),
      object: this.object(),
      data: Uint8Array.from(body.subarray(IV_BYTES)),
    });
    return SecretBytes.own(await this.opening(opening));
  }

  #mechanism(iv: Bytes, binding: Bytes): MechanismUse {
    const associatedData = concatBytes(this.header(), binding);
    return {
      name: 'aesGcm',
      parameter: { kind: 'gcm', iv: Uint8Array.from(iv), associatedData, tagBits: TAG_BITS },
    };
  }
}

/**
 * KWP authenticates what it wraps and nothing beside it, and the same always alike: a nonce and the digest of the binding are wrapped with the
 * key.
 */
class KwpRootKey extends TokenRootKey {
  readonly #mechanism: MechanismUse;
  readonly #random: Random;

  constructor(token: Token, random: Random, name: MechanismName, id: string, generation: number) {
    super(token, id, generation);
    this.#random = random;
    this.#mechanism = { name };
  }

  async wrap(wrappingKey: SecretBytes, binding: Bytes): Promise<Bytes> {
    assert(wrappingKey.length === WRAPPING_KEY_BYTES, 'a wrapping key has 32 bytes');
    const nonce = this.#random.bytes(NONCE_BYTES);
    const material = new Uint8Array(WRAPPING_KEY_BYTES + DIGEST_BYTES);
    material.set(revealSecretBytes(wrappingKey));
    material.set(this.#digest(nonce, binding), WRAPPING_KEY_BYTES);
    const wrapped = await this.token.run('wrap', {
      mechanism: this.#mechanism,
      object: this.object(),
      material,
    });
    return concatBytes(this.header(), nonce, wrapped);
  }

  async unwrap(wrapped: Bytes, binding: Bytes): Promise<SecretBytes> {
    const body = this.body(wrapped);
    const unwrapping = this.token.run('unwrap', {
      mechanism: this.#mechanism,
      object: this.object(),
      wrapped: Uint8Array.from(body.subarray(NONCE_BYTES)),
    });
    using both = SecretBytes.own(await this.opening(unwrapping));
    const bytes = revealSecretBytes(both);
    const digest = this.#digest(body.subarray(0, NONCE_BYTES), binding);
    if (!equalBytes(bytes.subarray(WRAPPING_KEY_BYTES), digest)) throw broken();
    return SecretBytes.copyOf(bytes.subarray(0, WRAPPING_KEY_BYTES));
  }

  #digest(nonce: Bytes, binding: Bytes): Bytes {
    return createHash('sha256').update(this.header()).update(nonce).update(binding).digest();
  }
}
