// What operations have in common that look for no object: nothing is found, and nothing of it is told.

import type { Permission } from '../../domain/permission.ts';
import type { Demand } from '../operation.ts';

/** Whoever has authenticated may. */
export const forEveryCaller = {
  disclosure: 'denied',
  find: async (): Promise<undefined> => undefined,
  demands: (): readonly Demand[] => [],
} as const;

/** Whoever has the permission in the whole system may. */
export function onSystem(permission: Permission) {
  return {
    disclosure: 'denied',
    find: async (): Promise<undefined> => undefined,
    demands: (): readonly Demand[] => [{ permission, place: {} }],
  } as const;
}
