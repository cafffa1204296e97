// Keys that live in a token: made there, opened by name, erased there. What a version's row keeps as its material is the name of the
// objects, wrapped as material is, so that a row that was moved or changed names nothing (docs/formats/hardware-keys.md).

import type { KeyObject } from 'node:crypto';
import { assert, must } from '../../base/assert.ts';
import { type Bytes, concatBytes, decodeHex, hex } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import { isKeyOf } from '../../base/table.ts';
import type { Clock, Random } from '../../core/ports/clock.ts';
import type { HardwareObject, MaterialBinding, WrappedMaterial } from '../../core/ports/custody.ts';
import { encodePublicKey } from '../../crypto/key-parsing.ts';
import { messagePrefix } from '../../crypto/message.ts';
import type { KeyAlgorithm } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import { type Key, type KeyVersion, versionAlgorithm } from '../../domain/key.ts';
import { KeyCache, type KeyCacheLimits } from '../key-cache.ts';
import { randomMaterialId } from '../material-id.ts';
import type { MaterialWrapping } from '../material-wrapping.ts';
import { wrappingName } from '../wrapping.ts';
import type { FoundObject } from './commands.ts';
import { isReason, isSessionLost, TokenFault } from './fault.ts';
import { type HardwareKind, hardwareKind } from './hardware-kinds.ts';
import { eraseObjects, makeObjects, type ObjectIds, readPublicHalf } from './hardware-objects.ts';
import { keyLabel, meaningOfLabel } from './labels.ts';
import { CLASS, type ReturnName } from './names.ts';
import { ID_BYTES, madeAt, newObjectId } from './object-id.ts';
import type { Token } from './token.ts';

export interface OpenedHardwareKey extends ObjectIds {
  readonly token: Token;
  readonly algorithm: KeyAlgorithm;
  readonly kind: HardwareKind;
  /** As the token tells it. */
  readonly publicKey: KeyObject | undefined;
  readonly messagePrefix: Uint8Array;
}

export interface HardwareKeysOptions {
  readonly token: Token;
  readonly wrapping: MaterialWrapping;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: KeyCacheLimits;
  /** Stands in every label: several installations may share a token. */
  readonly installationId: () => Promise<string>;
}

/** SoftHSM fails now and then to make an object while another session looks for objects. */
const ATTEMPTS = 3;

export class HardwareKeys {
  readonly #options: HardwareKeysOptions;
  readonly #cache: KeyCache<OpenedHardwareKey>;

  constructor(options: HardwareKeysOptions) {
    this.#options = options;
    this.#cache = new KeyCache(options.limits, options.clock);
  }

  /** Throws `unsupported` for what the token does not make. */
  async generate(binding: MaterialBinding, lengthBytes: number | undefined): Promise<WrappedMaterial> {
    const { token, clock, random, wrapping } = this.#options;
    const kind = hardwareKind(binding.algorithm);
    requireUsual(kind, binding, lengthBytes);
    const at = clock.now();
    const id = newObjectId(at, random);
    const sealingId = kind.kind === 'aes' ? newObjectId(at, random) : undefined;
    const label = await this.#label(binding.keyId, binding.version);
    await this.#make(kind, binding.algorithm, label, { id, sealingId });
    const publicKey = await readPublicHalf(token, kind, id);
    using name = SecretBytes.own(concatBytes(id, sealingId ?? new Uint8Array(0)));
    return {
      wrapped: await wrapping.wrap({ ...binding, hardware: true }, name),
      materialId: randomMaterialId(random),
      madeInTokenAt: at,
      ...(publicKey === undefined
        ? { materialBytes: 'bytes' in kind ? kind.bytes : undefined }
        : { publicKey: encodePublicKey(publicKey) }),
    };
  }

