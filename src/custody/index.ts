// The custody of software keys under a root key. Nothing works before `unseal`, and nothing after `seal` until the next one.

import { Mutex } from '../base/mutex.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import type { Custody, MaterialBinding, StoredVersion } from '../core/ports/custody.ts';
import { generateEncryptedPair } from '../crypto/encrypted-pair.ts';
import { readMessageHeader } from '../crypto/message.ts';
import { KmsError } from '../domain/errors.ts';
import { ALL_PROTECTION_LEVELS, type MaterialLevel, type ProtectionLevel } from '../domain/key.ts';
import { firstRootKey } from './first-root-key.ts';
import { HardwareWrapping } from './hardware-wrapping.ts';
import type { KeyCacheLimits } from './key-cache.ts';
import { type InnerHandle, SoftwareKeyHandle } from './key-handle.ts';
import { joinMaterial, splitMaterial } from './key-sharing.ts';
import { deriveMaterial, unwrapMaterial, wrapMaterial } from './key-to-key.ts';
import { MaterialWrapping } from './material-wrapping.ts';
import { openDigestStream, openKeyStream } from './message-stream.ts';
import { HardwareKeyHandle } from './pkcs11/hardware-handle.ts';
import { HardwareKeys, type HardwareKeysOptions } from './pkcs11/hardware-keys.ts';
import { ProjectKeys } from './project-keys.ts';
import type { RootKeyProvider } from './root/root-key.ts';
import { type CustodyStore, currentRow, type RequireUnswept, RootKeys, sealed } from './root-keys.ts';
import {
  beginRotation,
  finishRotation,
  type RotationOptions,
  type RotationSummary,
} from './root-rotation.ts';
import { unwrapSecret, wrapSecret } from './secrets.ts';
import { SoftwareKeys } from './software-keys.ts';
import { StreamsOfKeys } from './streams-of-keys.ts';
import { openTransported } from './transport.ts';

export interface CustodyOptions {
  readonly store: CustodyStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes root keys; opens those whose rows name it. */
  readonly provider: RootKeyProvider;
  /** Open older generations, while a rotation onto another provider is unfinished. */
  readonly olderProviders?: readonly RootKeyProvider[] | undefined;
  /** Where keys of the protection level `hsm` are made and used. */
  readonly hardware?: Pick<HardwareKeysOptions, 'token' | 'installationId'> | undefined;
  /** For root keys in a token, which sweeps look through. */
  readonly requireUnswept?: RequireUnswept | undefined;
  readonly materialCache?: KeyCacheLimits | undefined;
  readonly projectKeyCache?: KeyCacheLimits | undefined;
}

export interface SealableCustody extends Custody {
  /**
   * Opens the root key and makes the custody ready; on a new installation it makes the root key first. Repeatable. Throws `sealed`, with
   * a message for the operator, when the root key is missing, wrong, or not readable.
   */
  unseal(): Promise<void>;
  /** Forgets every key. Operations under way fail or end; handles that are open keep working until their scope ends. */
  seal(): void;
  /**
   * Replaces the root key by a new generation, of another provider when one is given, and rewraps every project's wrapping key. Custody
   * keeps working meanwhile. After a crash it is called again, and then completes the rotation that was begun instead of
   * beginning one: the summary says which.
   */
  rotateRoot(
    options?: RotationOptions & { readonly to?: RootKeyProvider | undefined },
  ): Promise<RotationSummary>;
}

/** Material lives open for a minute at most: a key that is disabled is forgotten at once on this node anyway. */
const MATERIAL_CACHE: KeyCacheLimits = { entriesMax: 4_096, lifetimeMs: 60_000 };
const PROJECT_KEY_CACHE: KeyCacheLimits = { entriesMax: 1_024, lifetimeMs: 600_000 };

