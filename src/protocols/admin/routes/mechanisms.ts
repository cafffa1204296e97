// Using keys by mechanisms that the caller names.

import type { z } from 'zod';
import { type Bytes, base64 } from '../../../base/bytes.ts';
import { agree } from '../../../core/operations/crypto/agree.ts';
import { decapsulate } from '../../../core/operations/crypto/decapsulate.ts';
import { decryptBy } from '../../../core/operations/crypto/decrypt-by.ts';
import { encapsulate } from '../../../core/operations/crypto/encapsulate.ts';
import { encryptBy } from '../../../core/operations/crypto/encrypt-by.ts';
import { mac } from '../../../core/operations/crypto/mac.ts';
import { readPublicKey } from '../../../core/operations/crypto/read-public-key.ts';
import { sign } from '../../../core/operations/crypto/sign.ts';
import { verify } from '../../../core/operations/crypto/verify.ts';
import { verifyMac } from '../../../core/operations/crypto/verify-mac.ts';
import { wrapKey } from '../../../core/operations/crypto/wrap-key.ts';
import { deriveKey } from '../../../core/operations/keys/derive-key.ts';
import { invalidInput } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { keySelector } from '../names.ts';
import { type Call, type Route, route } from '../route.ts';
import { deriveBody, keyReply, plaintextReply } from '../shapes/keys.ts';
import {
  agreeBody,
  decapsulateBody,
  decryptByBody,
  encapsulateBody,
  encapsulateReply,
  encryptByBody,
  encryptByReply,
  macBody,
  macReply,
  publicKeyQuery,
  publicKeyReply,
  sharedSecretReply,
  signBody,
  signReply,
  verdictReply,
  verifyBody,
  verifyMacBody,
  wrapBody,
  wrapReply,
} from '../shapes/mechanisms.ts';
import { act, bytesOf, encryptionParametersOf, keyOf, namedKey, optionalBytes } from './one-key.ts';

const use = (path: string) => ({ ...act(path), noun: 'use of keys' }) as const;

const idAndVersion = ({ key, version }: KeyWithVersion) => ({ keyId: key.id, version: version.number });

function secretOf({ secret }: Call, field: string): Bytes {
  if (secret === undefined) throw invalidInput(field, 'must be base64');
  return secret;
}

function signing(call: Call<unknown, z.output<typeof signBody>>) {
  const { version, mechanism, prehashed, rawSignature, saltBytes, mgf1Digest, context } = call.body;
  return {
    ...namedKey(call),
    version,
    mechanism,
    message: secretOf(call, 'message'),
    parameters: {
      prehashed,
      rawSignature,
      saltBytes,
      mgf1Digest,
      context: optionalBytes('context', context),
    },
  };
}

function macing(call: Call<unknown, z.output<typeof macBody>>) {
  const { version, mechanism, tagBytes, iv } = call.body;
  return {
    ...namedKey(call),
    version,
    mechanism,
    message: secretOf(call, 'message'),
    parameters: { tagBytes, iv: optionalBytes('iv', iv) },
  };
}

const shown = (iv: Bytes | undefined) => (iv === undefined ? undefined : base64(iv));

