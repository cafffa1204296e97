// A message that comes in parts: computed as they come where the mechanism can, and held until its end where it cannot. What is held is
// wiped with the stream, which never outlives its key.

import { createHash } from 'node:crypto';
import { type Bytes, concatBytes, EMPTY_BYTES, equalSecret, wipe } from '../base/bytes.ts';
import { SecretBytes } from '../base/secret-bytes.ts';
import type { MechanismParameters, MessageStream, PartUse, StreamEnd } from '../core/ports/custody.ts';
import type { MessageParts } from '../crypto/algorithms/kinds.ts';
import { NODE_DIGESTS } from '../crypto/node-crypto.ts';
import { type Digest, MECHANISMS, type Mechanism } from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { InnerHandle } from './key-handle.ts';

type KeyUse = Exclude<PartUse, 'hash'>;

/** One way to take a message. */
interface Taking {
  readonly heldBytes: number;
  update(part: Bytes): Bytes;
  finish(part: Bytes, proof: Bytes): Promise<StreamEnd>;
  wipe(): void;
}

/** Takes the handle over. `closed` is called once, when the stream is. */
export function openKeyStream(
  handle: InnerHandle,
  use: KeyUse,
  mechanism: Mechanism,
  parameters: MechanismParameters,
  closed: () => void,
): MessageStream {
  const taking = takingOf(handle, use, mechanism, kept(parameters));
  return new OneMessage(taking, () => {
    handle[Symbol.dispose]();
    closed();
  });
}

/** The bytes of a request are wiped with it, and the message goes on. */
function kept(parameters: MechanismParameters): MechanismParameters {
  const { iv, associatedData, label, context } = parameters;
  return {
    ...parameters,
    iv: iv && Uint8Array.from(iv),
    associatedData: associatedData && Uint8Array.from(associatedData),
    label: label && Uint8Array.from(label),
    context: context && Uint8Array.from(context),
  };
}

/** A hash of what is the caller's alone. */
export function openDigestStream(digest: Digest): MessageStream {
  return new OneMessage(
    running(partsOfHash(digest), rest => ({ output: SecretBytes.own(rest) })),
    () => undefined,
  );
}

class OneMessage implements MessageStream {
  #taking: Taking | undefined;
  readonly #closed: () => void;

  constructor(taking: Taking, closed: () => void) {
    this.#taking = taking;
    this.#closed = closed;
  }

  get heldBytes(): number {
    return this.#taking?.heldBytes ?? 0;
  }

  update(part: Bytes): SecretBytes {
    return SecretBytes.own(this.#open().update(part));
  }

  async finish(part: Bytes, proof: Bytes = EMPTY_BYTES): Promise<StreamEnd> {
    const taking = this.#open();
    try {
      return await taking.finish(part, proof);
    } finally {
      this[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    if (this.#taking === undefined) return;
    this.#taking.wipe();
    this.#taking = undefined;
    this.#closed();
  }

  #open(): Taking {
    if (this.#taking !== undefined) return this.#taking;
    throw new KmsError('expired', 'The message in parts is over: begin anew.');
  }
}

function takingOf(
  handle: InnerHandle,
  use: KeyUse,
  mechanism: Mechanism,
  parameters: MechanismParameters,
): Taking {
  const digest = digestOfSignature(mechanism, parameters);
  if ((use === 'sign' || use === 'verify') && digest !== undefined) {
    const finish = wholeOf(handle, use, mechanism, { ...parameters, prehashed: true });
    return running(partsOfHash(digest), finish);
  }
  const parts = handle.inParts(use, mechanism, parameters);
  if (parts === undefined) return holding(wholeOf(handle, use, mechanism, parameters));
  return running(parts, (rest, proof) =>
    use === 'verifyMac'
      ? { output: SecretBytes.own(EMPTY_BYTES), valid: equalSecret(rest, proof) }
      : { output: SecretBytes.own(rest) },
  );
}

/** Undefined where the mechanism signs whole messages, or is given a digest. */
function digestOfSignature(mechanism: Mechanism, { prehashed }: MechanismParameters): Digest | undefined {
  const { kind, digest, digestBytes } = MECHANISMS[mechanism];
  return kind === 'signature' && digestBytes !== undefined && prehashed !== true ? digest : undefined;
}

function partsOfHash(digest: Digest): MessageParts {
  const hash = createHash(NODE_DIGESTS[digest]);
  return {
    update(part) {
      hash.update(part);
      return EMPTY_BYTES;
    },
    finish: () => hash.digest(),
  };
}

type Finish = (rest: Bytes, proof: Bytes) => StreamEnd | Promise<StreamEnd>;

function running(parts: MessageParts, finish: Finish): Taking {
  return {
    heldBytes: 0,
    update: part => parts.update(part),
    async finish(part, proof) {
      const first = parts.update(part);
      const last = parts.finish();
      if (first.length === 0) return finish(last, proof);
      const rest = concatBytes(first, last);
      wipe(first);
      wipe(last);
      return finish(rest, proof);
    },
    wipe: () => undefined,
  };
}

/** For what is computed over the whole message only. */
function holding(finish: Finish): Taking {
  const held: Bytes[] = [];
  let heldBytes = 0;
  const hold = (part: Bytes): void => {
    const limit = LIMITS.messageBytesMax;
    if (heldBytes + part.length > limit) {
      const message = `A message that is held until its end must have at most ${limit} bytes.`;
      throw new KmsError('tooLarge', message, { limit });
    }
    held.push(Uint8Array.from(part));
    heldBytes += part.length;
  };
  return {
    get heldBytes() {
      return heldBytes;
    },
    update(part) {
      hold(part);
      return EMPTY_BYTES;
    },
    async finish(part, proof) {
      hold(part);
      const whole = concatBytes(...held);
      try {
        return await finish(whole, proof);
      } finally {
        wipe(whole);
      }
    },
    wipe() {
      for (const part of held) wipe(part);
      held.length = 0;
      heldBytes = 0;
    },
  };
}

/** What the handle does to a whole message. */
function wholeOf(
  handle: InnerHandle,
  use: KeyUse,
  mechanism: Mechanism,
  parameters: MechanismParameters,
): Finish {
  switch (use) {
    case 'encrypt':
      return async whole => ended(await handle.encrypt(mechanism, whole, parameters));
    case 'decrypt':
      return async whole => ({ output: await handle.decrypt(mechanism, whole, parameters) });
    case 'sign':
      return async whole => ended(await handle.sign(mechanism, whole, parameters));
    case 'mac':
      return async whole => ended(await handle.mac(mechanism, whole, parameters));
    case 'verify':
    case 'verifyMac':
      return async (whole, proof) => ({
        output: SecretBytes.own(EMPTY_BYTES),
        valid: await handle.verify(mechanism, whole, proof, parameters),
      });
  }
}

function ended(bytes: Bytes): StreamEnd {
  return { output: SecretBytes.own(bytes) };
}
