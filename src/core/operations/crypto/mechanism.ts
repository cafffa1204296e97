// What the operations by a named mechanism share: which key and version, what the mechanism and the key are for, what rules and the audit
// log see of it. The content is seen by neither.

import { must } from '../../../base/assert.ts';
import type { Bytes } from '../../../base/bytes.ts';
import {
  KEY_ALGORITHMS,
  type KeyUsage,
  MECHANISMS,
  type Mechanism,
  type MechanismKind,
  servesUsage,
} from '../../../domain/algorithms.ts';
import type { AuditDetails } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable, type StateNeed } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Permission } from '../../../domain/permission.ts';
import type { RequestContext } from '../../context.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import type { Kms } from '../../kms.ts';
import type { AuditRecord, Demand, Protection } from '../../operation.ts';
import type { MechanismParameters } from '../../ports/custody.ts';
import type { StoreReads } from '../../ports/store.ts';
import { type KeyInput, keyRecord, namedKey } from '../keys/on-key.ts';
import { requireUsage } from './message.ts';

export interface KeyVersionInput extends KeyInput {
  /** Undefined: the primary one. */
  readonly version?: number | undefined;
}

export interface MechanismInput<Parameters extends MechanismParameters = MechanismParameters>
  extends KeyVersionInput {
  readonly mechanism: Mechanism;
  /** Without an iv one is made, where something is protected and the mechanism needs one. */
  readonly parameters?: Parameters | undefined;
}

type NamedMechanism = Pick<MechanismInput, 'mechanism' | 'parameters'>;

interface UseFacts<Input> {
  readonly permission: Permission;
  readonly usage: KeyUsage;
  readonly need: StateNeed;
  /** What is handed in to be protected or processed, by the name of its field: its length is bounded, counted and kept. */
  content(input: Input): readonly [field: string, bytes: Bytes | undefined];
}

interface OnlyFacts<Input> extends UseFacts<Input> {
  readonly kind: MechanismKind;
}

/** The members that every use of a pair by the one mechanism that it has of a kind has in common. */
export function useOnlyMechanism<Input extends KeyVersionInput>({ kind, ...facts }: OnlyFacts<Input>) {
  return {
    ...useOf(facts, (_input, key) => onlyMechanism(kind, key)),
    check: (input: Input): void => requireContent(facts.content(input)),
    record: (input: Input, target: KeyWithVersion | undefined): AuditRecord =>
      recordOf(input, target, {
        mechanism: target === undefined ? undefined : onlyMechanism(kind, target.key),
        ...sizeOf(facts.content(input)),
      }),
  };
}

/** The members that every use of a key by a mechanism that the caller names has in common. */
export function useByMechanism<Input extends MechanismInput>(facts: UseFacts<Input>) {
  const { permission, usage, need, content } = facts;
  return {
    ...useOf(facts, ({ mechanism }) => mechanism),
    check(input: Input): void {
      requireServes(input.mechanism, usage);
      requireContent(content(input));
      requireParameters(input);
    },
    // Where something is protected, rules see where its nonce comes from.
    demands: ({ key }: KeyWithVersion, input: Input): readonly Demand[] => [
      mechanismDemand(permission, key, input.mechanism, ivSource(input, need)),
    ],
    record: (input: Input, target: KeyWithVersion | undefined): AuditRecord =>
      recordOf(input, target, { ...mechanismDetails(input, need), ...sizeOf(content(input)) }),
  };
}

function useOf<Input extends KeyVersionInput>(
  { permission, usage, need, content }: UseFacts<Input>,
  mechanismOf: (input: Input, key: Key) => Mechanism | undefined,
) {
  return {
    kind: 'use',
    disclosure: 'denied',
    find: (reads: StoreReads, context: RequestContext, input: Input): Promise<KeyWithVersion> =>
      findKey(reads, context, input.key, input.version),
    demands: ({ key }: KeyWithVersion, input: Input): readonly Demand[] => [
      mechanismDemand(permission, key, mechanismOf(input, key)),
    ],
    allow({ key, version }: KeyWithVersion, input: Input, at: number): void {
      requireUsable(key, version, need, at);
      requireFit(key, usage, mechanismOf(input, key));
    },
    protects: ({ key }: KeyWithVersion, input: Input): Protection | undefined =>
      need === 'protect' ? { key, bytes: content(input)[1]?.length ?? 0 } : undefined,
  } as const;
}

function recordOf(input: KeyInput, target: KeyWithVersion | undefined, details: AuditDetails): AuditRecord {
  const named = target === undefined ? namedKey(input.key) : undefined;
  return { ...keyRecord(target), details: { ...named, ...details } };
}

const sizeOf = ([field, bytes]: readonly [string, Bytes | undefined]): AuditDetails => ({
  [`${field}Bytes`]: bytes?.length,
});

/** What processing takes back may be longer than what protecting took: by an IV, a tag, a padding. */
const PROTECTION_BYTES_MAX = 1_024;

