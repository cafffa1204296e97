// What the service says of itself: its version, and that it has neither transport keys nor certificate authorities.

import { execute } from '../../../core/execute.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { readQuotas } from '../../../core/operations/secrets/quotas.ts';
import { refusal } from '../refusal.ts';
import type { Answer, Call, Route } from '../route.ts';
import { oneVersion } from '../versions.ts';

async function showVersion({ kms, context, url, version }: Call): Promise<Answer> {
  await execute(kms, answerRequest, context, { asked: 'GET /v1' });
  return { status: 200, body: oneVersion(url(), version) };
}

/** Only one of Barbican's back ends ever had such keys, and no store of ours has them. */
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

/** Barbican's certificate authorities are gone; the commands of older clients still ask for them. */
async function refuseAuthorities(): Promise<Answer> {
  throw refusal(404, 'Not Found. There are no certificate authorities.');
}

export const SERVICE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1', serve: showVersion },
  { method: 'GET', path: '/v1/transport_keys', serve: listTransportKeys },
  { method: 'POST', path: '/v1/transport_keys', takes: 'json', serve: refuseNewTransportKey },
  { method: 'GET', path: '/v1/transport_keys/:id', serve: refuseTransportKey },
  { method: 'DELETE', path: '/v1/transport_keys/:id', serve: refuseTransportKey },
  { method: 'GET', path: '/v1/cas', serve: refuseAuthorities },
];
