// The operations on what guards and brings in keys: registrations, dual control, transport keys; and the search for keys.

import type { KeySelector } from '../../src/core/find-key.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import * as dualControl from '../../src/core/operations/keys/dual-control.ts';
import { countKeys, searchKeys } from '../../src/core/operations/keys/search-keys.ts';
import { walkKeys } from '../../src/core/operations/keys/walk-keys.ts';
import {
  listRegistrations,
  readRegistration,
} from '../../src/core/operations/registrations/list-registrations.ts';
import * as registrations from '../../src/core/operations/registrations/registrations.ts';
import * as transport from '../../src/core/operations/transport/transport-keys.ts';
import { type Bench, uniqueName } from './bench.ts';
import { aKey, byId, type Trial, trial } from './trial.ts';

async function aControlledKey(bench: Bench): Promise<{ readonly key: KeySelector }> {
  const { key } = await bench.do(createKey, { algorithm: 'aes-256', location: 'here', dualControl: true });
  return { key: byId(key.id) };
}

const A_TRANSPORT_KEY = { algorithm: 'rsa-2048', lifetimeMs: 600_000, readsMax: 2 } as const;

async function aTransportKey(bench: Bench): Promise<{ readonly owner: string }> {
  const { owner } = await bench.do(transport.createTransportKey, { ...A_TRANSPORT_KEY, owner: uniqueName() });
  return { owner };
}

async function aRegistration(
  bench: Bench,
): Promise<{ readonly key: KeySelector; readonly resource: string }> {
  const registration = { ...(await aKey(bench)), resource: uniqueName() };
  await bench.do(registrations.createRegistration, registration);
  return registration;
}

export const GUARD_TRIALS: readonly Trial[] = [
  trial(transport.createTransportKey, async bench => ({
    ...A_TRANSPORT_KEY,
    ...(await aTransportKey(bench)),
  })),
  trial(transport.readTransportKey, aTransportKey),
  trial(transport.eraseTransportKey, aTransportKey),
  trial(dualControl.requireDualControl, aKey),
  trial(dualControl.approveDestruction, aControlledKey),
  trial(dualControl.withdrawApproval, async bench => {
    const key = await aControlledKey(bench);
    await bench.do(dualControl.approveDestruction, key);
    return key;
  }),
  trial(
    registrations.createRegistration,
    async bench => ({ ...(await aKey(bench)), resource: 'volume', preventsDestruction: true }),
    { repeated: 'alreadyExists' },
  ),
  trial(registrations.updateRegistration, async bench => ({
    ...(await aRegistration(bench)),
    preventsDestruction: true,
  })),
  trial(registrations.replaceRegistration, async bench => ({
    ...(await aRegistration(bench)),
    preventsDestruction: true,
    description: 'new',
    metadata: '',
    keyVersion: undefined,
  })),
  trial(registrations.deleteRegistration, aRegistration, { repeated: 'notFound' }),
  trial(readRegistration, aRegistration),
  trial(listRegistrations, async () => ({ window: { offset: 0, limit: 10 }, total: true })),
  trial(searchKeys, async () => ({
    window: { offset: 0, limit: 10 },
    total: true,
    withNames: 'test',
    withFacet: 'test',
  })),
  trial(countKeys, async () => ({ states: ['active' as const] })),
  trial(walkKeys, async () => ({
    states: ['active' as const],
    ofKind: () => false,
    marks: [['a']],
    candidates: 10,
    withFacet: 'test',
  })),
];
