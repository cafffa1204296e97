// Makes a key from the material of another one. Neither leaves custody, and the new key is exportable no more than its base.

import { KEY_ALGORITHMS, type KeyAlgorithm, MECHANISMS, type Mechanism } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { findKey, type KeySelector } from '../../find-key.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { DerivationParameters } from '../../ports/custody.ts';
import {
  mechanismDemand,
  requireBytes,
  requireFit,
  requireOfOwnProject,
  requireServes,
} from '../crypto/mechanism.ts';
import { requireMaterialLength } from './create-key.ts';
import { requireExportable } from './export-key.ts';
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
  /** No pair: those are not derived. */
  readonly algorithm: KeyAlgorithm;
  /** Where the algorithm leaves it free; undefined is its usual length. */
  readonly lengthBytes?: number | undefined;
}

interface Target {
  readonly home: KeyHome;
  readonly base: KeyWithVersion;
}

export const deriveKey: ChangeOperation<DeriveKeyInput, Target, KeyWithVersion, NewMaterial> = {
  name: 'key.derive',
  kind: 'change',
  disclosure: 'denied',

  check(input) {
    checkNewKey(input, [input.algorithm]);
    requireOfOwnProject(input.base);
    derivedBytes(input);
    requireServes(input.mechanism, 'derive');
    const { salt, info, peerPublicKey } = input.parameters ?? {};
    for (const [field, bytes] of Object.entries({ salt, info, peerPublicKey }))
      requireBytes(field, bytes, LIMITS.associatedDataBytesMax);
  },
  find: async (reads, context, input, kms) => ({
    home: await findKeyHome(reads, context, input, kms),
    base: await findKey(reads, context, input.base, input.baseVersion),
  }),
  demands: ({ home, base }, input) => [
    mechanismDemand('key.derive', base.key, input.mechanism),
    ...newKeyDemands('key.create', home, input, {
      'key.algorithm': input.algorithm,
      'key.material': 'derived',
    }),
  ],
  allow({ base: { key, version } }, input, at) {
    requireCryptoperiod(input, at);
    requireUsable(key, version, 'protect', at);
    requireFit(key, 'derive', input.mechanism);
    requireHidden(key, input.mechanism);
    if (input.exportable === true) requireExportable(key);
  },

  async prepare(kms, { input, target: { home, base } }) {
    const { algorithm, exportable = false, mechanism } = input;
    const keyId = kms.random.uuid();
    const binding = { projectId: home.project.id, keyId, version: 1, algorithm, exportable };
    const parameters = { ...input.parameters, lengthBytes: derivedBytes(input) };
    return {
      keyId,
      algorithm,
      material: await kms.custody.deriveMaterial(base, mechanism, parameters, binding),
    };
  },

  run(_kms, tx, args) {
    const { input, target, prepared } = args;
    return insertKey(
      tx,
      target.home,
      prepared,
      { ...input, origin: 'generated', protection: 'software' },
      args,
    );
  },

  record(input, target, output) {
    const { algorithm, location, mechanism, parameters, usages } = input;
    return {
      projectId: target?.home.project.id,
      targets: [
        ...(output === undefined ? [] : [{ type: 'key', id: output.key.id, version: 1 } as const]),
        ...keyRecord(target?.base).targets,
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
 * before the new key is made.
 */
function requireHidden({ id, algorithm, usages }: Key, mechanism: Mechanism): void {
  const { kind, digest, byHmac } = MECHANISMS[mechanism];
  const macs = KEY_ALGORITHMS[algorithm].mechanisms as readonly string[];
  const shownBy =
    kind === 'agreement' ? 'agree' : byHmac && macs.includes(`hmac-${digest}`) ? 'mac' : undefined;
  if (shownBy === undefined || !usages.includes(shownBy)) return;
  const message = `Key ${id} may ${shownBy} as well, which would show what ${mechanism} derives from it.`;
  throw new KmsError('incompatibleUsage', message, { keyId: id, usage: shownBy });
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
