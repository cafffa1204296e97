// One part of a message that is encrypted, decrypted, signed, verified or authenticated by a named mechanism over several requests. Each
// part is a use of its own: authorized, judged by the state of the key, counted and recorded. docs/decisions/0024-messages-in-parts.md

import { must } from '../../../base/assert.ts';
import type { Bytes } from '../../../base/bytes.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import type { Mechanism } from '../../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable, type StateNeed } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { OperationName } from '../../../domain/operation-name.ts';
import type { Permission } from '../../../domain/permission.ts';
import { actorId } from '../../context.ts';
import { findKey, type KeySelector } from '../../find-key.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import type { MechanismParameters, PartUse } from '../../ports/custody.ts';
import { givePart, type OpenStream } from '../../streams.ts';
import { keyRecord, namedKey } from '../keys/on-key.ts';
import {
  ivSource,
  mechanismDemand,
  mechanismDetails,
  requireBytes,
  requireFit,
  requireParameters,
  requireServes,
  withIv,
} from './mechanism.ts';

export type MessageStart =
  | {
      readonly by: 'first';
      readonly mechanism: Mechanism;
      readonly parameters?: MechanismParameters | undefined;
    }
  | { readonly by: 'stream'; readonly stream: string };

export interface MessagePartInput {
  readonly key: KeySelector;
  /** A first part with its mechanism, or the stream that an earlier one was answered with. */
  readonly of: MessageStart;
  readonly part: Bytes;
  readonly isLast: boolean;
  /** With the first part or with the last: the signature or MAC that is verified. */
  readonly proof?: Bytes | undefined;
}

export interface TakenPart {
  /** For the next part; undefined after the last. */
  readonly stream?: string | undefined;
  /** Counts from 1. */
  readonly part: number;
  /** What this part gives out; the caller disposes of it. With an AEAD the tag is at the end of what the last one does. */
  readonly output: SecretBytes;
  /** Of a verification, with the last part. */
  readonly valid?: boolean | undefined;
  /** What was made with the first part, where the mechanism needs one and the caller gave none. */
  readonly iv?: Bytes | undefined;
  readonly by: KeyWithVersion;
  /** What the message was begun with. */
  readonly mechanism: Mechanism;
  readonly parameters: MechanismParameters;
  /** Ends the message: nobody hears how to go on. */
  abandon(): void;
}

interface Target extends KeyWithVersion {
  readonly stream: OpenStream | undefined;
}

type KeyPartUse = Exclude<PartUse, 'hash'>;
type PartOperation = UseOperation<MessagePartInput, Target, TakenPart>;

interface PartFacts {
  readonly name: OperationName;
  readonly permission: Permission;
  readonly need: StateNeed;
}

function partOperation(use: KeyPartUse, { name, permission, need }: PartFacts): PartOperation {
  return {
    name,
    kind: 'use',
    disclosure: 'denied',
    check({ of, part, proof, isLast }) {
      if (of.by === 'first') {
        requireServes(of.mechanism, use);
        requireParameters(of);
      }
      requireBytes('part', part, LIMITS.messageBytesMax);
      requireBytes('proof', proof, LIMITS.signatureBytesMax);
      const isAlone = of.by === 'first' && isLast;
      if (isProven(use) && isAlone && proof === undefined) throw withoutProof();
    },
    async find(reads, context, { key, of }, kms) {
      if (of.by === 'first') return { ...(await findKey(reads, context, key)), stream: undefined };
      const stream = kms.streams.find(of.stream, actorId(context.actor), use);
      const found = await findKey(reads, context, key, stream.facts.version);
      if (found.key.id !== stream.facts.keyId)
        throw new KmsError('notFound', 'There is no such message in parts under the key.');
      return { ...found, stream };
    },
    demands: ({ key, stream }, { of }) => {
      const { mechanism, parameters } = begunWith(of, stream);
      const iv = mechanism === undefined ? undefined : ivSource({ mechanism, parameters }, need);
      return [mechanismDemand(permission, key, mechanism, iv)];
    },
    allow({ key, version, stream }, { of, isLast, proof }, at) {
      if (isProven(use) && isLast && (proof ?? stream?.facts.proof) === undefined) throw withoutProof();
      requireUsable(key, version, need, at);
      requireFit(key, use, begunWith(of, stream).mechanism);
    },
    // A message is one operation, however many parts it has.
    protects: ({ key, stream }, { part }) =>
      need === 'protect' && (stream === undefined || key.usageLimit?.unit === 'bytes')
        ? { key, bytes: part.length }
        : undefined,
    async run(kms, { context, input, target }) {
      if (input.of.by === 'first') {
        const { stream, iv } = await beginMessage(kms, use, actorId(context.actor), input, input.of, target);
        return { ...(await takePart(kms, stream, input, target)), iv };
      }
      return takePart(kms, must(target.stream, 'a stream was looked for'), input, target);
    },
    discard({ output, abandon }) {
      output[Symbol.dispose]();
      abandon();
    },
    record: (input, target, output) => {
      const { mechanism, parameters } = begunWith(input.of, target?.stream);
      return {
        ...keyRecord(target),
        details: {
          ...(target === undefined ? namedKey(input.key) : undefined),
          ...(mechanism === undefined ? undefined : mechanismDetails({ mechanism, parameters }, need)),
          part: output?.part,
          isLast: input.isLast,
          partBytes: input.part.length,
          valid: output?.valid,
        },
      };
    },
  };
}

