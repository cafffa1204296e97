// Which messages in parts are open under which key, so that none goes on once its key is forgotten.

import type { MessageStream } from '../core/ports/custody.ts';

export class StreamsOfKeys {
  readonly #open = new Map<string, Set<MessageStream>>();

  /** `begin` is handed what it calls when its stream is over. */
  begin(keyId: string, begin: (closed: () => void) => MessageStream): MessageStream {
    const stream = begin(() => this.#remove(keyId, stream));
    const others = this.#open.get(keyId);
    if (others === undefined) this.#open.set(keyId, new Set([stream]));
    else others.add(stream);
    return stream;
  }

  forget(keyId: string): void {
    for (const stream of this.#open.get(keyId) ?? []) stream[Symbol.dispose]();
  }

  clear(): void {
    for (const keyId of [...this.#open.keys()]) this.forget(keyId);
  }

  #remove(keyId: string, stream: MessageStream): void {
    const streams = this.#open.get(keyId);
    streams?.delete(stream);
    if (streams?.size === 0) this.#open.delete(keyId);
  }
}
