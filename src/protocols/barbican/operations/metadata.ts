// What clients keep beside a secret: `/v1/secrets/{id}/metadata`.

import { execute } from '../../../core/execute.ts';
import { readSecret } from '../../../core/operations/secrets/read-secret.ts';
import { changeMetadata, type MetadataChange } from '../../../core/operations/secrets/secret-metadata.ts';
import type { Secret } from '../../../domain/secret.ts';
import { readObject } from '../body.ts';
import { Members } from '../members.ts';
import { refusal } from '../refusal.ts';
import { type Answer, type Call, NO_CONTENT, type Route } from '../route.ts';
import { secretRef } from '../shapes.ts';
import { secretId } from './secrets.ts';

const SCHEMA = 'SecretMetadata';
const NAME = /^[A-Za-z0-9_-]*$/;

async function metadataOf(call: Call): Promise<Secret['metadata']> {
  const { secret } = await execute(call.kms, readSecret, call.context, { id: secretId(call) });
  return secret.metadata;
}

async function change(call: Call, made: MetadataChange): Promise<void> {
  await execute(call.kms, changeMetadata, call.context, { id: secretId(call), change: made });
}

function metadataRef(call: Call): string {
  return `${secretRef(call.url(), secretId(call))}/metadata`;
}

function readName(members: Members, text: string): string {
  return NAME.test(text)
    ? text.toLowerCase()
    : members.refuse('metadata keys have letters, digits, - and _ only');
}

function readPair(call: Call): { readonly key: string; readonly value: string } {
  const members = new Members(SCHEMA, readObject(call.body));
  const stray = members.names().find(name => name !== 'key' && name !== 'value');
  if (stray !== undefined) return members.refuse(`Additional properties are not allowed: ${stray}`);
  const key = members.text('key');
  const value = members.text('value');
  if (key === undefined || value === undefined) return members.refuse('key and value are required');
  return { key: readName(members, key), value };
}

function namedKey({ params }: Call): string {
  return params.key ?? '';
}

async function showAll(call: Call): Promise<Answer> {
  return { status: 200, body: { metadata: await metadataOf(call) } };
}

async function replaceAll(call: Call): Promise<Answer> {
  const given = new Members(SCHEMA, readObject(call.body)).object('metadata');
  if (given === undefined) throw refusal(400, 'The body must have metadata.');
  const replace = Object.fromEntries(
    given
      .names()
      .map(name => [
        readName(given, name),
        given.text(name, { charactersMax: 16_384 }) ?? given.refuse('metadata values are texts'),
      ]),
  );
  await change(call, { replace });
  return { status: 201, body: { metadata_ref: metadataRef(call) } };
}

async function addOne(call: Call): Promise<Answer> {
  const { key, value } = readPair(call);
  await change(call, { set: key, text: value, expected: 'absent' });
  return { status: 201, body: { key, value }, location: `${metadataRef(call)}/${key}` };
}

async function showOne(call: Call): Promise<Answer> {
  const key = namedKey(call);
  const metadata = await metadataOf(call);
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  if (value === undefined) throw refusal(404, 'Secret metadata not found.');
  return { status: 200, body: { key, value } };
}

async function setOne(call: Call): Promise<Answer> {
  const { key, value } = readPair(call);
  if (key !== namedKey(call)) {
    await showOne(call);
    throw refusal(409, 'The key in the body is another one than that in the path.');
  }
  await change(call, { set: key, text: value, expected: 'present' });
  return { status: 200, body: { key, value } };
}

async function removeOne(call: Call): Promise<Answer> {
  await change(call, { remove: namedKey(call) });
  return NO_CONTENT;
}

export const METADATA_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/secrets/:id/metadata', about: 'secret', serve: showAll },
  {
    method: 'PUT',
    path: '/v1/secrets/:id/metadata',
    about: 'secret',
    takes: 'json',
    needs: 'secret.update',
    serve: replaceAll,
  },
  {
    method: 'POST',
    path: '/v1/secrets/:id/metadata',
    about: 'secret',
    takes: 'json',
    needs: 'secret.update',
    serve: addOne,
  },
  { method: 'GET', path: '/v1/secrets/:id/metadata/:key', about: 'secret', serve: showOne },
  {
    method: 'PUT',
    path: '/v1/secrets/:id/metadata/:key',
    about: 'secret',
    takes: 'json',
    needs: 'secret.update',
    serve: setOne,
  },
  { method: 'DELETE', path: '/v1/secrets/:id/metadata/:key', about: 'secret', serve: removeOne },
];
