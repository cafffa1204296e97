// The library of shim.c before that of a token: a token that is slow, or that fails, on demand.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDebian } from '../install.ts';

const COMPILE_MS_MAX = 60_000;

export interface Shim {
  /** Path, for the settings of a token. */
  readonly library: string;
  /** What it does from the next call on: lines as shim.c has them. None: it forwards. */
  order(...lines: readonly string[]): void;
  /** The names of the calls since it was ordered to keep a journal by `journal`. */
  readonly journal: string;
  journaled(): readonly string[];
}

/** Compiled into the directory, in a second, by the compiler that is there; without one, by that of the distribution. */
export function buildShim(library: string, directory: string): Shim {
  const [shim, control, journal] = ['shim.so', 'shim.control', 'shim.journal'].map(name =>
    join(directory, name),
  ) as [string, string, string];
  const source = fileURLToPath(new URL('shim.c', import.meta.url));
  const strings = [`-DLIBRARY="${library}"`, `-DCONTROL="${control}"`];
  const flags = ['-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC'];
  execFileSync(compiler(), [...flags, ...strings, '-o', shim, source, '-ldl'], {
    timeout: COMPILE_MS_MAX,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
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

function compiler(): string {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
  } catch {
    installDebian('gcc', 'libc6-dev');
  }
  return 'cc';
}
