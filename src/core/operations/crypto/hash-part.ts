// One part of a message that is hashed over several requests, without a key: what is hashed is held for its owner alone all the same.

import { must } from '../../../base/assert.ts';
import type { Bytes } from '../../../base/bytes.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import type { Digest } from '../../../domain/algorithms.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { actorId } from '../../context.ts';
import type { UseOperation } from '../../operation.ts';
import { givePart, type OpenStream } from '../../streams.ts';
import { requireBytes } from './mechanism.ts';

export interface HashPartInput {
  readonly of:
    | { readonly by: 'first'; readonly digest: Digest }
    | { readonly by: 'stream'; readonly stream: string };
  readonly part: Bytes;
  readonly isLast: boolean;
}

export interface HashedPart {
  /** For the next part; undefined after the last. */
  readonly stream?: string | undefined;
  readonly part: number;
  /** The digest, after the last part; the caller disposes of it. */
  readonly output: SecretBytes;
  /** Ends the message: nobody hears how to go on. */
  abandon(): void;
}

interface Target {
  readonly stream: OpenStream | undefined;
}

export const hashPart: UseOperation<HashPartInput, Target, HashedPart> = {
  name: 'message.hashPart',
  kind: 'use',
  disclosure: 'denied',
  check: ({ part }) => requireBytes('part', part, LIMITS.messageBytesMax),
  find: async (_reads, context, { of }, kms) => ({
    stream: of.by === 'first' ? undefined : kms.streams.find(of.stream, actorId(context.actor), 'hash'),
  }),
  demands: () => [],
  async run(kms, { context, input: { of, part, isLast }, target }) {
    const stream =
      of.by === 'first'
        ? kms.streams.begin(
            { ownerId: actorId(context.actor), use: 'hash' },
            await kms.custody.openDigest(of.digest),
          )
        : must(target.stream, 'a stream was looked for');
    return kms.streams.take(stream, part.length, async (message, number) => {
      const { output } = await givePart(message, part, isLast);
      if (isLast) kms.streams.end(stream);
      return {
        stream: isLast ? undefined : stream.id,
        part: number,
        output,
        abandon: () => kms.streams.end(stream),
      };
    });
  },
  discard({ output, abandon }) {
    output[Symbol.dispose]();
    abandon();
  },
  record: ({ of, part, isLast }, _target, output) => ({
    targets: [],
    details: {
      digest: of.by === 'first' ? of.digest : undefined,
      part: output?.part,
      isLast,
      partBytes: part.length,
    },
  }),
};
