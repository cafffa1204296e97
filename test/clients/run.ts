// Runs a client's program to its end, and keeps what it says.

import { spawn } from 'node:child_process';

export interface Run {
  readonly status: number | null;
  /** Of both streams, in the order of their coming. */
  readonly report: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly msMax: number;
}

export function run(command: string, args: readonly string[], { cwd, env, msMax }: RunOptions): Promise<Run> {
  const child = spawn(command, args, { cwd, env, timeout: msMax, stdio: ['ignore', 'pipe', 'pipe'] });
  let report = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      report += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', status => resolve({ status, report }));
  });
}