  /** What a failed attempt has made is gone afterwards, unless the token is. */
  async #make(kind: HardwareKind, algorithm: KeyAlgorithm, label: string, ids: ObjectIds): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await makeObjects(this.#options.token, kind, label, ids);
      } catch (thrown) {
        if (!(thrown instanceof TokenFault) || isSessionLost(thrown)) throw thrown;
        await eraseObjects(this.#options.token, ids).catch(() => undefined);
        if (attempt === ATTEMPTS) throw refusalOf(thrown, algorithm);
      }
    }
  }

  open(key: Key, version: KeyVersion): Promise<OpenedHardwareKey> {
    const name = `${key.id}/${version.number}/${wrappingName(version.wrapped)}`;
    return this.#cache.load(name, () => this.#open(key, version));
  }

  forget(keyId: string): void {
    this.#cache.forget(`${keyId}/`);
  }

  clear(): void {
    this.#cache.clear();
  }

  /** Every object of the key is gone when it fulfils, those too that an attempt before has left. */
  async erase({ id, latestVersion }: Pick<Key, 'id' | 'latestVersion'>): Promise<void> {
    for (let version = 1; version <= latestVersion; version += 1) {
      const label = await this.#label(id, version);
      for (const object of await this.#options.token.run('find', { template: { token: true, label } }))
        await this.#options.token.run('destroy', { object });
    }
  }

  /** The objects of this installation in the token, root keys among them, of which no row may know. */
  async objects(): Promise<readonly HardwareObject[]> {
    const installationId = await this.#options.installationId();
    const found = await this.#options.token.run('find', { template: { token: true } });
    return found.flatMap(object => {
      const meaning = meaningOfLabel(object.label, installationId);
      if (meaning === undefined || object.id.length !== ID_BYTES) return [];
      return [{ name: nameOf(object), madeAt: madeAt(object.id), ...meaning }];
    });
  }

  /** Whether the version names the object. */
  async isObjectOf({ name }: Pick<HardwareObject, 'name'>, key: Key, version: KeyVersion): Promise<boolean> {
    const { id, sealingId } = await this.open(key, version);
    const [, digits = ''] = name.split(' ');
    return digits === hex(id) || (sealingId !== undefined && digits === hex(sealingId));
  }

  /** Repeatable. */
  async destroy({ name }: Pick<HardwareObject, 'name'>): Promise<void> {
    const [type = '', digits = ''] = name.split(' ');
    assert(isKeyOf(CLASS, type), 'a named object has a class');
    const object = { class: type, id: must(decodeHex(digits), 'a named object has an id') };
    await this.#options.token.run('destroy', { object });
  }

  async #label(keyId: string, version: number): Promise<string> {
    return keyLabel(await this.#options.installationId(), keyId, version);
  }

  async #open(key: Key, version: KeyVersion): Promise<OpenedHardwareKey> {
    const { token, wrapping } = this.#options;
    const { projectId, id: keyId, exportable } = key;
    const algorithm = versionAlgorithm(key, version);
    const binding = { projectId, keyId, version: version.number, algorithm, exportable, hardware: true };
    using name = await wrapping.unwrap(binding, version);
    const ids = idsOf(revealSecretBytes(name));
    const kind = hardwareKind(algorithm);
    return {
      token,
      algorithm,
      kind,
      ...ids,
      publicKey: await readPublicHalf(token, kind, ids.id),
      messagePrefix: messagePrefix({ keyId, version: version.number }),
    };
  }
}

function nameOf({ class: type, id }: FoundObject): string {
  return `${type} ${hex(id)}`;
}

function idsOf(name: Bytes): ObjectIds {
  assert(
    name.length === ID_BYTES || name.length === 2 * ID_BYTES,
    'a hardware key is named by one or two ids',
  );
  // Copies: the name is wiped.
  const sealingId = name.length === ID_BYTES ? undefined : Uint8Array.from(name.subarray(ID_BYTES));
  return { id: Uint8Array.from(name.subarray(0, ID_BYTES)), sealingId };
}

function requireUsual(
  kind: HardwareKind,
  { algorithm }: MaterialBinding,
  lengthBytes: number | undefined,
): void {
  if (lengthBytes === undefined || ('bytes' in kind && kind.bytes === lengthBytes)) return;
  throw new KmsError('unsupported', `A key of ${algorithm} in hardware has its usual length.`, { algorithm });
}

const NOT_MADE = [
  'argumentsBad',
  'attributeTypeInvalid',
  'attributeValueInvalid',
  'curveNotSupported',
  'domainParamsInvalid',
  'functionNotSupported',
  'keySizeRange',
  'mechanismInvalid',
  'mechanismParamInvalid',
  'templateIncomplete',
  'templateInconsistent',
] as const satisfies readonly ReturnName[];

/** A token that lacks the mechanism is no fault of ours. */
function refusalOf(thrown: TokenFault, algorithm: KeyAlgorithm): unknown {
  if (!isReason(thrown, ...NOT_MADE)) return thrown;
  return new KmsError('unsupported', `The token makes no keys of ${algorithm}.`, { algorithm }, thrown);
}
