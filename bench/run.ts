// `npm run bench`: ratios against a bare server in the same run, interleaved so that both see the same machine. Figures worth keeping go
// into bench/results/ with their date. `--seconds N` sets the length of one measurement, `--store URL` the store of Keyhold, `--only aws`,
// `--only kmip`, `--only barbican` or `--only hsm` leaves out everything else.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchBarbican } from './barbican.ts';
import { benchHsm } from './hsm.ts';
import type { Measurement } from './http-load.ts';
import { benchKmip } from './kmip.ts';
import { type AwsAccount, type Call, callOnce, measure } from './load.ts';
import { type Subject, startSubject } from './servers.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '2' },
    warm: { type: 'string', default: '15' },
    store: { type: 'string', default: 'sqlite' },
    only: { type: 'string', default: 'all' },
    keys: { type: 'string', default: '100000' },
    'peer-keys': { type: 'string', default: '2000' },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const warmSeconds = Number(values.warm);

const wants = (protocol: string): boolean => values.only === 'all' || values.only === protocol;
if (wants('aws')) await benchAws();
if (wants('kmip')) {
  await benchKmip({
    seconds,
    rounds,
    warmSeconds,
    store: values.store,
    keys: Number(values.keys),
    peerKeys: Number(values['peer-keys']),
  });
}
if (wants('hsm')) await benchHsm(values.store);
if (wants('barbican')) await benchBarbican({ seconds, rounds, warmSeconds, store: values.store });

async function benchAws(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
  const bare = await startSubject('./bare-server.ts', []);
  const keyhold = await startSubject('../src/cli/main.ts', ['serve'], {
    KEYHOLD_DATA_DIR: dataDir,
    KEYHOLD_PORT: '0',
    KEYHOLD_KMIP: 'off',
    KEYHOLD_STORE: values.store,
    KEYHOLD_LOG_LEVEL: 'warn',
  });
  try {
    const account = (
      JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as { readonly aws: AwsAccount }
    ).aws;
    const created = await callOnce(keyhold.url, { operation: 'CreateKey', body: {} }, account);
    const { KeyId } = created.KeyMetadata as { readonly KeyId: string };
    console.log(
      `node ${process.version}, store ${values.store.split(':')[0]}, ${seconds} s a measurement, best of ${rounds}`,
    );
    console.log(
      `start: keyhold ${keyhold.startMs.toFixed(0)} ms (first start), bare ${bare.startMs.toFixed(0)} ms\n`,
    );
    await compareCrypto({ bare, keyhold }, account, KeyId);
    await measureCreation(keyhold, account);
  } finally {
    await Promise.all([bare.stop(), keyhold.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Subjects {
  readonly bare: Subject;
  readonly keyhold: Subject;
}

async function compareCrypto(subjects: Subjects, account: AwsAccount, KeyId: string): Promise<void> {
  const Plaintext = Buffer.alloc(32, 7).toString('base64');
  const row = (cells: readonly string[]): void =>
    console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(16) : cell.padStart(11))).join(' '));
  row(['operation', 'connections', 'bare/s', 'keyhold/s', 'ratio', 'bare p99', 'p99', 'p99 ratio']);
  for (const operation of ['Encrypt', 'Decrypt', 'GenerateDataKey']) {
    for (const subject of [subjects.bare, subjects.keyhold]) {
      const body = await bodyFor(operation, subject, account, { KeyId, Plaintext });
      await measure(subject.url, { operation, body }, account, { connections: 16, seconds: warmSeconds });
    }
    for (const connections of [1, 16, 64]) {
      const callOf = async (subject: Subject): Promise<Call> => ({
        operation,
        body: await bodyFor(operation, subject, account, { KeyId, Plaintext }),
      });
      const outcomes = await interleave(subjects, account, connections, callOf);
      const [theirs, ours] = outcomes;
      row([
        operation,
        String(connections),
        theirs.perSecond.toFixed(0),
        ours.perSecond.toFixed(0),
        (ours.perSecond / theirs.perSecond).toFixed(2),
        `${theirs.p99Ms.toFixed(2)} ms`,
        `${ours.p99Ms.toFixed(2)} ms`,
        (ours.p99Ms / theirs.p99Ms).toFixed(1),
      ]);
    }
  }
}

async function bodyFor(
  operation: string,
  subject: Subject,
  account: AwsAccount,
  { KeyId, Plaintext }: { readonly KeyId: string; readonly Plaintext: string },
): Promise<object> {
  if (operation === 'Encrypt') return { KeyId, Plaintext };
  if (operation === 'GenerateDataKey') return { KeyId, KeySpec: 'AES_256' };
  const sealed = await callOnce(subject.url, { operation: 'Encrypt', body: { KeyId, Plaintext } }, account);
  return { KeyId, CiphertextBlob: sealed.CiphertextBlob };
}

/** Alternates the two servers and keeps the best round of each: what is left over is the machine's noise, not ours. */
async function interleave(
  { bare, keyhold }: Subjects,
  account: AwsAccount,
  connections: number,
  callOf: (subject: Subject) => Promise<Call>,
): Promise<readonly [Measurement, Measurement]> {
  const [bareCall, keyholdCall] = [await callOf(bare), await callOf(keyhold)];
  const best = (left: Measurement | undefined, right: Measurement): Measurement =>
    left === undefined || right.perSecond > left.perSecond ? right : left;
  let theirs: Measurement | undefined;
  let ours: Measurement | undefined;
  for (let round = 0; round < rounds; round += 1) {
    theirs = best(theirs, await measure(bare.url, bareCall, account, { connections, seconds }));
    ours = best(ours, await measure(keyhold.url, keyholdCall, account, { connections, seconds }));
  }
  if (theirs === undefined || ours === undefined) throw new Error('at least one round');
  if (ours.refused > 0) throw new Error(`${keyholdCall.operation}: ${ours.refused} requests were refused`);
  return [theirs, ours];
}

async function measureCreation(keyhold: Subject, account: AwsAccount): Promise<void> {
  const call = { operation: 'CreateKey', body: { Description: 'bench' } };
  const { perSecond, p99Ms, refused } = await measure(keyhold.url, call, account, {
    connections: 16,
    seconds,
  });
  console.log(
    `\nCreateKey, durable, 16 connections: ${perSecond.toFixed(0)}/s, p99 ${p99Ms.toFixed(1)} ms, refused ${refused}`,
  );
}
