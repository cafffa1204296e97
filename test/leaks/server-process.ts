// The program itself in a process of its own, with everything that it says kept, and ways to look into its memory.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Detector, Sighting } from './canaries.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const START_MS_MAX = 60_000;
const POLL_MS = 100;

export interface ServerProcess {
  readonly url: string;
  /** Everything on standard output and standard error so far. */
  output(): { readonly out: string; readonly error: string };
  /** A snapshot of what is reachable in the heap, after a full collection: the path of the file. */
  heapSnapshot(): Promise<string>;
  /** What is in the writable memory of the process; undefined where the system does not show it. */
  searchMemory(detector: Detector): readonly Sighting[] | undefined;
  stop(): Promise<void>;
}

/** `directory` holds the data and what the process writes otherwise. */
export async function startServerProcess(
  directory: string,
  options: readonly string[] = [],
): Promise<ServerProcess> {
  const flags = ['--heapsnapshot-signal=SIGUSR2', '--heap-snapshot-string-limit=10000000'];
  const serve = [
    'serve',
    '--data-dir',
    join(directory, 'data'),
    '--port',
    '0',
    '--kmip',
    'off',
    '--log-level',
    'debug',
  ];
  const child = spawn(process.execPath, [...flags, PROGRAM, ...serve, ...options], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', error: '' };
  child.stdout.on('data', (piece: Buffer) => {
    said.out += piece.toString('latin1');
  });
  child.stderr.on('data', (piece: Buffer) => {
    said.error += piece.toString('latin1');
  });
  return {
    url: await servedUrl(child, said),
    output: () => ({ ...said }),
    heapSnapshot: () => takeHeapSnapshot(child, directory),
    searchMemory: detector => searchMemory(child.pid ?? 0, detector),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function servedUrl(
  child: ChildProcess,
  said: { readonly out: string; readonly error: string },
): Promise<string> {
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += POLL_MS) {
    const url = /serves at (http:\S+)/.exec(said.out)?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null) break;
    await pause(POLL_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`the server did not start: ${said.error}`);
}

/** Written while the process stands still: whole once it ends like the document that it is. */
async function takeHeapSnapshot(child: ChildProcess, directory: string): Promise<string> {
  const snapshots = (): string[] => readdirSync(directory).filter(name => name.endsWith('.heapsnapshot'));
  const before = snapshots();
  child.kill('SIGUSR2');
  for (;;) {
    await pause(POLL_MS);
    if (child.exitCode !== null) throw new Error('the server ended instead of showing its heap');
    const made = snapshots().find(name => !before.includes(name));
    if (made === undefined) continue;
    const path = join(directory, made);
    if (lastBytes(path, 4).includes('}')) return path;
  }
}

function lastBytes(path: string, count: number): string {
  const { size } = statSync(path);
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(count);
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, count, Math.max(0, size - count)));
  } finally {
    closeSync(file);
  }
}

/** More than the longest form of any canary. */
const OVERLAP_BYTES = 4_096;
const CHUNK_BYTES = 16_777_216;

/** A file of any size, piece by piece. */
export function searchFile(path: string, detector: Detector): readonly Sighting[] {
  const { size } = statSync(path);
  const file = openSync(path, 'r');
  try {
    return searchRange(file, 0, size, detector);
  } finally {
    closeSync(file);
  }
}

function searchRange(file: number, start: number, end: number, detector: Detector): readonly Sighting[] {
  const found: Sighting[] = [];
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(0, end - start)));
  for (let at = start; at < end; at += CHUNK_BYTES - OVERLAP_BYTES) {
    const length = readSync(file, chunk, 0, Math.min(chunk.length, end - at), at);
    found.push(...detector.search(chunk.subarray(0, length), at));
    if (length < chunk.length) break;
  }
  return found;
}

/** Linux shows a process of one's own: proc_pid_maps(5), proc_pid_mem(5). */
function searchMemory(pid: number, detector: Detector): readonly Sighting[] | undefined {
  let maps: string;
  let memory: number;
  try {
    maps = readFileSync(`/proc/${pid}/maps`, 'latin1');
    memory = openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return undefined;
  }
  const found: Sighting[] = [];
  try {
    for (const [, from = '', to = ''] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)) {
      try {
        found.push(...searchRange(memory, Number.parseInt(from, 16), Number.parseInt(to, 16), detector));
      } catch {
        // A region that went away, or one that cannot be read.
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}
