// Using keys, and their names. Plaintexts arrive and leave as guarded bytes.

import { type Bytes, base64, decodeBase64 } from '../../../base/bytes.ts';
import { decrypt } from '../../../core/operations/crypto/decrypt.ts';
import { encrypt, type SealedMessage } from '../../../core/operations/crypto/encrypt.ts';
import {
  generateDataKey,
  generateWrappedDataKey,
} from '../../../core/operations/crypto/generate-data-key.ts';
import { generateRandom } from '../../../core/operations/crypto/generate-random.ts';
import { reencrypt } from '../../../core/operations/crypto/reencrypt.ts';
import { createName, deleteName, listNames, updateName } from '../../../core/operations/names/names.ts';
import { invalidInput } from '../../../domain/errors.ts';
import { type MessageContext, NO_CONTEXT } from '../../../domain/message-context.ts';
import { keySelector } from '../names.ts';
import { type Call, cursorOf, pageOf, type Route, route } from '../route.ts';
import {
  ciphertextReply,
  dataKeyBody,
  dataKeyReply,
  decryptBody,
  encryptBody,
  listNamesQuery,
  nameBody,
  nameQuery,
  nameReply,
  namesReply,
  newNameBody,
  plaintextReply,
  randomBody,
  randomReply,
  reencryptBody,
  reencryptReply,
} from '../shapes/keys.ts';

type Entries = Readonly<Record<string, string>> | undefined;

const namedKey = ({ params }: Call) => ({ key: keySelector(params.key ?? '') });

function contextOf(entries: Entries): MessageContext {
  return entries === undefined || Object.keys(entries).length === 0 ? NO_CONTEXT : { kind: 'map', entries };
}

/** So that rules can have conditions on it: `context.department`. */
const contextAttributes = ({ body }: { readonly body: { readonly context?: Entries } }) =>
  Object.fromEntries(Object.entries(body.context ?? {}).map(([name, value]) => [`context.${name}`, value]));

function ciphertextOf(text: string): Bytes {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw invalidInput('ciphertext', 'must be base64');
  return bytes;
}

function plaintextOf({ secret }: Call): Bytes {
  if (secret === undefined) throw invalidInput('plaintext', 'must be base64');
  return secret;
}

const sealed = ({ by, ciphertext }: SealedMessage) => ({
  keyId: by.key.id,
  version: by.version.number,
  ciphertext: base64(ciphertext),
});

const USE = { method: 'POST', realm: 'project', noun: 'use of keys' } as const;
const NAMES = { path: '/names', realm: 'project', noun: 'names' } as const;

export const CRYPTO_ROUTES: readonly Route[] = [
  route({
    ...USE,
    path: '/keys/:key/encrypt',
    summary: 'Encrypts up to 64 KiB under the primary version.',
    permission: 'key.encrypt',
    body: encryptBody,
    secret: 'plaintext',
    reply: ciphertextReply,
    operation: encrypt,
    attributes: contextAttributes,
    decode: call => ({
      ...namedKey(call),
      plaintext: plaintextOf(call),
      context: contextOf(call.body.context),
    }),
    encode: sealed,
  }),
  route({
    ...USE,
    path: '/keys/:key/decrypt',
    summary: 'Decrypts a ciphertext that was made under this key.',
    permission: 'key.decrypt',
    body: decryptBody,
    reply: plaintextReply,
    operation: decrypt,
    attributes: contextAttributes,
    decode: call => ({
      ...namedKey(call),
      ciphertext: ciphertextOf(call.body.ciphertext),
      context: contextOf(call.body.context),
    }),
    encode: ({ by, plaintext }) => ({ keyId: by.key.id, version: by.version.number, plaintext }),
  }),
  route({
    ...USE,
    path: '/decrypt',
    summary: 'Decrypts a ciphertext under the key that it names.',
    permission: 'key.decrypt',
    body: decryptBody,
    reply: plaintextReply,
    operation: decrypt,
    attributes: contextAttributes,
    decode: ({ body }) => ({ ciphertext: ciphertextOf(body.ciphertext), context: contextOf(body.context) }),
    encode: ({ by, plaintext }) => ({ keyId: by.key.id, version: by.version.number, plaintext }),
  }),
  route({
    ...USE,
    path: '/reencrypt',
    summary: 'Takes a ciphertext off its key and puts it onto another. Demands key.reencryptTo there.',
    permission: 'key.reencryptFrom',
    body: reencryptBody,
    reply: reencryptReply,
    operation: reencrypt,
    decode: ({ body }) => ({
      source: { ciphertext: ciphertextOf(body.ciphertext), context: contextOf(body.context) },
      destination: { key: keySelector(body.key), context: contextOf(body.newContext) },
    }),
    encode: ({ from, ...to }) => ({
      fromKeyId: from.key.id,
      fromVersion: from.version.number,
      ...sealed(to),
    }),
  }),
  route({
    ...USE,
    path: '/keys/:key/data-keys',
    summary: 'Makes a data key: random bytes, and the same encrypted under the key.',
    permission: 'key.generateDataKey',
    body: dataKeyBody,
    reply: dataKeyReply,
    operation: generateDataKey,
    attributes: contextAttributes,
    decode: call => ({
      ...namedKey(call),
      bytes: call.body.bytes,
      context: contextOf(call.body.context),
    }),
    encode: ({ plaintext, ...rest }) => ({ ...sealed(rest), plaintext }),
  }),
  route({
    ...USE,
    path: '/keys/:key/wrapped-data-keys',
    summary: 'Makes a data key and shows it encrypted only.',
    permission: 'key.generateWrappedDataKey',
    body: dataKeyBody,
    reply: ciphertextReply,
    operation: generateWrappedDataKey,
    attributes: contextAttributes,
    decode: call => ({
      ...namedKey(call),
      bytes: call.body.bytes,
      context: contextOf(call.body.context),
    }),
    encode: sealed,
  }),
  route({
    ...USE,
    path: '/random',
    summary: 'Gives random bytes, of which nothing is kept.',
    permission: 'random.generate',
    body: randomBody,
    reply: randomReply,
    operation: generateRandom,
    decode: ({ body }) => body,
    encode: bytes => ({ bytes }),
  }),
  route({
    ...NAMES,
    method: 'POST',
    summary: 'Gives a key a name.',
    permission: 'name.create',
    status: 201,
    body: newNameBody,
    reply: nameReply,
    operation: createName,
    decode: ({ body }) => ({ ...body, key: keySelector(body.key) }),
    encode: name => name,
  }),
  route({
    ...NAMES,
    method: 'PUT',
    summary: 'Points a name at another key of the same algorithm and usages.',
    permission: 'name.update',
    body: nameBody,
    reply: nameReply,
    operation: updateName,
    decode: ({ body }) => ({ ...body, key: keySelector(body.key) }),
    encode: name => name,
  }),
  route({
    ...NAMES,
    method: 'GET',
    summary: 'Lists names: of a project, of a namespace, of a key.',
    permission: 'name.read',
    query: listNamesQuery,
    reply: namesReply,
    operation: listNames,
    decode: call => ({
      page: pageOf(call),
      namespace: call.query.namespace,
      key: call.query.key === undefined ? undefined : keySelector(call.query.key),
    }),
    encode: ({ items, next }, call) => ({ items, ...cursorOf(call, next) }),
  }),
  route({
    ...NAMES,
    method: 'DELETE',
    summary: 'Takes a name away; the key stays.',
    permission: 'name.delete',
    query: nameQuery,
    reply: nameReply,
    operation: deleteName,
    decode: ({ query }) => query,
    encode: name => name,
  }),
];