export function createCustody(options: CustodyOptions): SealableCustody {
  const { store, clock, random, provider, olderProviders = [] } = options;
  const { requireUnswept = async () => undefined } = options;
  const roots = new RootKeys(store, [provider, ...olderProviders]);
  const projectKeys = new ProjectKeys({
    store,
    roots,
    clock,
    random,
    limits: options.projectKeyCache ?? PROJECT_KEY_CACHE,
  });
  const wrapping = new MaterialWrapping(projectKeys, random);
  const making = { wrapping, clock, random, limits: options.materialCache ?? MATERIAL_CACHE };
  const hardware = options.hardware && new HardwareKeys({ ...making, ...options.hardware });
  const twofold = new HardwareWrapping({ wrapping, hardware, store, random });
  const keys = new SoftwareKeys({ ...making, wrapping: twofold });
  const levels: readonly ProtectionLevel[] = hardware === undefined ? ['software'] : ALL_PROTECTION_LEVELS;
  const streams = new StreamsOfKeys();
  const rootChanges = new Mutex();
  let ready = false;

  function requireReady(): void {
    const refusal = ready ? roots.refusal() : sealed();
    if (refusal !== undefined) throw refusal;
  }

  async function open({ key, version }: StoredVersion): Promise<InnerHandle> {
    requireReady();
    if (key.protection === 'hsm')
      return new HardwareKeyHandle(await requireHardware().open(key, version), random);
    return new SoftwareKeyHandle(await keys.open(key, version), random);
  }

  function requireHardware(): HardwareKeys {
    if (hardware !== undefined) return hardware;
    throw new KmsError('unsupported', 'There is no token for hardware keys: none is configured.', {
      protection: 'hsm',
    });
  }

  async function unseal(): Promise<void> {
    if (ready) return;
    const rows = await store.rootKeys.list();
    if (rows.length === 0) await firstRootKey({ store, provider, clock, random, requireUnswept });
    const known = rows.length === 0 ? await store.rootKeys.list() : rows;
    await roots.unseal(known);
    // What a crash at the end of a rotation has left. A provider that is away is asked again at the next start: nothing needs it any more.
    await roots.removeRetired(known).catch(thrown => {
      if (!(thrown instanceof KmsError) || thrown.code !== 'sealed') throw thrown;
    });
    ready = true;
  }

  function seal(): void {
    ready = false;
    streams.clear();
    keys.clear();
    hardware?.clear();
    projectKeys.clear();
    roots.seal();
  }

  return {
    protectionLevels: levels,
    requireReady,
    unseal: () => rootChanges.run(unseal),
    seal,
    rotateRoot: ({ to, ...options } = {}) =>
      rootChanges.run(async () => {
        requireReady();
        if (to !== undefined) roots.addProvider(to);
        const begun = await beginRotation({ store, clock, requireUnswept }, to ?? provider);
        await finishRotation({ store, roots }, options);
        const current = currentRow(await store.rootKeys.list());
        return { generation: current.generation, provider: current.provider, begun };
      }),
    async createProjectKey(tx, projectId, at) {
      requireReady();
      await projectKeys.create(tx, projectId, at);
    },
    async generate(binding, protection, lengthBytes) {
      requireReady();
      return protection === 'hsm'
        ? requireHardware().generate(binding, lengthBytes)
        : keys.generate(onLevel(binding, protection), lengthBytes);
    },
    async generateEncryptedPair(algorithm, passphrase) {
      requireReady();
      return generateEncryptedPair(algorithm, passphrase);
    },
    async importMaterial(binding, material, protection = 'software') {
      requireReady();
      return keys.importMaterial(onLevel(binding, protection), material);
    },
    async importPublicKey(binding, publicKey) {
      requireReady();
      return keys.importPublicKey(binding, publicKey);
    },
    async openTransported(transportKey, transported) {
      requireReady();
      return openTransported(await keys.openOnce(transportKey), transportKey, transported);
    },
    async exportMaterial(key, version) {
      requireReady();
      requireTakable(key.protection);
      return keys.exportMaterial(key, version);
    },
    async restrictMaterial(key, version) {
      requireReady();
      requireTakable(key.protection);
      return keys.restrict(key, version);
    },
    async wrapMaterial(wrapped, under, mechanism, parameters = {}, encode) {
      using handle = await open(under);
      requireTakable(wrapped.key.protection);
      return await wrapMaterial(keys, wrapped, handle, mechanism, parameters, encode);
    },
    async unwrapMaterial(under, mechanism, wrapped, parameters = {}) {
      using handle = await open(under);
      return await unwrapMaterial(handle, mechanism, wrapped, parameters);
    },
    async splitMaterial(source, sharing, bindings) {
      requireReady();
      if (source.by === 'key') requireTakable(source.key.key.protection);
      return splitMaterial(keys, source, sharing, bindings);
    },
    async joinMaterial(parts, sharing, lengthBytes, binding) {
      requireReady();
      return joinMaterial(keys, parts, sharing, lengthBytes, binding);
    },
    async deriveMaterial({ base, infoOf }, mechanism, parameters, binding) {
      using handle = await open(base);
      using secret = infoOf && (await open(infoOf));
      return await deriveMaterial(keys, base, { handle, secret }, mechanism, parameters, binding);
    },
    open: (key, version) => open({ key, version }),
    async openStream(of, use, mechanism, parameters = {}) {
      const handle = await open(of);
      return streams.begin(of.key.id, closed => openKeyStream(handle, use, mechanism, parameters, closed));
    },
    openDigest: async digest => openDigestStream(digest),
    readMessageHeader,
    forget(keyId) {
      streams.forget(keyId);
      keys.forget(keyId);
      hardware?.forget(keyId);
    },
    hardwareObjects: async () => requireHardware().objects(),
    isObjectOf: async (object, key, version) => requireHardware().isObjectOf(object, key, version),
    eraseObject: async object => requireHardware().destroy(object),
    async eraseMaterial(key) {
      if (key.protection === 'hsm') await hardware?.erase(key);
    },
    async wrapSecret(projectId, label, secret) {
      requireReady();
      return wrapSecret({ projectKeys, random }, projectId, label, secret);
    },
    async unwrapSecret(projectId, label, wrapped) {
      requireReady();
      return unwrapSecret(projectKeys, projectId, label, wrapped);
    },
  };
}

/** The binding on the level. */
function onLevel(binding: MaterialBinding, protection: MaterialLevel): MaterialBinding {
  return { ...binding, hardwareWrapped: protection === 'hsmWrapped' };
}

/** What needs the material itself. */
function requireTakable(protection: ProtectionLevel): void {
  if (protection !== 'hsm') return;
  throw new KmsError('unsupported', 'The material of a key in hardware does not leave its token.', {
    protection,
  });
}
