// What is left of the bare token at each layer of Keyhold, in one process and without HTTP: custody alone, and the one door around it, with
// policy and durable audit log.

import { rmSync } from 'node:fs';
import { execute } from '../src/core/execute.ts';
import { sign } from '../src/core/operations/crypto/sign.ts';
import { createKey } from '../src/core/operations/keys/create-key.ts';
import type { KeyAlgorithm, Mechanism } from '../src/domain/algorithms.ts';
import { startKeyhold } from '../test/support/keyhold.ts';
import { systemContext } from '../test/support/system.ts';
import { type Latencies, summaryOf } from './latencies.ts';
import { row, takeTurns } from './turns.ts';

const TURNS = { seconds: 0.35, pairs: 5 };
const WARM_SECONDS = 1;
const MESSAGE = new Uint8Array(32).fill(7);

interface Signature {
  readonly title: string;
  readonly algorithm: KeyAlgorithm;
  readonly mechanism: Mechanism;
  /** What the program of the bare token calls it. */
  readonly raw: 'rsa' | 'ecdsa';
}

const SIGNATURES: readonly Signature[] = [
  { title: 'RSA-2048 sign', algorithm: 'rsa-2048', mechanism: 'rsassa-pkcs1-v15-sha-256', raw: 'rsa' },
  { title: 'ECDSA P-256 sign', algorithm: 'ec-p256', mechanism: 'ecdsa-sha-256', raw: 'ecdsa' },
];

export interface TokenInProcess {
  readonly settings: Readonly<Record<string, string>>;
  /** As many as the bare token has threads. */
  readonly sessions: number;
  /** Operations of the bare token a second, by a key that has the part in its label. */
  bare(kind: string, labelPart: string, threads: number): Promise<number>;
}

export async function benchTokenInProcess({ settings, sessions, bare }: TokenInProcess): Promise<void> {
  console.log(
    `\nThe same in one process, without HTTP: ${TURNS.pairs} pairs of ${TURNS.seconds} s for each layer`,
  );
  row(['operation', 'in flight', 'layer', 'token/s', 'keyhold/s', 'ratio', 'p50', 'p99']);
  const keyhold = await startKeyhold({ settings });
  const { kms, credentials } = keyhold;
  const context = systemContext(credentials.project.id);
  try {
    for (const { title, algorithm, mechanism, raw } of SIGNATURES) {
      const made = await execute(kms, createKey, context, { algorithm, location: 'here', protection: 'hsm' });
      const { id } = made.key;
      const layers: Readonly<Record<string, () => Promise<unknown>>> = {
        async custody() {
          using handle = await kms.custody.open(made.key, made.version);
          return await handle.sign(mechanism, MESSAGE);
        },
        door: () => execute(kms, sign, context, { key: { by: 'id', id }, mechanism, message: MESSAGE }),
      };
      for (const [layer, operation] of Object.entries(layers)) {
        await measureOperation(operation, 30, WARM_SECONDS);
        for (const inFlight of [1, 30]) {
          const { left, right, ratio } = await takeTurns(
            TURNS.pairs,
            async () => ({
              perSecond: await bare(raw, id, Math.min(inFlight, sessions)),
              p50Ms: 0,
              p99Ms: 0,
            }),
            () => measureOperation(operation, inFlight, TURNS.seconds),
          );
          row([
            title,
            String(inFlight),
            layer,
            left.perSecond.toFixed(0),
            right.perSecond.toFixed(0),
            ratio.toFixed(2),
            `${right.p50Ms.toFixed(2)} ms`,
            `${right.p99Ms.toFixed(2)} ms`,
          ]);
        }
      }
    }
  } finally {
    await keyhold.stop();
    rmSync(keyhold.dataDir, { recursive: true, force: true });
  }
}

/** So many loops, in each of which the next operation begins when the last one has ended. */
async function measureOperation(
  operation: () => Promise<unknown>,
  inFlight: number,
  seconds: number,
): Promise<Latencies> {
  const latenciesMs: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let at = performance.now(); at < end; at = performance.now()) {
        await operation();
        latenciesMs.push(performance.now() - at);
      }
    }),
  );
  const elapsed = (performance.now() - begun) / 1000;
  return summaryOf(latenciesMs, elapsed);
}
