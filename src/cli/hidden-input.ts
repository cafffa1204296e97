// What must not be seen: typed at a terminal without an echo, or piped in. Never an argument: those are in the history of the shell and in
// the list of processes.

import { CliFailure } from './failure.ts';

const LINE_BYTES_MAX = 1_024;
const [END_OF_TEXT, END_OF_TRANSMISSION, BACKSPACE, LINE_FEED, CARRIAGE_RETURN, DELETE] = [
  0x03, 0x04, 0x08, 0x0a, 0x0d, 0x7f,
];

/** A terminal that shows nothing of what is typed, from the first question to the end of the scope: what is typed ahead is not shown either. */
export class HiddenInput implements Disposable {
  /** Typed and not asked for yet, such as further lines that were pasted at once. */
  #typed: number[] = [];

  constructor() {
    process.stdin.setRawMode(true);
  }

  /** One line, without its end. Ctrl-C and Ctrl-D end the command. */
  async ask(prompt: string): Promise<Uint8Array> {
    process.stderr.write(prompt);
    try {
      const typed = this.#line();
      if (typed !== undefined) return typed;
      const chunks = process.stdin.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      for await (const chunk of chunks) {
        this.#typed.push(...chunk);
        chunk.fill(0);
        const line = this.#line();
        if (line !== undefined) return line;
      }
      throw new CliFailure('usage', 'The terminal is closed.');
    } finally {
      process.stdin.pause();
      process.stderr.write('\n');
    }
  }

  [Symbol.dispose](): void {
    this.#typed.fill(0);
    process.stdin.setRawMode(false);
  }

  /** What was typed as far as the end of a line; undefined while there is none. */
  #line(): Uint8Array | undefined {
    const line: number[] = [];
    for (const [at, byte] of this.#typed.entries()) {
      if (byte === END_OF_TEXT || byte === END_OF_TRANSMISSION)
        throw new CliFailure('usage', 'Ended by you.');
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        this.#typed.splice(0, at + 1).fill(0);
        return Uint8Array.from(line);
      }
      if (byte === BACKSPACE || byte === DELETE) line.pop();
      else if (line.length < LINE_BYTES_MAX) line.push(byte);
    }
    return undefined;
  }
}

/** The lines of what is piped in, those without anything left out. */
export async function pipedLines(): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  const lines: Uint8Array[] = [];
  for (let at = 0; at < whole.length; ) {
    const end = whole.indexOf(LINE_FEED, at);
    const next = end === -1 ? whole.length : end;
    if (whole.subarray(at, next).some(byte => byte > 0x20)) lines.push(whole.subarray(at, next));
    at = next + 1;
  }
  return lines;
}
