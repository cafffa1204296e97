// Public keys that are keys of their own: those of others, and those of pairs whose halves a protocol keeps apart
// (docs/decisions/0022-pairs.md). They encrypt, wrap, encapsulate and verify; there is nothing to take out and nothing to keep secret.

import type { Bytes } from '../../../base/bytes.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { RequestContext } from '../../context.ts';
import type { Kms } from '../../kms.ts';
import { newObjectId } from '../../object-id.ts';
import type { AuditRecord, ChangeOperation, Demand } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { storeLinks } from '../links/key-links.ts';
import {
  type ChosenId,
  checkNewKey,
  findKeyHome,
  insertKey,
  type KeyHome,
  makeMaterial,
  type NewKeyInput,
  type NewMaterial,
  newKeyDemands,
  requireChosenId,
  requireCryptoperiod,
  usagesOf,
} from './new-key.ts';
import { keyRecord } from './on-key.ts';

/** What is said of a public key; it is no secret that could be exported or destroyed by two alone. */
export type NewPublicKeyInput = Omit<NewKeyInput, 'exportable'>;

export interface ImportPublicKeyInput extends NewPublicKeyInput, ChosenId {
  readonly algorithm: KeyAlgorithm;
  /** SubjectPublicKeyInfo in DER (RFC 5280 section 4.1). */
  readonly publicKey: Bytes;
}

export const importPublicKey: ChangeOperation<ImportPublicKeyInput, KeyHome, KeyWithVersion, NewMaterial> = {
  name: 'key.importPublic',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    checkPublicKey(input, input.algorithm);
    requireChosenId(input);
  },
  find: findKeyHome,
  demands: (home, input) => newKeyDemands('key.import', home, input, { 'key.material': 'public' }),
  allow: (_home, input, at) => requireCryptoperiod(input, at),
  prepare: (kms, { input: { algorithm, publicKey, id }, target }) =>
    publicMaterial(kms, target, algorithm, publicKey, id),
  run: (_kms, tx, args) =>
    insertKey(tx, args.target, args.prepared, { ...args.input, ...PUBLIC, origin: 'imported' }, args),
  record: (input, target, output) => ({
    projectId: target?.project.id,
    targets: keyRecord(output).targets,
    details: { algorithm: input.algorithm, usages: input.usages, location: input.location },
  }),
};

export interface CreatePairInput {
  readonly algorithm: KeyAlgorithm;
  /** The pair itself, which holds both halves. */
  readonly private: NewKeyInput;
  /** The key that holds the public half alone. */
  readonly public: NewPublicKeyInput;
}

interface PairHome {
  readonly private: KeyHome;
  readonly public: KeyHome;
}

interface PairMaterial {
  readonly private: NewMaterial;
  readonly public: NewMaterial;
}

export interface CreatedPair {
  readonly privateKey: KeyWithVersion;
  readonly publicKey: KeyWithVersion;
}

/** Makes a pair and, as a key of its own that lives its own life, the public half of it; each is linked to the other. */
export const createKeyPair: ChangeOperation<CreatePairInput, PairHome, CreatedPair, PairMaterial> = {
  name: 'key.createPair',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    requirePair(input.algorithm);
    checkNewKey(input.private, [input.algorithm]);
    checkPublicKey(input.public, input.algorithm);
  },
  find: findHomes,
  demands: (homes, input) => [
    ...createDemands(homes.private, input.private, input.algorithm),
    ...createDemands(homes.public, input.public, input.algorithm),
  ],
  allow(_homes, input, at) {
    requireCryptoperiod(input.private, at);
    requireCryptoperiod(input.public, at);
  },
  async prepare(kms, { input, target }) {
    const { algorithm } = input;
    const made = await makeMaterial(kms, target.private, { ...input.private, algorithm });
    const { publicKey } = made.material;
    if (publicKey === undefined) throw noPair(algorithm);
    return { private: made, public: await publicMaterial(kms, target.public, algorithm, publicKey) };
  },
  async run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const origin = 'generated' as const;
    const facts = { ...input.private, origin, protection: 'software' } as const;
    const privateKey = await insertKey(tx, target.private, prepared.private, facts, args);
    const publicFacts = { ...input.public, ...PUBLIC, origin };
    const publicKey = await insertKey(tx, target.public, prepared.public, publicFacts, args);
    await storeLinks(tx, { from: privateKey, to: publicKey }, { type: 'publicKey', mutual: true }, args);
    return { privateKey, publicKey };
  },
  record: (input, target, output): AuditRecord => ({
    projectId: target?.private.project.id,
    targets: [...keyRecord(output?.privateKey).targets, ...keyRecord(output?.publicKey).targets],
    details: { algorithm: input.algorithm, location: input.private.location },
  }),
};

export const PUBLIC = { publicOnly: true, exportable: false, protection: 'software' } as const;

async function findHomes(
  reads: StoreReads,
  context: RequestContext,
  input: CreatePairInput,
  kms: Kms,
): Promise<PairHome> {
  return {
    private: await findKeyHome(reads, context, input.private, kms),
    public: await findKeyHome(reads, context, input.public, kms),
  };
}

function createDemands(home: KeyHome, input: NewKeyInput, algorithm: KeyAlgorithm): readonly Demand[] {
  return newKeyDemands('key.create', home, input, { 'key.algorithm': algorithm });
}

/** Throws `invalidInput`, `limitExceeded` and `incompatibleUsage`. */
export function checkPublicKey(input: NewPublicKeyInput, algorithm: KeyAlgorithm): void {
  requirePair(algorithm);
  checkNewKey(input, [algorithm], true);
  const allowed = usagesOf(algorithm, true);
  const stray = input.usages?.find(usage => !allowed.includes(usage));
  if (stray === undefined) return;
  throw new KmsError('incompatibleUsage', `The public half of ${algorithm} is not enough to ${stray}.`, {
    algorithm,
    usage: stray,
  });
}

function requirePair(algorithm: KeyAlgorithm): void {
  if (KEY_ALGORITHMS[algorithm].kind !== 'asymmetric') throw noPair(algorithm);
}

export function noPair(algorithm: KeyAlgorithm): KmsError {
  return invalidInput('algorithm', `must be that of a pair: ${algorithm} has no public half`);
}

/** A public key, checked and wrapped as that of a key that does not exist yet. */
export async function publicMaterial(
  kms: Kms,
  { project }: KeyHome,
  algorithm: KeyAlgorithm,
  publicKey: Bytes,
  keyId = newObjectId(kms),
): Promise<NewMaterial> {
  const binding = {
    projectId: project.id,
    keyId,
    version: 1,
    algorithm,
    exportable: false,
    publicOnly: true,
  };
  return { keyId, algorithm, material: await kms.custody.importPublicKey(binding, publicKey) };
}
