// The life of keys.

import { base64 } from '../../../base/bytes.ts';
import {
  cancelDestruction,
  disableKey,
  enableKey,
  scheduleDestruction,
} from '../../../core/operations/keys/change-state.ts';
import { createKey } from '../../../core/operations/keys/create-key.ts';
import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import { destroyKey } from '../../../core/operations/keys/destroy-key.ts';
import { readLastUse } from '../../../core/operations/keys/last-use.ts';
import { listKeys } from '../../../core/operations/keys/list-keys.ts';
import { listVersions } from '../../../core/operations/keys/list-versions.ts';
import { rotateKey } from '../../../core/operations/keys/rotate-key.ts';
import { scheduleRotation, tagKey, updateKeyDescription } from '../../../core/operations/keys/update-key.ts';
import type { KeyVersion, KeyWithVersion } from '../../../domain/key.ts';
import { keySelector } from '../names.ts';
import { type Call, cursorOf, pageOf, type Route, route } from '../route.ts';
import { listQuery } from '../shapes/common.ts';
import {
  createKeyBody,
  destructionBody,
  keyReply,
  keysReply,
  lastUseReply,
  listKeysQuery,
  rotationBody,
  tagsBody,
  updateKeyBody,
  versionsReply,
} from '../shapes/keys.ts';

const namedKey = ({ params }: Call) => ({ key: keySelector(params.key ?? '') });
const keyOf = ({ key }: KeyWithVersion) => key;

function versionOf({ publicKey, ...version }: Omit<KeyVersion, 'wrapped'>) {
  return publicKey === undefined ? version : { ...version, publicKey: base64(publicKey) };
}

const ONE_KEY = { path: '/keys/:key', realm: 'project', noun: 'keys', reply: keyReply } as const;
const act = (path: string) => ({ ...ONE_KEY, method: 'POST', path: `/keys/:key${path}` }) as const;

export const KEY_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/keys',
    realm: 'project',
    noun: 'keys',
    summary: 'Makes a key with its first version.',
    permission: 'key.create',
    status: 201,
    body: createKeyBody,
    reply: keyReply,
    operation: createKey,
    decode: ({ body, location }) => ({ ...body, location: body.location ?? location }),
    encode: keyOf,
  }),
  route({
    method: 'GET',
    path: '/keys',
    realm: 'project',
    noun: 'keys',
    summary: 'Lists the keys of a project.',
    permission: 'key.list',
    query: listKeysQuery,
    reply: keysReply,
    operation: listKeys,
    decode: call => ({
      page: pageOf(call),
      location: call.query.location,
      keyRingId: call.query.keyRing,
      states: call.query.state === undefined ? undefined : [call.query.state],
    }),
    encode: ({ items, next }, call) => ({ items, ...cursorOf(call, next) }),
  }),
  route({
    ...ONE_KEY,
    method: 'GET',
    summary: 'Shows the metadata of a key.',
    permission: 'key.read',
    operation: describeKey,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...ONE_KEY,
    method: 'PATCH',
    summary: 'Changes the description of a key.',
    permission: 'key.update',
    body: updateKeyBody,
    operation: updateKeyDescription,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/tags'),
    summary: 'Sets and removes tags.',
    permission: 'key.update',
    body: tagsBody,
    operation: tagKey,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/rotation'),
    method: 'PUT',
    summary: 'Has the key rotated again and again, for the first time one period from now.',
    permission: 'key.update',
    body: rotationBody,
    operation: scheduleRotation,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/rotation'),
    method: 'DELETE',
    summary: 'Ends the scheduled rotation.',
    permission: 'key.update',
    operation: scheduleRotation,
    decode: call => ({ ...namedKey(call), periodMs: undefined }),
    encode: keyOf,
  }),
  route({
    ...act('/rotate'),
    summary: 'Makes a new primary version now; older ones still decrypt.',
    permission: 'key.rotate',
    operation: rotateKey,
    decode: call => ({ ...namedKey(call), cause: 'requestedRotation' as const }),
    encode: keyOf,
  }),
  route({
    ...act('/enable'),
    summary: 'Enables a disabled key.',
    permission: 'key.enable',
    operation: enableKey,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/disable'),
    summary: 'Disables a key at once, for every protocol.',
    permission: 'key.disable',
    operation: disableKey,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/schedule-destruction'),
    summary: 'Disables a key and destroys it after the delay.',
    permission: 'key.destroy',
    body: destructionBody,
    operation: scheduleDestruction,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/cancel-destruction'),
    summary: 'Cancels a scheduled destruction. The key stays disabled.',
    permission: 'key.destroy',
    operation: cancelDestruction,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/purge'),
    summary: 'Destroys a key at once and for good. What it has encrypted is lost.',
    permission: 'key.purge',
    operation: destroyKey,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/versions'),
    method: 'GET',
    summary: 'Lists the versions of a key, oldest first.',
    permission: 'key.read',
    query: listQuery,
    reply: versionsReply,
    operation: listVersions,
    decode: call => ({ ...namedKey(call), page: pageOf(call) }),
    encode: ({ items, next }, call) => ({ items: items.map(versionOf), ...cursorOf(call, next) }),
  }),
  route({
    ...act('/last-use'),
    method: 'GET',
    summary: 'Shows the last successful cryptographic use of a key, as the audit log has it.',
    permission: 'key.read',
    reply: lastUseReply,
    operation: readLastUse,
    decode: namedKey,
    // The whole entry is for auditors: who used the key for what.
    encode: ({ of, entry }) => ({
      keyId: of.key.id,
      use:
        entry === undefined
          ? undefined
          : { index: entry.index, at: entry.entry.at, operation: entry.entry.operation },
    }),
  }),
];
