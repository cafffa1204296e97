// Transport keys: by which key material comes in wrapped.

import { base64 } from '../../../base/bytes.ts';
import {
  createTransportKey,
  eraseTransportKey,
  readTransportKey,
} from '../../../core/operations/transport/transport-keys.ts';
import { type Call, type Route, route } from '../route.ts';
import {
  createTransportKeyBody,
  transportKeyFactsReply,
  transportKeyReply,
} from '../shapes/transport-keys.ts';

const SHARED = { realm: 'project', noun: 'transport keys', permission: 'key.import' } as const;
const named = ({ params }: Call) => ({ owner: params.owner ?? '' });

export const TRANSPORT_KEY_ROUTES: readonly Route[] = [
  route({
    ...SHARED,
    method: 'POST',
    path: '/transport-keys',
    summary: "Makes a pair by which key material comes in wrapped. The owner's older one goes.",
    status: 201,
    body: createTransportKeyBody,
    reply: transportKeyFactsReply,
    operation: createTransportKey,
    decode: ({ body }) => body,
    encode: facts => facts,
  }),
  route({
    ...SHARED,
    method: 'POST',
    path: '/transport-keys/:owner/read',
    summary: 'Shows the public key and the nonce of a transport key, as often as it may be read.',
    reply: transportKeyReply,
    operation: readTransportKey,
    decode: named,
    encode: ({ publicKey, nonce, ...facts }) => ({
      ...facts,
      publicKey: base64(publicKey),
      nonce: base64(nonce),
    }),
  }),
  route({
    ...SHARED,
    method: 'DELETE',
    path: '/transport-keys/:owner',
    summary: 'Erases the private half of a transport key before its time is over.',
    reply: transportKeyFactsReply,
    operation: eraseTransportKey,
    decode: named,
    encode: facts => facts,
  }),
];
