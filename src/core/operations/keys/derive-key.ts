// Makes a key from the material of another one. Neither leaves custody, and the new key is exportable no more than its base.

import {
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  type KeyUsage,
  MECHANISMS,
  type Mechanism,
} from '../../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { findKey, type KeySelector } from '../../find-key.ts';
import { newObjectId } from '../../object-id.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { DerivationParameters } from '../../ports/custody.ts';
import {
  mechanismDemand,
  requireBytes,
  requireFit,
  requireOfOwnProject,
  requireServes,
} from '../crypto/mechanism.ts';
import { requireUsage } from '../crypto/message.ts';
import { storeLinks } from '../links/key-links.ts';
import { requireMaterialLength } from './create-key.ts';
import { requireExportable, requireWrappable } from './export-key.ts';
import {
  checkNewKey,
  findKeyHome,
  insertKey,
  type KeyHome,
  type NewKeyInput,
  type NewMaterial,
  newKeyDemands,
  requireCryptoperiod,
} from './new-key.ts';
import { keyRecord, namedKey } from './on-key.ts';

export interface DeriveKeyInput extends NewKeyInput {
  readonly base: KeySelector;
  /** Undefined: the primary one. */
  readonly baseVersion?: number | undefined;
  /** A derivation, or an agreement: then the leading bytes of the shared secret with the peer are the material. */
  readonly mechanism: Mechanism;
  readonly parameters?: Omit<DerivationParameters, 'lengthBytes'> | undefined;
  /** A secret that may derive as well, whose material takes the place of `info`. */
  readonly infoOf?: KeySelector | undefined;
  /** Have both keys say of each other what they are. */
  readonly linked?: boolean | undefined;
  /** No pair: those are not derived. */
  readonly algorithm: KeyAlgorithm;
  /** Where the algorithm leaves it free; undefined is its usual length. */
  readonly lengthBytes?: number | undefined;
}

interface Target {
  readonly home: KeyHome;
  readonly base: KeyWithVersion;
  readonly infoOf?: KeyWithVersion | undefined;
}

export const deriveKey: ChangeOperation<DeriveKeyInput, Target, KeyWithVersion, NewMaterial> = {
  name: 'key.derive',
  kind: 'change',
  disclosure: 'denied',

  check(input) {
    checkNewKey(input, [input.algorithm]);
    requireOfOwnProject(input.base);
    if (input.infoOf !== undefined) requireOfOwnProject(input.infoOf);
    if (input.infoOf !== undefined && input.parameters?.info !== undefined)
      throw invalidInput('info', 'is given by infoOf already');
    derivedBytes(input);
    requireServes(input.mechanism, 'derive');
    const { salt, info, iv, peerPublicKey } = input.parameters ?? {};
    for (const [field, bytes] of Object.entries({ salt, info, iv, peerPublicKey }))
      requireBytes(field, bytes, LIMITS.associatedDataBytesMax);
  },
  find: async (reads, context, input, kms) => ({
    home: await findKeyHome(reads, context, input, kms),
    base: await findKey(reads, context, input.base, input.baseVersion),
    infoOf: input.infoOf && (await findKey(reads, context, input.infoOf)),
  }),
  demands: ({ home, base, infoOf }, input) => [
    mechanismDemand('key.derive', base.key, input.mechanism),
    ...(infoOf === undefined ? [] : [mechanismDemand('key.derive', infoOf.key, input.mechanism)]),
    ...newKeyDemands('key.create', home, input, {
      'key.algorithm': input.algorithm,
      'key.material': 'derived',
    }),
  ],
  allow({ base: { key, version }, infoOf }, input, at) {
    requireCryptoperiod(input, at);
    requireUsable(key, version, 'protect', at);
    requireFit(key, 'derive', input.mechanism);
    if (infoOf !== undefined) {
      requireUsable(infoOf.key, infoOf.version, 'protect', at);
      requireUsage(infoOf.key, 'derive');
      requireRow(infoOf.key);
    }
    if (input.exportable !== true) requireHidden(key, input.mechanism);
    else for (const from of [key, ...(infoOf === undefined ? [] : [infoOf.key])]) requireLeaving(from, input);
  },

  async prepare(kms, { input, target: { home, base, infoOf } }) {
    const { algorithm, exportable = false, mechanism } = input;
    const keyId = newObjectId(kms);
    const binding = { projectId: home.project.id, keyId, version: 1, algorithm, exportable };
    const parameters = { ...input.parameters, lengthBytes: derivedBytes(input) };
    return {
      keyId,
      algorithm,
      material: await kms.custody.deriveMaterial({ base, infoOf }, mechanism, parameters, binding),
    };
  },

  async run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const facts = { ...input, origin: 'generated', protection: 'software' } as const;
    const derived = await insertKey(tx, target.home, prepared, facts, args);
    if (input.linked)
      await storeLinks(tx, { from: derived, to: target.base }, { type: 'derivedFrom', mutual: true }, args);
    return derived;
  },

  record(input, target, output) {
    const { algorithm, location, mechanism, parameters, usages } = input;
    return {
      projectId: target?.home.project.id,
      targets: [
        ...keyRecord(output).targets,
        ...keyRecord(target?.base).targets,
        ...keyRecord(target?.infoOf).targets,
      ],
      details: {
        ...(target === undefined ? namedKey(input.base) : undefined),
        algorithm,
        iterations: parameters?.iterations,
        location,
        mechanism,
        usages,
      },
    };
  },
};

