// Public keys that are keys of their own: brought in, and made with their pairs.

import { createKeyPair, importPublicKey } from '../../../core/operations/keys/public-keys.ts';
import { type Route, route } from '../route.ts';
import { importPublicKeyBody, keyPairBody, keyPairReply, keyReply } from '../shapes/keys.ts';
import { bytesOf, keyOf } from './one-key.ts';

export const PUBLIC_KEY_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/keys/import-public',
    realm: 'project',
    noun: 'keys',
    summary: 'Makes a key from a public key alone, such as that of somebody else.',
    permission: 'key.import',
    status: 201,
    body: importPublicKeyBody,
    reply: keyReply,
    operation: importPublicKey,
    decode: ({ body, location }) => ({
      ...body,
      publicKey: bytesOf('publicKey', body.publicKey),
      location: body.location ?? location,
    }),
    encode: keyOf,
  }),
  route({
    method: 'POST',
    path: '/keys/pairs',
    realm: 'project',
    noun: 'keys',
    summary: 'Makes a pair, and its public half as a key of its own beside it.',
    permission: 'key.create',
    status: 201,
    body: keyPairBody,
    reply: keyPairReply,
    operation: createKeyPair,
    decode: ({ body, location }) => ({
      algorithm: body.algorithm,
      private: { ...body.private, location: body.private.location ?? location },
      public: { ...body.public, location: body.public.location ?? location },
    }),
    encode: ({ privateKey, publicKey }) => ({ privateKey: privateKey.key, publicKey: publicKey.key }),
  }),
];
