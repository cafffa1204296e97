// Nothing secret leaves by a side door: a server does its work among canaries, and then everything that it has said, written and kept is
// searched for them. What the whole memory of the process still holds is reported, since freed memory is not ours to overwrite.

import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Credentials } from '../../src/server/credentials-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type Canary, canaryOf, Detector, newCanary } from './canaries.ts';
import { type ServerProcess, searchFile, startServerProcess } from './server-process.ts';
import { runWorkload, type Workload } from './workload.ts';

interface Setup {
  /** Secrets that are there before any request, with the files that they belong into. */
  readonly canaries: readonly (Canary & { readonly file?: string })[];
  readonly options: readonly string[];
}

const CREDENTIALS = 'credentials.json';

function readCredentials(directory: string): Credentials {
  return JSON.parse(readFileSync(join(directory, 'data', CREDENTIALS), 'utf8')) as Credentials;
}

const names = (canaries: readonly Canary[]): readonly string[] => canaries.map(({ name }) => name).sort();

/** What the first start made and shows once. */
function firstSecrets({ admin, aws }: Credentials): readonly (Canary & { readonly file: string })[] {
  return [
    { ...canaryOf('first API key', admin.apiKey.slice(-59)), file: CREDENTIALS },
    { ...canaryOf('first access secret', aws.secretAccessKey), file: CREDENTIALS },
  ];
}

async function requireNoLeak(
  t: TestContext,
  directory: string,
  setup: (dataDir: string) => Promise<Setup> | Setup,
): Promise<void> {
  const prepared = await setup(join(directory, 'data'));
  const first = await startServerProcess(directory, prepared.options);
  t.after(() => first.stop());
  const credentials = readCredentials(directory);
  const shown = firstSecrets(credentials);
  // The file of the root key is there by now.
  const given = (await setup(join(directory, 'data'))).canaries;
  const work = await runWorkload(first.url, credentials);
  const all = [...given, ...shown, ...work.secrets];
  const detector = new Detector(all);

  assert.deepEqual([...detector.names(first.output().out)].sort(), names(shown), 'standard output');
  assert.deepEqual([...detector.names(first.output().error)], [], 'standard error');
  requireAnswers(work, detector);
  assert.deepEqual([...detector.names(work.auditLog)], [], 'audit log');
  await requireHeap(first, detector);
  report(t, first, detector);
  const files = requireFiles(directory, detector, [...given, ...shown]);
  assert.ok(files.includes('keyhold.db-wal') && files.some(file => /\.backup$/.test(file)), String(files));
  work.close();
  await first.stop();
  assert.deepEqual([...detector.names(first.output().error)], [], 'standard error at the end');

  const second = await startServerProcess(directory, prepared.options);
  t.after(() => second.stop());
  assert.deepEqual([...detector.names(second.output().out)], [], 'standard output of a second start');
  await requireHeap(second, detector);
  await second.stop();
  requireFiles(directory, detector, [...given, ...shown]);
}

function requireAnswers({ secrets, answers }: Workload, detector: Detector): void {
  for (const { what, bytes } of answers) {
    const belonging = secrets.filter(({ answeredTo }) => answeredTo.includes(what));
    assert.deepEqual([...detector.names(bytes)].sort(), names(belonging), `the answer to: ${what}`);
  }
}

/** What is reachable from the roots of the heap: texts, names, numbers. */
async function requireHeap(server: ServerProcess, detector: Detector): Promise<void> {
  const snapshot = await server.heapSnapshot();
  const found = new Set(searchFile(snapshot, detector).map(({ canary, form }) => `${canary} (${form})`));
  assert.deepEqual([...found], [], 'heap');
}

function requireFiles(
  directory: string,
  detector: Detector,
  belonging: readonly (Canary & { readonly file?: string })[],
): readonly string[] {
  const root = join(directory, 'data');
  const files = globSync('**/*', { cwd: root }).filter(file => statSync(join(root, file)).isFile());
  for (const file of files) {
    const found = new Set(searchFile(join(root, file), detector).map(({ canary }) => canary));
    const expected = names(belonging.filter(canary => canary.file === file));
    assert.deepEqual([...found].sort(), expected, file);
  }
  return files;
}

function report(t: TestContext, server: ServerProcess, detector: Detector): void {
  const found = server.searchMemory(detector);
  if (found === undefined) {
    t.diagnostic('the system does not show the memory of a process');
    return;
  }
  const counts = new Map<string, number>();
  for (const { canary, form } of found) {
    const what = `${canary} (${form})`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  t.diagnostic(`copies of secrets in memory, freed or not: ${found.length}`);
  for (const [what, count] of [...counts].sort()) t.diagnostic(`  ${count} ${what}`);
}

test('nothing leaks from a server whose root key is a file', { timeout: 300_000 }, async t => {
  await requireNoLeak(t, await temporaryDirectory(), dataDir => ({
    canaries: rootKeyFiles(dataDir).map(file => ({
      name: 'root key',
      bytes: rootKeyBytes(join(dataDir, file)),
      file,
    })),
    options: [],
  }));
});

test('nothing leaks from a server whose root key is a passphrase', { timeout: 300_000 }, async t => {
  const directory = await temporaryDirectory();
  const passphrase = canaryOf('passphrase', newCanary('passphrase').bytes.toString('base64'));
  const file = join(directory, 'passphrase');
  writeFileSync(file, `${passphrase.bytes}\n`, { mode: 0o600 });
  await requireNoLeak(t, directory, () => ({
    canaries: [passphrase],
    options: ['--root-key', 'passphrase', '--root-passphrase-file', file],
  }));
});

function rootKeyFiles(dataDir: string): readonly string[] {
  try {
    return readdirSync(dataDir).filter(name => /root.*key/.test(name));
  } catch {
    return [];
  }
}

/** A head that is no secret, and the key in hexadecimal digits. */
function rootKeyBytes(path: string): Buffer {
  const digits = /([0-9a-f]{64})\n$/.exec(readFileSync(path, 'latin1'))?.[1];
  assert.ok(digits);
  return Buffer.from(digits, 'hex');
}
