// Secret stores: those that custody offers, and which of them the project of the token prefers for what is new. Where there is one alone
// nothing is to be chosen, and every address is 404, as in a Barbican without several back ends.

import { must } from '../../../base/assert.ts';
import { execute } from '../../../core/execute.ts';
import {
  preferSecretStore,
  readSecretStores,
  type ShownSecretStores,
} from '../../../core/operations/secrets/secret-stores.ts';
import type { MaterialLevel } from '../../../domain/key.ts';
import { type BarbicanRefusal, refusal } from '../refusal.ts';
import { type Answer, type Call, NO_CONTENT, type Route } from '../route.ts';
import type { Shape } from '../shapes.ts';
import { timeText } from '../times.ts';

/** In the words of Barbican's own stores, which are the nearest that its clients know. The ids are the same in every installation. */
const STORES = {
  software: {
    id: '0d7b4a5e-6c1f-4f0a-9a43-2f8f5f1b7c01',
    name: 'Software Only Crypto',
    cryptoPlugin: 'simple_crypto',
  },
  hsmWrapped: {
    id: '0d7b4a5e-6c1f-4f0a-9a43-2f8f5f1b7c02',
    name: 'PKCS11 HSM',
    cryptoPlugin: 'p11_crypto',
  },
} as const satisfies Record<MaterialLevel, unknown>;

/** What every request here begins with. Throws 403, and 404 where there is nothing to choose from. */
async function stores({ kms, context }: Call): Promise<ShownSecretStores> {
  const found = await execute(kms, readSecretStores, context, undefined);
  if (found.offered.length > 1) return found;
  throw refusal(404, 'Not Found. Multiple backends support is not enabled in service configuration.');
}

function shape({ url }: Call, { offered, since }: ShownSecretStores, store: MaterialLevel): Shape {
  const { id, name, cryptoPlugin } = STORES[store];
  return {
    created: timeText(since),
    updated: timeText(since),
    status: 'ACTIVE',
    name,
    global_default: store === offered[0],
    crypto_plugin: cryptoPlugin,
    secret_store_plugin: 'store_crypto',
    secret_store_ref: `${url()}/v1/secret-stores/${id}`,
  };
}

function named({ params }: Call, { offered }: ShownSecretStores): MaterialLevel {
  const found = offered.find(store => STORES[store].id === params.store);
  if (found === undefined) throw refusal(404, 'Not Found. Secret store not found.');
  return found;
}

function noPreference(): BarbicanRefusal {
  return refusal(404, 'Not Found. No preferred secret store defined for this project.');
}

async function list(call: Call): Promise<Answer> {
  const found = await stores(call);
  return { status: 200, body: { secret_stores: found.offered.map(store => shape(call, found, store)) } };
}

async function showDefault(call: Call): Promise<Answer> {
  const found = await stores(call);
  const first = must(found.offered[0], 'there is a store');
  return { status: 200, body: shape(call, found, first) };
}

async function showPreferred(call: Call): Promise<Answer> {
  const found = await stores(call);
  if (found.preferred === undefined) throw noPreference();
  return { status: 200, body: shape(call, found, found.preferred) };
}

async function show(call: Call): Promise<Answer> {
  const found = await stores(call);
  return { status: 200, body: shape(call, found, named(call, found)) };
}

async function prefer(call: Call): Promise<Answer> {
  const store = named(call, await stores(call));
  await execute(call.kms, preferSecretStore, call.context, { store });
  return NO_CONTENT;
}

/** Whichever store the address names, as by Barbican: a project has one preference. */
async function preferNone(call: Call): Promise<Answer> {
  named(call, await stores(call));
  await execute(call.kms, preferSecretStore, call.context, { store: undefined });
  return NO_CONTENT;
}

export const STORE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/secret-stores', serve: list },
  { method: 'GET', path: '/v1/secret-stores/global-default', serve: showDefault },
  { method: 'GET', path: '/v1/secret-stores/preferred', serve: showPreferred },
  { method: 'GET', path: '/v1/secret-stores/:store', serve: show },
  { method: 'POST', path: '/v1/secret-stores/:store/preferred', serve: prefer },
  { method: 'DELETE', path: '/v1/secret-stores/:store/preferred', serve: preferNone },
];