export const MECHANISM_ROUTES: readonly Route[] = [
  route({
    ...use('/encrypt-by'),
    summary: 'Encrypts by a named mechanism, for other systems to decrypt.',
    permission: 'key.encrypt',
    body: encryptByBody,
    secret: 'plaintext',
    reply: encryptByReply,
    operation: encryptBy,
    decode: call => ({
      ...namedKey(call),
      version: call.body.version,
      mechanism: call.body.mechanism,
      plaintext: secretOf(call, 'plaintext'),
      parameters: encryptionParametersOf(call.body),
    }),
    encode: ({ by, ciphertext, iv, tagBytes }) => ({
      ...idAndVersion(by),
      ciphertext: base64(ciphertext),
      tagBytes,
      iv: shown(iv),
    }),
  }),
  route({
    ...use('/decrypt-by'),
    summary: 'Decrypts by a named mechanism.',
    permission: 'key.decrypt',
    body: decryptByBody,
    reply: plaintextReply,
    operation: decryptBy,
    decode: call => ({
      ...namedKey(call),
      version: call.body.version,
      mechanism: call.body.mechanism,
      ciphertext: bytesOf('ciphertext', call.body.ciphertext),
      parameters: encryptionParametersOf(call.body),
    }),
    encode: ({ by, plaintext }) => ({ ...idAndVersion(by), plaintext }),
  }),
  route({
    ...use('/sign'),
    summary: 'Signs a message or its digest.',
    permission: 'key.sign',
    body: signBody,
    secret: 'message',
    reply: signReply,
    operation: sign,
    decode: signing,
    encode: ({ by, signature }) => ({ ...idAndVersion(by), signature: base64(signature) }),
  }),
  route({
    ...use('/verify'),
    summary: 'Verifies a signature; a false one is the answer `valid: false`.',
    permission: 'key.verify',
    body: verifyBody,
    secret: 'message',
    reply: verdictReply,
    operation: verify,
    decode: call => ({ ...signing(call), signature: bytesOf('signature', call.body.signature) }),
    encode: ({ by, valid }) => ({ ...idAndVersion(by), valid }),
  }),
  route({
    ...use('/mac'),
    summary: 'Computes a message authentication code.',
    permission: 'key.mac',
    body: macBody,
    secret: 'message',
    reply: macReply,
    operation: mac,
    decode: macing,
    encode: ({ by, mac: computed, iv }) => ({ ...idAndVersion(by), mac: base64(computed), iv: shown(iv) }),
  }),
  route({
    ...use('/verify-mac'),
    summary: 'Verifies a message authentication code; a false one is the answer `valid: false`.',
    permission: 'key.verifyMac',
    body: verifyMacBody,
    secret: 'message',
    reply: verdictReply,
    operation: verifyMac,
    decode: call => ({ ...macing(call), mac: bytesOf('mac', call.body.mac) }),
    encode: ({ by, valid }) => ({ ...idAndVersion(by), valid }),
  }),
  route({
    ...use('/agree'),
    summary: 'Agrees on a shared secret with the public key of a peer.',
    permission: 'key.agree',
    body: agreeBody,
    reply: sharedSecretReply,
    operation: agree,
    decode: call => ({
      ...namedKey(call),
      version: call.body.version,
      peerPublicKey: bytesOf('peerPublicKey', call.body.peerPublicKey),
    }),
    encode: ({ by, sharedSecret }) => ({ ...idAndVersion(by), sharedSecret }),
  }),
  route({
    ...use('/encapsulate'),
    summary: 'Makes a shared secret, and its ciphertext for the owner of the private key.',
    permission: 'key.encapsulate',
    body: encapsulateBody,
    reply: encapsulateReply,
    operation: encapsulate,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: ({ by, ciphertext, sharedSecret }) => ({
      ...idAndVersion(by),
      ciphertext: base64(ciphertext),
      sharedSecret,
    }),
  }),
  route({
    ...use('/decapsulate'),
    summary: 'Gets a shared secret back from its ciphertext.',
    permission: 'key.decapsulate',
    body: decapsulateBody,
    reply: sharedSecretReply,
    operation: decapsulate,
    decode: call => ({
      ...namedKey(call),
      version: call.body.version,
      ciphertext: bytesOf('ciphertext', call.body.ciphertext),
    }),
    encode: ({ by, sharedSecret }) => ({ ...idAndVersion(by), sharedSecret }),
  }),
  route({
    ...use('/public-key'),
    method: 'GET',
    summary: 'Shows the public key of a pair.',
    permission: 'key.readPublic',
    query: publicKeyQuery,
    reply: publicKeyReply,
    operation: readPublicKey,
    decode: call => ({ ...namedKey(call), ...call.query }),
    encode: ({ of, algorithm, publicKey }) => ({
      ...idAndVersion(of),
      algorithm,
      publicKey: base64(publicKey),
    }),
  }),
  route({
    ...use('/wrap'),
    summary:
      'Takes the material of an exportable key out, wrapped under another key. Demands key.wrap there.',
    permission: 'key.export',
    alsoDemands: ['key.wrap'],
    body: wrapBody,
    reply: wrapReply,
    operation: wrapKey,
    decode: call => ({
      ...namedKey(call),
      version: call.body.version,
      under: keySelector(call.body.under),
      underVersion: call.body.underVersion,
      mechanism: call.body.mechanism,
      parameters: encryptionParametersOf(call.body),
    }),
    encode: ({ of, by, wrapped, iv }) => ({
      ...idAndVersion(of),
      underKeyId: by.key.id,
      underVersion: by.version.number,
      wrapped: base64(wrapped),
      iv: shown(iv),
    }),
  }),
  route({
    ...act('/derive'),
    summary:
      'Makes a key from the material of this one, exportable no more than it is. Demands key.create in its place.',
    permission: 'key.derive',
    alsoDemands: ['key.create'],
    status: 201,
    body: deriveBody,
    reply: keyReply,
    operation: deriveKey,
    decode(call) {
      const {
        version,
        salt,
        info,
        iterations,
        peerPublicKey,
        location = call.location,
        ...facts
      } = call.body;
      return {
        ...facts,
        location,
        base: namedKey(call).key,
        linked: true,
        baseVersion: version,
        parameters: {
          salt: optionalBytes('salt', salt),
          info: optionalBytes('info', info),
          iterations,
          peerPublicKey: optionalBytes('peerPublicKey', peerPublicKey),
        },
      };
    },
    encode: keyOf,
  }),
];