/**
 * Throws `incompatibleUsage` where another usage of the key is answered with what would be derived: its material would be out of custody
 * before the new key is made. A new key that may leave is not hidden from anybody, and neither is its base.
 */
function requireHidden({ id, algorithm, usages }: Key, mechanism: Mechanism): void {
  const shownBy = answeredBy(algorithm, mechanism).find(usage => usages.includes(usage));
  if (shownBy === undefined) return;
  const message = `Key ${id} may ${shownBy} as well, which would show what ${mechanism} derives from it.`;
  throw new KmsError('incompatibleUsage', message, { keyId: id, usage: shownBy });
}

/** Throws `notExportable`. */
function requireLeaving(from: Key, { wrappedOnly }: DeriveKeyInput): void {
  if (wrappedOnly) requireWrappable(from);
  else requireExportable(from);
}

/** Throws `incompatibleAlgorithm` for a pair: its material is no row of bytes. */
function requireRow({ id: keyId, algorithm }: Key): void {
  if (KEY_ALGORITHMS[algorithm].kind === 'symmetric') return;
  throw new KmsError('incompatibleAlgorithm', `Key ${keyId} is no secret key.`, { keyId, algorithm });
}

/** The usages whose answers are, or begin with, what the mechanism derives. */
function answeredBy(algorithm: KeyAlgorithm, mechanism: Mechanism): readonly KeyUsage[] {
  const { kind, digest, byHmac } = MECHANISMS[mechanism];
  if (kind === 'agreement') return ['agree'];
  if (kind === 'cipher') return ['encrypt', 'decrypt'];
  const macs: readonly string[] = KEY_ALGORITHMS[algorithm].mechanisms;
  return byHmac && macs.includes(`hmac-${digest}`) ? ['mac'] : [];
}

/** Throws `unsupported` for pairs and `invalidInput` for a length that the algorithm does not have. */
function derivedBytes({ algorithm, lengthBytes }: DeriveKeyInput): number {
  const facts = KEY_ALGORITHMS[algorithm];
  if (facts.kind === 'asymmetric') {
    throw new KmsError('unsupported', `A pair of ${algorithm} is not derived.`, { algorithm });
  }
  requireMaterialLength(algorithm, lengthBytes);
  return lengthBytes ?? facts.materialBytes.default;
}
