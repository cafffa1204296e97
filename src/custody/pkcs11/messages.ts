// What the main thread and the worker threads of a token say to each other. Secrets are
// moved, not copied, so that no second copy of them stays.

import { assert } from '../../base/assert.ts';
import type { Bytes } from '../../base/bytes.ts';
import { type ErrorCode, type ErrorDetails, KmsError } from '../../domain/errors.ts';
import type { CommandName, Gives, Takes } from './commands.ts';
import { TokenFault } from './fault.ts';
import type { TokenSelector } from './find-token.ts';

/** What a thread is begun with. */
export interface ThreadSettings {
  /** Path of the library. */
  readonly library: string;
  readonly selector: TokenSelector;
}

export type Request =
  /** Opens a session, unless one is open. */
  | { readonly step: 'open'; readonly pin: Bytes }
  | {
      [Name in CommandName]: { readonly step: 'run'; readonly command: Name; readonly takes: Takes<Name> };
    }[CommandName]
  | { readonly step: 'close' }
  /** Begins the library anew. Sessions are closed before. */
  | { readonly step: 'restart' }
  /** Closes the session, and ends. Without an answer. */
  | { readonly step: 'leave' };

export type Reply =
  | { readonly output: Gives<CommandName> | undefined }
  | { readonly tokenFault: { readonly call: string; readonly value: number } }
  | {
      readonly refusal: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly details: ErrorDetails;
      };
    }
  | { readonly failure: string };

export function replyOfError(thrown: unknown): Reply {
  if (thrown instanceof TokenFault) return { tokenFault: { call: thrown.call, value: thrown.value } };
  if (thrown instanceof KmsError) {
    const { code, message, details } = thrown;
    return { refusal: { code, message, details } };
  }
  return { failure: String(thrown) };
}

/** What a reply gives, or throws. */
export function outputOf(reply: Reply): Gives<CommandName> | undefined {
  if ('output' in reply) return reply.output;
  if ('tokenFault' in reply) throw new TokenFault(reply.tokenFault.call, reply.tokenFault.value);
  if ('refusal' in reply)
    throw new KmsError(reply.refusal.code, reply.refusal.message, reply.refusal.details);
  throw new Error(reply.failure);
}

/** What of a message is moved: the secret in it, if there is one. */
export function movedOf(message: Request | Reply): ArrayBuffer[] {
  const secret = 'step' in message ? secretOf(message) : 'output' in message ? message.output : undefined;
  if (!(secret instanceof Uint8Array) || !(secret.buffer instanceof ArrayBuffer)) return [];
  assert(secret.buffer.byteLength === secret.byteLength, 'a secret that is moved has memory of its own');
  return [secret.buffer];
}

function secretOf(request: Request): Bytes | undefined {
  if (request.step === 'open') return request.pin;
  if (request.step !== 'run') return undefined;
  const { takes } = request;
  if ('data' in takes) return takes.data;
  return 'material' in takes ? takes.material : undefined;
}