function begunWith(
  of: MessageStart,
  stream: OpenStream | undefined,
): { readonly mechanism?: Mechanism | undefined; readonly parameters?: MechanismParameters | undefined } {
  return of.by === 'first' ? of : (stream?.facts ?? {});
}

function isProven(use: KeyPartUse): boolean {
  return use === 'verify' || use === 'verifyMac';
}

function withoutProof(): KmsError {
  return invalidInput('proof', 'comes with the first part or with the last');
}

interface BegunMessage {
  readonly stream: OpenStream;
  readonly iv: Bytes | undefined;
}

async function beginMessage(
  kms: Kms,
  use: KeyPartUse,
  ownerId: string,
  { proof, isLast }: MessagePartInput,
  start: Extract<MessageStart, { by: 'first' }>,
  { key, version }: KeyWithVersion,
): Promise<BegunMessage> {
  const { mechanism, parameters: given = {} } = start;
  const protects = use === 'encrypt' || use === 'mac';
  const { parameters, made } = protects ? withIv(kms, start) : { parameters: given };
  const message = await kms.custody.openStream({ key, version }, use, mechanism, parameters);
  // As they were given: whose nonce it is, rules ask with every part.
  const facts = { ownerId, use, keyId: key.id, version: version.number, mechanism, parameters: given };
  // A copy: the caller wipes what it was given with the first part.
  const kept = isLast ? facts : { ...facts, proof: proof && Uint8Array.from(proof) };
  return { stream: kms.streams.begin(kept, message), iv: made };
}

function takePart(
  kms: Kms,
  stream: OpenStream,
  { part, isLast, proof }: MessagePartInput,
  by: KeyWithVersion,
): Promise<TakenPart> {
  const { mechanism, parameters = {} } = stream.facts;
  return kms.streams.take(stream, part.length, async (message, number) => {
    const { output, valid } = await givePart(message, part, isLast, proof ?? stream.facts.proof);
    if (isLast) kms.streams.end(stream);
    return {
      stream: isLast ? undefined : stream.id,
      part: number,
      output,
      valid,
      by,
      mechanism: must(mechanism, 'a message under a key has a mechanism'),
      parameters,
      abandon: () => kms.streams.end(stream),
    };
  });
}

export const encryptPart: PartOperation = partOperation('encrypt', {
  name: 'key.encryptPart',
  permission: 'key.encrypt',
  need: 'protect',
});

export const decryptPart: PartOperation = partOperation('decrypt', {
  name: 'key.decryptPart',
  permission: 'key.decrypt',
  need: 'process',
});

export const signPart: PartOperation = partOperation('sign', {
  name: 'key.signPart',
  permission: 'key.sign',
  need: 'protect',
});

export const verifyPart: PartOperation = partOperation('verify', {
  name: 'key.verifyPart',
  permission: 'key.verify',
  need: 'process',
});

export const macPart: PartOperation = partOperation('mac', {
  name: 'key.macPart',
  permission: 'key.mac',
  need: 'protect',
});

export const verifyMacPart: PartOperation = partOperation('verifyMac', {
  name: 'key.verifyMacPart',
  permission: 'key.verifyMac',
  need: 'process',
});
