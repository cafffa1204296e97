// Bytes from and to where the user says: standard input and output, or files. Secrets are written to a file of mode 0600 that must not
// exist, or to standard output when that is asked for, and never to a terminal by accident.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CliFailure } from './failure.ts';
import { printNote } from './output.ts';

const INPUT_BYTES_MAX = 1_048_576;

/** The file, or standard input. */
export async function readInput(file: string | undefined): Promise<Uint8Array> {
  if (file !== undefined) return readFileSync(file);
  if (process.stdin.isTTY) printNote('Reading from the terminal; end with Ctrl-D.');
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > INPUT_BYTES_MAX)
      throw new CliFailure('usage', `The input has more than ${INPUT_BYTES_MAX} bytes.`);
  }
  return Buffer.concat(chunks);
}

export interface SecretOutput {
  readonly out?: string | undefined;
  readonly stdout?: boolean | undefined;
}

/** A place for a secret that is still to be made: without a place for it, it is not made at all. */
export interface SecretPlace extends Disposable {
  write(secret: string | Uint8Array): void;
}

/** See {@link newFile}. */
export function openSecretPlace({ out, stdout }: SecretOutput): SecretPlace {
  if ((out === undefined) !== (stdout === true)) {
    throw new CliFailure(
      'usage',
      'Say where the secret goes.',
      'Give --out <file> (made with mode 0600), or --stdout to print it.',
    );
  }
  return out === undefined ? STANDARD_OUTPUT : newFile(out);
}

const STANDARD_OUTPUT: SecretPlace = {
  write(secret) {
    process.stdout.write(secret);
    if (typeof secret === 'string') process.stdout.write('\n');
  },
  [Symbol.dispose]: () => undefined,
};

/** A new file of mode 0600, which must not exist; one that nothing was written to is gone at the end of the scope. */
export function newFile(path: string): SecretPlace {
  writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
  let written = false;
  return {
    write(secret) {
      writeFileSync(path, typeof secret === 'string' ? `${secret}\n` : secret, { flush: true });
      written = true;
      printNote(`Written to ${path}.`);
    },
    [Symbol.dispose]() {
      if (!written) rmSync(path, { force: true });
    },
  };
}