function requireContent([field, bytes]: readonly [string, Bytes | undefined]): void {
  const longer = field === 'ciphertext' ? PROTECTION_BYTES_MAX : 0;
  requireBytes(field, bytes, LIMITS.messageBytesMax + longer);
}

/** The same for a key that is known to have it. */
export function requireMechanism(kind: MechanismKind, key: Key): Mechanism {
  return must(onlyMechanism(kind, key), 'what is run was allowed');
}

/** The mechanism of the kind that a key has one of: pairs agree and encapsulate in one way. */
function onlyMechanism(kind: MechanismKind, { algorithm }: Key): Mechanism | undefined {
  return KEY_ALGORITHMS[algorithm].mechanisms.find(mechanism => MECHANISMS[mechanism].kind === kind);
}

/** A demand on a key with the mechanism and, where one is wanted, the source of the nonce for conditions of rules. */
export function mechanismDemand(
  permission: Permission,
  key: Key,
  mechanism: Mechanism | undefined,
  iv?: IvSource,
): Demand {
  const demand = keyDemand(permission, key);
  return {
    ...demand,
    attributes: {
      ...demand.attributes,
      ...(mechanism === undefined ? undefined : { 'use.mechanism': mechanism }),
      ...(iv === undefined ? undefined : { 'use.iv': iv }),
    },
  };
}

/** `made`: by us, at random. `given`: by the caller, who answers for it that none comes twice. */
export type IvSource = 'made' | 'given';

export function ivSource({ mechanism, parameters }: NamedMechanism, need: StateNeed): IvSource | undefined {
  if (need !== 'protect' || MECHANISMS[mechanism].ivBytes === undefined) return undefined;
  return parameters?.iv === undefined ? 'made' : 'given';
}

interface WithIv {
  readonly parameters: MechanismParameters;
  /** What was made, for the answer: nobody else knows it. */
  readonly made?: Bytes | undefined;
}

/** The parameters with a nonce: the caller's, or random bytes of the usual length where the mechanism needs one. */
export function withIv({ random }: Kms, { mechanism, parameters = {} }: NamedMechanism): WithIv {
  const range = MECHANISMS[mechanism].ivBytes;
  if (range === undefined || parameters.iv !== undefined) return { parameters };
  const made = random.publicBytes(range.default);
  return { parameters: { ...parameters, iv: made }, made };
}

/** Which mechanism, and the parameters that are names and numbers. */
export function mechanismDetails(input: NamedMechanism, need: StateNeed): AuditDetails {
  const { mgf1Digest, prehashed, rawSignature, saltBytes, tagBytes } = input.parameters ?? {};
  return {
    iv: ivSource(input, need),
    mechanism: input.mechanism,
    mgf1Digest,
    prehashed,
    rawSignature,
    saltBytes,
    tagBytes,
  };
}

/** Throws `incompatibleAlgorithm` when the mechanism is not for that, whatever the key. */
export function requireServes(mechanism: Mechanism, usage: KeyUsage): void {
  if (servesUsage(mechanism, usage)) return;
  throw new KmsError('incompatibleAlgorithm', `${mechanism} does not ${usage}.`, { mechanism, usage });
}

/** Throws `incompatibleUsage` when the key is not for that, `incompatibleAlgorithm` when it has no such mechanism. */
export function requireFit(key: Key, usage: KeyUsage, mechanism: Mechanism | undefined): void {
  requireUsage(key, usage);
  const { algorithm } = key;
  if (mechanism !== undefined && KEY_ALGORITHMS[algorithm].mechanisms.includes(mechanism)) return;
  const message =
    mechanism === undefined
      ? `A key of ${algorithm} does not ${usage}.`
      : `${mechanism} does not fit ${algorithm}.`;
  throw new KmsError('incompatibleAlgorithm', message, { algorithm, usage });
}

/** A change is written in the log of one project: keys are made from, and unwrapped by, keys of their own project alone. */
export function requireOfOwnProject({ accountId }: KeySelector): void {
  if (accountId === undefined) return;
  throw new KmsError('unsupported', 'A key of another project does not serve here.', { accountId });
}

/** Throws `tooLarge` for bytes beyond their bound; messages of every kind have that of `messageBytesMax`. */
export function requireBytes(field: string, bytes: Bytes | undefined, bytesMax: number): void {
  if (bytes === undefined || bytes.length <= bytesMax) return;
  throw new KmsError('tooLarge', `${field} must have at most ${bytesMax} bytes`, { field, limit: bytesMax });
}

/** Throws `tooLarge` for parameters beyond their bound; what they must be else is said by the mechanism. */
export function requireParameters({ parameters }: Pick<MechanismInput, 'parameters'>): void {
  for (const name of ['iv', 'associatedData', 'label', 'context'] as const) {
    requireBytes(name, parameters?.[name], LIMITS.associatedDataBytesMax);
  }
}
