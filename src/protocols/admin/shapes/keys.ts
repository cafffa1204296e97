// Keys, their versions and names, and what is done with them.

import { z } from 'zod';
import { tableKeys } from '../../../base/table.ts';
import { ALL_KEY_ALGORITHMS, ALL_KEY_USAGES, CURRENT_KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { ALL_PROTECTION_LEVELS, MATERIAL_LEVELS } from '../../../domain/key.ts';
import { LINK_TYPES } from '../../../domain/key-link.ts';
import { ALL_KEY_STATES } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { base64Text, id, instant, keyReference, label, pageQuery, pageReply, reference } from './common.ts';
import { periodsOfKey, periodsOfNewKey } from './key-periods.ts';
import { derivation, wrappedMaterial } from './mechanisms.ts';
import { transported } from './transport-keys.ts';

const algorithm = z.enum(ALL_KEY_ALGORITHMS);
const newAlgorithm = z.enum(CURRENT_KEY_ALGORITHMS);
const usages = z.array(z.enum(ALL_KEY_USAGES)).readonly();
const state = z.enum(ALL_KEY_STATES);
const protection = z.enum(ALL_PROTECTION_LEVELS);
const keyLabel = z
  .string()
  .max(LIMITS.labelCharactersMax)
  .meta({ description: 'a name for display: not unique' });
const description = z.string().max(LIMITS.descriptionCharactersMax);
const tags = z.record(z.string(), z.string());
const rotationPeriodMs = z.int().min(LIMITS.rotationPeriodMsMin).max(LIMITS.rotationPeriodMsMax);

export const keyReply = z.strictObject({
  id,
  projectId: id,
  keyRingId: id,
  location: z.string(),
  algorithm,
  usages,
  protection,
  origin: z.enum(['generated', 'imported', 'external']),
  exportable: z.boolean(),
  publicOnly: z.boolean().meta({ description: 'the public half of a pair alone' }),
  serviceOwner: z.string().optional().meta({ description: 'the service that made the key for itself' }),
  label: keyLabel,
  description,
  tags,
  state,
  ...periodsOfKey,
  suspendedAt: instant.optional(),
  primaryVersion: z.int(),
  latestVersion: z.int(),
  rotation: z.strictObject({ periodMs: z.int(), nextAt: instant }).optional(),
  rotatedAt: instant.optional(),
  destruction: z
    .strictObject({ at: instant, requestedAt: instant, requestedBy: z.string(), stateBefore: state })
    .optional()
    .meta({ description: 'a destruction that was asked for and can still be cancelled' }),
  dualControl: z
    .strictObject({
      approval: z.strictObject({ by: id, at: instant, expiresAt: instant }).optional(),
    })
    .optional()
    .meta({ description: 'the key is destroyed by two principals only' }),
  createdBy: z.string().meta({ description: 'id of a principal, or a part of the server' }),
  createdAt: instant,
  updatedAt: instant,
  revision: z.int(),
});

export const versionReply = z.strictObject({
  keyId: id,
  number: z.int(),
  state,
  cause: z.enum(['created', 'scheduledRotation', 'requestedRotation', 'imported']),
  materialId: z.string(),
  materialBytes: z.int().optional().meta({ description: 'length of material that is no pair' }),
  publicKey: base64Text.optional().meta({ description: 'SubjectPublicKeyInfo in DER' }),
  createdAt: instant,
  destroyedAt: instant.optional(),
});

const newKey = {
  usages: usages.optional().meta({ description: 'default: all that the algorithm has' }),
  location: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional(),
  keyRing: label.optional().meta({ description: 'name of a key ring; default: `default`' }),
  exportable: z.boolean().optional(),
  dualControl: z.boolean().optional().meta({ description: 'have it destroyed by two principals only' }),
  label: keyLabel.optional(),
  description: description.optional(),
  tags: tags.optional(),
  ...periodsOfNewKey,
};
export const createKeyBody = z.strictObject({
  algorithm: newAlgorithm.default('aes-256'),
  lengthBytes: z
    .int()
    .min(1)
    .max(LIMITS.opaqueBytesMax)
    .optional()
    .meta({ description: 'of opaque keys, HMAC keys and generic secrets' }),
  protection: protection.optional(),
  ...newKey,
  rotationPeriodMs: rotationPeriodMs.optional(),
});
const verifiersLearn = z.string().min(1).max(LIMITS.reasonCharactersMax).meta({
  description:
    'why those who verify learn of the new version: needed for pairs and MAC keys, kept in the log',
});
const material = base64Text.meta({ description: 'raw bytes, or PKCS#8 in DER of a pair' });
const incoming = { material: material.optional(), transported, wrapped: wrappedMaterial };
export const importKeyBody = z.strictObject({
  algorithm: newAlgorithm,
  protection: z.enum(MATERIAL_LEVELS).optional(),
  ...incoming,
  ...newKey,
});
export const importVersionBody = z.strictObject({ ...incoming, verifiersLearn: verifiersLearn.optional() });
const { exportable: _secret, ...newPublicKey } = newKey;
export const importPublicKeyBody = z.strictObject({
  algorithm: newAlgorithm,
  publicKey: base64Text.meta({ description: 'SubjectPublicKeyInfo in DER' }),
  ...newPublicKey,
});
export const keyPairBody = z.strictObject({
  algorithm: newAlgorithm,
  private: z.strictObject(newKey).default({}),
  public: z.strictObject(newPublicKey).default({}).meta({ description: 'of the key of the public half' }),
});
export const keyPairReply = z.strictObject({ privateKey: keyReply, publicKey: keyReply });
export const deriveBody = z.strictObject({ ...derivation, ...newKey });
export const exportBody = z.strictObject({
  version: z.int().min(1).optional().meta({ description: 'default: the primary one' }),
});
export const exportReply = z.strictObject({ keyId: id, version: z.int(), algorithm, material });

export const listKeysQuery = z.strictObject({
  ...pageQuery,
  location: label.optional(),
  keyRing: label.optional().meta({ description: 'id of a key ring' }),
  state: state.optional(),
});
export const keysReply = pageReply(keyReply);
export const versionsReply = pageReply(versionReply);

const linkType = z.enum(tableKeys(LINK_TYPES));
const link = z.strictObject({
  fromKeyId: id,
  type: linkType.meta({ description: 'what the key `toKeyId` is to the key `fromKeyId`' }),
  toKeyId: id,
  createdBy: z.string().meta({ description: 'id of a principal, or a part of the server' }),
  createdAt: instant,
});
export const linksReply = z.strictObject({ items: z.array(link).readonly() });
export const linksToQuery = z.strictObject({ ...pageQuery, type: linkType });
export const linksToReply = pageReply(link);

export const lastUseReply = z.strictObject({
  keyId: id,
  use: z
    .strictObject({ index: z.int(), at: instant, operation: z.string() })
    .optional()
    .meta({ description: 'absent: never used' }),
});

export const updateKeyBody = z.strictObject({
  label: keyLabel.optional(),
  description: description.optional(),
});
export const moveBody = z.strictObject({
  keyRing: reference.meta({ description: 'id or name of a key ring' }),
});
export const tagsBody = z.strictObject({
  set: tags.optional(),
  remove: z.array(z.string()).max(LIMITS.tagsPerKeyMax).readonly().optional(),
});
export const rotationBody = z.strictObject({ periodMs: rotationPeriodMs });
export const rotateBody = z.strictObject({
  restartSchedule: z.boolean().default(false),
  verifiersLearn: verifiersLearn.optional(),
});
export const cancellationBody = z.strictObject({
  restore: z.boolean().default(false).meta({ description: 'to the state of before the request' }),
});
export const approvalBody = z.strictObject({
  validMs: z
    .int()
    .min(LIMITS.approvalMsMin)
    .max(LIMITS.approvalMsMax)
    .optional()
    .meta({ description: 'default: seven days' }),
});
export const destructionBody = z.strictObject({
  delayMs: z.int().min(LIMITS.destructionDelayMsMin).max(LIMITS.destructionDelayMsMax),
  onlyIfUnregistered: z
    .boolean()
    .optional()
    .meta({ description: 'refuse while any resource is registered at the key, harmless ones too' }),
});

const context = z
  .record(z.string(), z.string())
  .optional()
  .meta({ description: 'authenticated with the ciphertext, not secret; the same is needed to decrypt' });
const plaintext = base64Text.meta({ description: 'base64' });
const ciphertext = base64Text.meta({ description: 'base64' });

export const encryptBody = z.strictObject({ plaintext, context });
export const ciphertextReply = z.strictObject({ keyId: id, version: z.int(), ciphertext });
export const decryptBody = z.strictObject({ ciphertext, context });
export const plaintextReply = z.strictObject({ keyId: id, version: z.int(), plaintext });
export const dataKeyBody = z.strictObject({
  bytes: z.int().min(1).max(LIMITS.dataKeyBytesMax).default(32),
  context,
});
export const dataKeyReply = z.strictObject({ keyId: id, version: z.int(), ciphertext, plaintext });
export const reencryptBody = z.strictObject({
  ciphertext,
  context,
  key: keyReference.meta({ description: 'the key to put the ciphertext onto' }),
  newContext: context,
});
export const reencryptReply = z.strictObject({
  fromKeyId: id,
  fromVersion: z.int(),
  keyId: id,
  version: z.int(),
  ciphertext,
});
export const randomBody = z.strictObject({ bytes: z.int().min(1).max(LIMITS.randomBytesMax).default(32) });
export const randomReply = z.strictObject({ bytes: base64Text });

const namespace = label.default('keyhold');
export const nameReply = z.strictObject({
  projectId: id,
  namespace: z.string(),
  text: z.string(),
  keyId: id,
  createdAt: instant,
  updatedAt: instant,
});
export const nameQuery = z.strictObject({ namespace, text: label });
export const nameBody = z.strictObject({ namespace, text: label, key: keyReference });
/** Texts are compared as they are, so that of two which look alike one alone is made. */
const composed = label.refine(
  text => text === text.normalize('NFC'),
  'must be in Unicode normalization form C (NFC)',
);
export const newNameBody = z.strictObject({
  namespace,
  text: composed.meta({ description: 'in Unicode normalization form C (NFC)' }),
  key: keyReference,
});
export const listNamesQuery = z.strictObject({
  ...pageQuery,
  namespace: label.optional(),
  key: keyReference.optional(),
});
export const namesReply = pageReply(nameReply);
