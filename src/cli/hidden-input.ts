// What must not be seen: typed at a terminal without an echo, or piped in. Never an argument: those are in the history of the shell and in
// the list of processes.

import { CliFailure } from './failure.ts';

const LINE_BYTES_MAX = 1_024;
const [END_OF_TEXT, END_OF_TRANSMISSION, BACKSPACE, LINE_FEED, CARRIAGE_RETURN, DELETE] = [
  0x03, 0x04, 0x08, 0x0a, 0x0d, 0x7f,
];

/** One line, without its end. Ctrl-C and Ctrl-D end the command. */
export async function askHidden(prompt: string): Promise<Uint8Array> {
  process.stderr.write(prompt);
  process.stdin.setRawMode(true);
  const typed: number[] = [];
  try {
    for await (const chunk of process.stdin.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Uint8Array>) {
      for (const byte of chunk) {
        if (byte === END_OF_TEXT || byte === END_OF_TRANSMISSION)
          throw new CliFailure('usage', 'Ended by you.');
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return Uint8Array.from(typed);
        if (byte === BACKSPACE || byte === DELETE) typed.pop();
        else if (typed.length < LINE_BYTES_MAX) typed.push(byte);
      }
      chunk.fill(0);
    }
    throw new CliFailure('usage', 'The terminal is closed.');
  } finally {
    typed.fill(0);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stderr.write('\n');
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
