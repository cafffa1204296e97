// The library of shim.c before that of a token: a token that is slow, or that fails, on demand.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileC } from '../install.ts';

export interface Shim {
  /** Path, for the settings of a token. */
  readonly library: string;
  /** What it does from the next call on: lines as shim.c has them. None: it forwards. */
  order(...lines: readonly string[]): void;
  /** The names of the calls since it was ordered to keep a journal by `journal`. */
  readonly journal: string;
  journaled(): readonly string[];
}

/** Compiled into the directory, in a second. */
export function buildShim(library: string, directory: string): Shim {
  const [shim, control, journal] = ['shim.so', 'shim.control', 'shim.journal'].map(name =>
    join(directory, name),
  ) as [string, string, string];
  const source = fileURLToPath(new URL('shim.c', import.meta.url));
  const strings = [`-DLIBRARY="${library}"`, `-DCONTROL="${control}"`];
  const flags = ['-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC'];
  compileC(...flags, ...strings, '-o', shim, source, '-ldl');
  return {
    library: shim,
    order(...lines) {
      // Never seen half written.
      writeFileSync(`${control}.new`, lines.map(line => `${line}\n`).join(''));
      renameSync(`${control}.new`, control);
    },
    journal,
    journaled: () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : []),
  };
}
