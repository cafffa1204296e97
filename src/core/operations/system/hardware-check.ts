// What the token has and no key knows: objects that a crash between token and store has left. Nothing that may yet become a key is
// erased: whoever asks for it names objects that were orphans before, and each is looked at again.

import { LIMITS } from '../../../domain/limits.ts';
import type { Permission } from '../../../domain/permission.ts';
import { requireWithin } from '../../checks.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import type { HardwareObject } from '../../ports/custody.ts';

export interface HardwareReport {
  readonly objects: number;
  /** Those that no version names. */
  readonly orphans: readonly HardwareObject[];
}

const ofSystem = (name: string, permission: Permission) =>
  ({
    name: `system.${name}`,
    disclosure: 'denied',
    find: async () => undefined,
    demands: () => [{ permission, place: {} }],
  }) as const;

export const checkHardware: UseOperation<undefined, undefined, HardwareReport> = {
  ...ofSystem('hardware.check', 'system.read'),
  kind: 'read',
  run: kms => report(kms),
  record: () => ({ targets: [{ type: 'system', id: 'hardware' }] }),
};

export interface EraseOrphansInput {
  /** Names of objects that a check a minute ago or more has called orphans. */
  readonly names: readonly string[];
}

export const eraseOrphans: UseOperation<EraseOrphansInput, undefined, HardwareReport> = {
  ...ofSystem('hardware.erase', 'system.eraseHardware'),
  kind: 'use',
  check: ({ names }) => requireWithin('names', names.length, 1, LIMITS.pageItemsMax),
  /** What it gives back is what it has erased. */
  async run(kms, { input }) {
    const { objects, orphans } = await report(kms);
    const erased = orphans.filter(({ name }) => input.names.includes(name));
    for (const orphan of erased) await kms.custody.eraseObject(orphan);
    return { objects: objects - erased.length, orphans: erased };
  },
  record: (input, _target, output) => ({
    targets: [{ type: 'system', id: 'hardware' }],
    details: { asked: input.names.length, erased: output?.orphans.length },
  }),
};

async function report(kms: Kms): Promise<HardwareReport> {
  const objects = await kms.custody.hardwareObjects();
  const orphans: HardwareObject[] = [];
  for (const object of objects) if (await isOrphan(kms, object)) orphans.push(object);
  return { objects: objects.length, orphans };
}

async function isOrphan({ store, custody }: Kms, object: HardwareObject): Promise<boolean> {
  const found = await store.keys.findWithVersion(object.keyId, object.version);
  if (found === undefined || found.version.wrapped.length === 0) return true;
  return !(await custody.isObjectOf(object, found.key, found.version));
}
