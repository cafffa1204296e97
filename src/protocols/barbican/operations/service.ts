// What the service says of itself: its version, its secret stores, its transport keys.

import { execute } from '../../../core/execute.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { readQuotas } from '../../../core/operations/secrets/quotas.ts';
import type { ProtectionLevel } from '../../../domain/key.ts';
import { refusal } from '../refusal.ts';
import type { Answer, Call, Route } from '../route.ts';
import type { Shape } from '../shapes.ts';
import { oneVersion } from '../versions.ts';

async function showVersion({ kms, context, url, version }: Call): Promise<Answer> {
  await execute(kms, answerRequest, context, { asked: 'GET /v1' });
  return { status: 200, body: oneVersion(url(), version) };
}

interface SecretStoreRow {
  readonly id: string;
  readonly name: string;
  readonly plugin: string;
}

/** One for each place in which custody keeps keys. Their ids are the same in every installation. */
const STORES = {
  software: { id: '5b0e4b40-7f6b-4a52-9c1d-1f0d3c6e8a01', name: 'Software', plugin: 'store_crypto' },
  hsm: { id: '5b0e4b40-7f6b-4a52-9c1d-1f0d3c6e8a02', name: 'PKCS#11 token', plugin: 'p11_crypto' },
} as const satisfies Record<ProtectionLevel, SecretStoreRow>;

/** The instant that stores are shown with: they are a part of the program. */
const STORES_SINCE = '2026-01-01T00:00:00';

function storeShape(url: string, level: ProtectionLevel): Shape {
  const { id, name, plugin } = STORES[level];
  return {
    created: STORES_SINCE,
    updated: STORES_SINCE,
    status: 'ACTIVE',
    name,
    global_default: level === 'software',
    secret_store_plugin: 'store_crypto',
    crypto_plugin: plugin === 'store_crypto' ? 'simple_crypto' : plugin,
    secret_store_ref: `${url}/v1/secret-stores/${id}`,
  };
}

/** Throws 404 where there is nothing to choose from, as Barbican does without several back ends. */
async function storeLevels({ kms, context }: Call): Promise<readonly ProtectionLevel[]> {
  await execute(kms, readQuotas, context, undefined);
  const levels = kms.custody.protectionLevels;
  if (levels.length < 2) throw refusal(404, 'There is one secret store, and nothing to choose from.');
  return levels;
}

async function listStores(call: Call): Promise<Answer> {
  const levels = await storeLevels(call);
  return { status: 200, body: { secret_stores: levels.map(level => storeShape(call.url(), level)) } };
}

async function showStore(call: Call): Promise<Answer> {
  const level = (await storeLevels(call)).find(candidate => STORES[candidate].id === call.params.store);
  if (level === undefined) throw refusal(404, 'Not Found. Secret store not found.');
  return { status: 200, body: storeShape(call.url(), level) };
}

async function showDefaultStore(call: Call): Promise<Answer> {
  await storeLevels(call);
  return { status: 200, body: storeShape(call.url(), 'software') };
}

async function refusePreferred(call: Call): Promise<Answer> {
  await storeLevels(call);
  throw refusal(404, 'No preferred secret store is defined for the project.');
}

/** Only one of Barbican's back ends ever had such keys, and none of ours has. */
async function listTransportKeys({ kms, context }: Call): Promise<Answer> {
  await execute(kms, readQuotas, context, undefined);
  return { status: 200, body: { transport_keys: [], total: 0 } };
}

async function refuseTransportKey(): Promise<Answer> {
  throw refusal(404, 'Not Found. Transport Key not found.');
}

async function refuseNewTransportKey(): Promise<Answer> {
  throw refusal(403, 'No secret store here takes payloads under transport keys.');
}

export const SERVICE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1', serve: showVersion },
  { method: 'GET', path: '/v1/secret-stores', serve: listStores },
  { method: 'GET', path: '/v1/secret-stores/global-default', serve: showDefaultStore },
  { method: 'GET', path: '/v1/secret-stores/preferred', serve: refusePreferred },
  { method: 'GET', path: '/v1/secret-stores/:store', serve: showStore },
  { method: 'POST', path: '/v1/secret-stores/:store/preferred', serve: refusePreferred },
  { method: 'DELETE', path: '/v1/secret-stores/:store/preferred', serve: refusePreferred },
  { method: 'GET', path: '/v1/transport_keys', serve: listTransportKeys },
  { method: 'POST', path: '/v1/transport_keys', takes: 'json', serve: refuseNewTransportKey },
  { method: 'GET', path: '/v1/transport_keys/:id', serve: refuseTransportKey },
  { method: 'DELETE', path: '/v1/transport_keys/:id', serve: refuseTransportKey },
];
