// The import token of an instance: a public key and a nonce, under which key material is brought in.

import { base64 } from '../../../base/bytes.ts';
import {
  createTransportKey,
  readTransportKey,
  type TransportKeyFacts,
} from '../../../core/operations/transport/transport-keys.ts';
import { dateText } from '../collections.ts';
import { KeyProtectRefusal } from '../fault.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { pemText } from '../pem.ts';
import { perform, type Told } from '../request.ts';
import type { Answer, Call, Route } from '../route.ts';

const SECOND_MS = 1_000;
const EXPIRATION_SECONDS = 600;
const RETRIEVALS = 1;

const TOLD: Told = {
  notFound: () =>
    new KeyProtectRefusal(
      { kind: 'bare', status: 404, message: 'There is no import token in this instance.' },
      'notFound',
    ),
};

const factsBody = ({ createdAt, expiresAt, readsMax, readsLeft }: TransportKeyFacts) => ({
  creationDate: dateText(createdAt),
  expirationDate: dateText(expiresAt),
  maxAllowedRetrievals: readsMax,
  remainingRetrievals: readsLeft,
});

async function serveCreate({ request, query, body }: Call): Promise<Answer> {
  query.end();
  const seconds = body.integer('expiration', 300, 86_400) ?? EXPIRATION_SECONDS;
  const readsMax = body.integer('maxAllowedRetrievals', 1, 500) ?? RETRIEVALS;
  body.end();
  const made = await perform(request, createTransportKey, {
    owner: PROTOCOL_NAME,
    algorithm: 'rsa-4096',
    lifetimeMs: seconds * SECOND_MS,
    readsMax,
  });
  return { status: 200, noun: 'importToken', body: factsBody(made) };
}

async function serveGet({ request, query }: Call): Promise<Answer> {
  query.end();
  const read = await perform(request, readTransportKey, { owner: PROTOCOL_NAME }, TOLD);
  const pem = pemText('PUBLIC KEY', read.publicKey);
  return {
    status: 200,
    noun: 'importToken',
    body: {
      ...factsBody(read),
      payload: Buffer.from(pem, 'latin1').toString('base64'),
      nonce: base64(read.nonce),
    },
  };
}

const PATH = '/api/v2/import_token';

export const IMPORT_TOKEN_ROUTES: readonly Route[] = [
  { method: 'POST', path: PATH, failed: 'Import token could not be created', serve: serveCreate },
  { method: 'GET', path: PATH, failed: 'Import token could not be retrieved', serve: serveGet },
];
