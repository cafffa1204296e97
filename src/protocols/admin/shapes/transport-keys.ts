// Transport keys, and the material that comes in under them.

import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.ts';
import { TRANSPORT_ALGORITHMS } from '../../../domain/transport-key.ts';
import { base64Text, id, instant } from './common.ts';

const owner = z
  .string()
  .min(1)
  .max(LIMITS.transportKeyOwnerCharactersMax)
  .meta({ description: 'what it is for; a project has one transport key for each owner' });
const algorithm = z.enum(TRANSPORT_ALGORITHMS);

const facts = {
  id,
  projectId: id,
  owner: z.string(),
  algorithm,
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
  readsMax: z.int(),
  readsLeft: z.int(),
};
export const transportKeyFactsReply = z.strictObject(facts);
export const transportKeyReply = z.strictObject({
  ...facts,
  publicKey: base64Text.meta({ description: 'SubjectPublicKeyInfo in DER' }),
  nonce: base64Text.meta({ description: 'comes back encrypted under the material' }),
});

export const createTransportKeyBody = z.strictObject({
  owner,
  algorithm: algorithm.default('rsa-4096'),
  lifetimeMs: z
    .int()
    .min(LIMITS.transportKeyLifetimeMsMin)
    .max(LIMITS.transportKeyLifetimeMsMax)
    .default(600_000),
  readsMax: z.int().min(1).max(LIMITS.transportKeyReadsMax).default(1),
});

/** Instead of material in plain. */
export const transported = z
  .strictObject({
    owner,
    wrapped: base64Text.meta({
      description: 'the material by RSA-OAEP with SHA-256 under the transport key',
    }),
    encryptedNonce: base64Text
      .optional()
      .meta({ description: 'the nonce by AES-GCM under the material itself, its tag at the end' }),
    iv: base64Text.optional().meta({ description: '12 bytes, with encryptedNonce' }),
  })
  .optional()
  .meta({ description: 'instead of material: material that is wrapped under a transport key' });
