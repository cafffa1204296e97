// The self-test of the start, once in each process and before anything else: nothing is opened with code that computes wrong. Its result is
// an entry of the audit log, also when it is the last one of that start.

import { openAuditLog } from '../audit/log.ts';
import type { AuditLog } from '../core/ports/audit-log.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import { runSelfTest, type SelfTestResult } from '../crypto/self-test/run.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { KmsError, toKmsError } from '../domain/errors.ts';
import { openStore } from '../store/index.ts';
import type { BuildOptions } from './build.ts';

/** The code of a process does not change: its servers are tested once. */
const outcomes = new Map<() => Promise<SelfTestResult>, Promise<SelfTestResult | KmsError>>();

/** Throws the error that names what has failed, once that is in the log. */
export async function passSelfTest(
  { settings, onFatal }: Pick<BuildOptions, 'settings' | 'onFatal'>,
  parts: SelfTestParts,
  run: () => Promise<SelfTestResult> = runSelfTest,
): Promise<SelfTestResult> {
  const outcome = outcomes.get(run) ?? run().catch(toKmsError);
  outcomes.set(run, outcome);
  const result = await outcome;
  if (!(result instanceof KmsError)) return result;
  const store = await openStore(settings.store, { dataDirectory: settings.dataDir, onFatal });
  try {
    const log = await openAuditLog({ store, clock: parts.clock });
    await recordSelfTest(log, parts, result);
  } finally {
    await store.close();
  }
  throw result;
}

export interface SelfTestParts {
  readonly clock: Clock;
  readonly random: Random;
}

export async function recordSelfTest(
  log: Pick<AuditLog, 'record'>,
  { clock, random }: SelfTestParts,
  result: SelfTestResult | KmsError,
): Promise<void> {
  const failed = result instanceof KmsError;
  const entry: AuditEntry = {
    at: clock.now(),
    details: failed ? result.details : { ...result },
    kind: 'use',
    operation: 'system.selfTest',
    outcome: failed ? result.code : 'ok',
    principalId: 'self-test',
    protocol: 'start',
    requestId: random.uuid(),
    targets: [{ type: 'system', id: 'selfTest' }],
  };
  await log.record(entry);
}
