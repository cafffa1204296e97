// Makes a pair of two keys that take the places of the two of an old one: what `replaceKey` is for a key with one material, where the halves
// of a pair live lives of their own (docs/decisions/0022-pairs.md).

import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { findKey } from '../../find-key.ts';
import type { ChangeOperation, Demand } from '../../operation.ts';
import { requireOfOwnProject } from '../crypto/mechanism.ts';
import { storeLinks } from '../links/key-links.ts';
import {
  checkNewKey,
  insertKey,
  type KeyHome,
  makeMaterial,
  type NewMaterial,
  newKeyDemands,
  requireCryptoperiod,
} from './new-key.ts';
import { keyRecord, namedKey } from './on-key.ts';
import { type CreatedPair, checkPublicKey, noPair, PUBLIC, publicMaterial } from './public-keys.ts';
import { homeOf, type ReplaceKeyInput, successorFacts } from './replace-key.ts';
import { requireReplaceable, successionDemands, takePlace } from './succession.ts';

type HalfInput = Omit<ReplaceKeyInput, 'algorithm' | 'lengthBytes'>;

export interface ReplacePairInput {
  /** The pair itself, which holds both halves. */
  readonly private: HalfInput;
  /** The key that holds the public half alone. */
  readonly public: Omit<HalfInput, 'exportable'>;
}

interface Half extends KeyWithVersion {
  readonly home: KeyHome;
}

interface Halves {
  readonly private: Half;
  readonly public: Half;
}

interface PairMaterial {
  readonly private: NewMaterial;
  readonly public: NewMaterial;
}

export interface ReplacedPair extends CreatedPair {
  readonly of: { readonly privateKey: KeyWithVersion; readonly publicKey: KeyWithVersion };
}

/** The new pair is of the algorithm of the old one. */
export const replaceKeyPair: ChangeOperation<ReplacePairInput, Halves, ReplacedPair, PairMaterial> = {
  name: 'key.replacePair',
  kind: 'change',
  disclosure: 'denied',

  check(input) {
    for (const half of [input.private, input.public]) requireOfOwnProject(half.key);
    checkNewKey(input.private, []);
    checkNewKey(input.public, [], true);
  },
  async find(reads, context, input) {
    const half = async ({ key }: HalfInput): Promise<Half> => {
      const target = await findKey(reads, context, key);
      return { ...target, home: await homeOf(reads, target) };
    };
    return { private: await half(input.private), public: await half(input.public) };
  },
  demands: (halves, input) => [
    ...halfDemands(halves.private, input.private),
    ...halfDemands(halves.public, input.public),
  ],
  allow(halves, input, at) {
    requirePair(halves);
    requireReplaceable(halves.private.key, input.private);
    requireReplaceable(halves.public.key, input.public);
    const { algorithm } = halves.private.key;
    checkNewKey(successorFacts(halves.private, input.private), [algorithm]);
    checkPublicKey(successorFacts(halves.public, input.public), algorithm);
    requireCryptoperiod(input.private, at);
    requireCryptoperiod(input.public, at);
  },

  async prepare(kms, { input, target }) {
    const { algorithm } = target.private.key;
    const made = await makeMaterial(kms, target.private.home, successorFacts(target.private, input.private));
    const { publicKey } = made.material;
    if (publicKey === undefined) throw noPair(algorithm);
    return { private: made, public: await publicMaterial(kms, target.public.home, algorithm, publicKey) };
  },

  async run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const origin = 'generated' as const;
    const { private: oldPrivate, public: oldPublic } = target;
    const privateFacts = { ...successorFacts(oldPrivate, input.private), origin };
    const privateKey = await insertKey(tx, oldPrivate.home, prepared.private, privateFacts, args);
    const publicFacts = { ...successorFacts(oldPublic, input.public), ...PUBLIC, origin };
    const publicKey = await insertKey(tx, oldPublic.home, prepared.public, publicFacts, args);
    await storeLinks(tx, { from: privateKey, to: publicKey }, { type: 'publicKey', mutual: true }, args);
    await takePlace(tx, { from: oldPrivate, to: privateKey }, input.private, args);
    await takePlace(tx, { from: oldPublic, to: publicKey }, input.public, args);
    return {
      privateKey,
      publicKey,
      of: { privateKey: withoutHome(oldPrivate), publicKey: withoutHome(oldPublic) },
    };
  },

  record: (input, target, output) => ({
    projectId: target?.private.project.id,
    targets: [
      ...keyRecord(output?.privateKey).targets,
      ...keyRecord(output?.publicKey).targets,
      ...keyRecord(target?.private).targets,
      ...keyRecord(target?.public).targets,
    ],
    details: {
      ...(target === undefined ? namedKey(input.private.key) : undefined),
      algorithm: target?.private.key.algorithm,
    },
  }),
};

function halfDemands(half: Half, input: HalfInput): readonly Demand[] {
  const { algorithm } = half.key;
  return [
    ...successionDemands(half, input),
    ...newKeyDemands('key.create', half.home, successorFacts(half, input), { 'key.algorithm': algorithm }),
  ];
}

/** Throws `incompatibleAlgorithm`. */
function requirePair({ private: { key: privateKey }, public: { key: publicKey } }: Halves): void {
  const isPair = KEY_ALGORITHMS[privateKey.algorithm].kind === 'asymmetric' && !privateKey.publicOnly;
  if (isPair && publicKey.publicOnly && publicKey.algorithm === privateKey.algorithm) return;
  const message = `Keys ${privateKey.id} and ${publicKey.id} are no private and public key of one algorithm.`;
  throw new KmsError('incompatibleAlgorithm', message, { keyId: privateKey.id });
}

function withoutHome({ home: _, ...key }: Half): KeyWithVersion {
  return key;
}
