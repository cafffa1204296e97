// The servers under load, each a process of its own: they share nothing with the load generator but the machine.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Subject {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to the first line with its URL. */
  readonly startMs: number;
  stop(): Promise<void>;
}

export async function startSubject(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Subject> {
  const begun = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const url = await firstUrl(child);
  return {
    url,
    pid: child.pid ?? 0,
    startMs: performance.now() - begun,
    async stop() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function firstUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the child has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /https?:\/\/127\.0\.0\.1:\d+/.exec(line);
    if (found !== null) {
      child.stdout.resume();
      return found[0];
    }
  }
  throw new Error('the server ended before it said where it listens');
}
