// Keys: made, brought in and taken out, described, listed, moved. Their states and versions are in key-life.ts.

import { base64 } from '../../../base/bytes.ts';
import { createKey } from '../../../core/operations/keys/create-key.ts';
import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import { exportKey } from '../../../core/operations/keys/export-key.ts';
import { importKey } from '../../../core/operations/keys/import-key.ts';
import { readLastUse } from '../../../core/operations/keys/last-use.ts';
import { listKeys } from '../../../core/operations/keys/list-keys.ts';
import { listVersions } from '../../../core/operations/keys/list-versions.ts';
import { moveKey } from '../../../core/operations/keys/move-key.ts';
import { searchKeys } from '../../../core/operations/keys/search-keys.ts';
import { tagKey, updateKey } from '../../../core/operations/keys/update-key.ts';
import { listLinks, listLinksTo } from '../../../core/operations/links/key-links.ts';
import type { KeyVersion } from '../../../domain/key.ts';
import { cursorOf, pageOf, type Route, route } from '../route.ts';
import { listQuery } from '../shapes/common.ts';
import {
  createKeyBody,
  exportBody,
  exportReply,
  importKeyBody,
  keyReply,
  keysReply,
  lastUseReply,
  linksReply,
  linksToQuery,
  linksToReply,
  listKeysQuery,
  moveBody,
  tagsBody,
  updateKeyBody,
  versionsReply,
} from '../shapes/keys.ts';
import { searchKeysBody, searchKeysReply } from '../shapes/search.ts';
import { act, keyOf, materialOf, namedKey, ONE_KEY } from './one-key.ts';

function versionOf({ publicKey, ...version }: Omit<KeyVersion, 'wrapped'>) {
  return publicKey === undefined ? version : { ...version, publicKey: base64(publicKey) };
}

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
    method: 'POST',
    path: '/keys/import',
    realm: 'project',
    noun: 'keys',
    summary: 'Makes a key from material that was made elsewhere.',
    permission: 'key.import',
    status: 201,
    body: importKeyBody,
    secret: 'material',
    reply: keyReply,
    operation: importKey,
    decode(call) {
      const { material: _m, transported: _t, wrapped: _w, location = call.location, ...facts } = call.body;
      return { ...facts, location, material: materialOf(call) };
    },
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
    method: 'POST',
    path: '/keys/search',
    realm: 'project',
    noun: 'keys',
    summary: 'Finds keys by what is known of them, in the key rings whose keys the caller may list.',
    permission: 'key.list',
    body: searchKeysBody,
    reply: searchKeysReply,
    operation: searchKeys,
    decode({ body: { offset, limit, names, ...criteria } }) {
      return { ...criteria, window: { offset, limit }, withNames: names };
    },
    encode: ({ items, next, total }) => ({
      items: items.map(({ key, names }) => ({ key, names })),
      next,
      total,
    }),
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
    summary: 'Changes the label and the description of a key.',
    permission: 'key.update',
    body: updateKeyBody,
    operation: updateKey,
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
    ...act('/move'),
    summary:
      'Moves a key to another key ring, whose roles and rules reach it from then on. Demands it on both.',
    permission: 'key.update',
    body: moveBody,
    operation: moveKey,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/export'),
    summary: 'Takes the material of an exportable key out.',
    permission: 'key.export',
    body: exportBody,
    reply: exportReply,
    operation: exportKey,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: ({ of: { key, version }, material }) => ({
      keyId: key.id,
      version: version.number,
      algorithm: key.algorithm,
      material,
    }),
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
    ...act('/links'),
    method: 'GET',
    summary: 'Lists what other keys are to a key: what it was derived from, what has replaced it, and more.',
    permission: 'key.read',
    reply: linksReply,
    operation: listLinks,
    decode: namedKey,
    encode: ({ links }) => ({ items: links }),
  }),
  route({
    ...act('/links-to'),
    method: 'GET',
    summary:
      'Lists the links of other keys that lead to a key, such as those of all that were derived from it.',
    permission: 'key.read',
    query: linksToQuery,
    reply: linksToReply,
    operation: listLinksTo,
    decode: call => ({ ...namedKey(call), type: call.query.type, page: pageOf(call) }),
    encode: ({ items, next }, call) => ({ items, ...cursorOf(call, next) }),
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
