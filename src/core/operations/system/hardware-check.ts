// What the token has and no row knows: objects of keys and of root keys that a crash between token and store has left. An object of a key
// that is being made is never erased (src/core/hardware-sweep.ts), and the log says what is erased before it is.

import { equalBytes } from '../../../base/bytes.ts';
import { beginSweep } from '../../hardware-sweep.ts';
import type { Kms } from '../../kms.ts';
import type { ChangeOperation, UseOperation } from '../../operation.ts';
import type {
  HardwareKeyObject,
  HardwareObject,
  HardwareRootKeyObject,
  StoredVersion,
} from '../../ports/custody.ts';
import type { StoreReads } from '../../ports/store.ts';
import { onSystem } from '../without-target.ts';

export interface HardwareReport {
  readonly objects: number;
  /** Those that no version names, and no generation of the root key, retired ones neither. */
  readonly orphans: readonly HardwareObject[];
}

export interface SweepReport {
  /** How many are left in the token. */
  readonly objects: number;
  readonly erased: readonly HardwareObject[];
  /** Orphans that are too young to be told from keys that are being made. */
  readonly young: readonly HardwareObject[];
}

const HARDWARE = { type: 'system', id: 'hardware' } as const;

export const checkHardware: UseOperation<undefined, undefined, HardwareReport> = {
  name: 'system.hardware.check',
  kind: 'read',
  ...onSystem('system.read'),
  async run(kms) {
    const { objects, orphans } = await look(kms);
    return { objects, orphans: orphans.map(({ object }) => object) };
  },
  record: () => ({ targets: [HARDWARE] }),
};

export const eraseOrphans: ChangeOperation<undefined, undefined, SweepReport, Look> = {
  name: 'system.hardware.erase',
  kind: 'change',
  ...onSystem('system.eraseHardware'),
  prepare: look,
  async run(_kms, tx, { prepared, at }) {
    const before = await beginSweep(tx, at);
    const [erased, young]: [HardwareObject[], HardwareObject[]] = [[], []];
    for (const orphan of prepared.orphans) {
      if (await isStillOrphan(tx, orphan))
        (orphan.object.madeAt < before ? erased : young).push(orphan.object);
    }
    return { objects: prepared.objects - erased.length, erased, young };
  },
  async finish({ custody }, { erased }) {
    for (const object of erased) await custody.eraseObject(object);
  },
  record: (_input, _target, output) => ({ targets: [HARDWARE], details: { erased: output?.erased.length } }),
};

interface Orphan {
  readonly object: HardwareObject;
  /** Undefined: there is no version of that number. */
  readonly stored: StoredVersion | undefined;
}

interface Look {
  readonly objects: number;
  readonly orphans: readonly Orphan[];
}

async function look({ store, custody }: Kms): Promise<Look> {
  const objects = await custody.hardwareObjects();
  const orphans: Orphan[] = [];
  for (const object of objects) {
    if ('rootGeneration' in object) {
      if (!(await isRootKey(store, object))) orphans.push({ object, stored: undefined });
      continue;
    }
    const stored = await versionOf(store, object);
    const isNamed =
      stored !== undefined &&
      stored.version.wrapped.length > 0 &&
      (await custody.isObjectOf(object, stored.key, stored.version));
    if (!isNamed) orphans.push({ object, stored });
  }
  return { objects: objects.length, orphans };
}

async function isRootKey(
  { rootKeys }: Pick<StoreReads, 'rootKeys'>,
  { name }: HardwareRootKeyObject,
): Promise<boolean> {
  return (await rootKeys.list()).some(({ fingerprint }) => name.endsWith(` ${fingerprint}`));
}

function versionOf(
  { keys }: Pick<StoreReads, 'keys'>,
  { keyId, version }: HardwareKeyObject,
): Promise<StoredVersion | undefined> {
  return keys.findWithVersion(keyId, version);
}

/** Whether the version is what it was when the object was found not to be one of its own, and no root key has come to name it. */
async function isStillOrphan(
  reads: Pick<StoreReads, 'keys' | 'rootKeys'>,
  { object, stored }: Orphan,
): Promise<boolean> {
  if ('rootGeneration' in object) return !(await isRootKey(reads, object));
  const now = await versionOf(reads, object);
  if (now === undefined || stored === undefined) return now === stored;
  return equalBytes(now.version.wrapped, stored.version.wrapped);
}
