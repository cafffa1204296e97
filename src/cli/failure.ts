// How a command fails: one line that says what is wrong, one that says what to do next, and an exit code.

import { isKeyOf } from '../base/table.ts';
import { EXIT_OF_ERROR, type Exit } from './exit-codes.ts';

export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exit: Exit;
  readonly nextStep: string | undefined;
  /** The member of a request that breaks a rule; the message begins with it. */
  readonly field: string | undefined;

  constructor(exit: Exit, message: string, nextStep?: string, field?: string) {
    super(message);
    this.exit = exit;
    this.nextStep = nextStep;
    this.field = field;
  }
}

const NEXT_STEPS: Partial<Record<Exit, string>> = {
  notFound: 'List what there is (`keyhold <noun> list`), or name another project with --project.',
  unavailable: 'Run `keyhold doctor`, and try again shortly.',
};

const NEXT_STEPS_OF_ERRORS: Partial<Record<string, string>> = {
  unauthenticated:
    'Name the file of a valid API key with --api-key-file, or the data directory of the server with --data-dir.',
  denied: 'See your roles with `keyhold whoami`; who may read access settings can ask `keyhold explain`.',
  keySuspended: 'Enable it with `keyhold keys enable <key>`.',
  keyPendingDestruction: 'Cancel that with `keyhold keys cancel-destruction <key>`.',
  sealed: 'See why with `keyhold unseal --show`, and open it with `keyhold unseal`.',
  internal: 'Look into the log of the server: it has the details under this request id.',
};

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly requestId?: string | undefined;
}

/** A refusal of the server, in one line. */
export function serverFailure({ code, message, details, requestId }: Refusal): CliFailure {
  const exit = isKeyOf(EXIT_OF_ERROR, code) ? EXIT_OF_ERROR[code] : 'failed';
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  const nextStep = NEXT_STEPS_OF_ERRORS[code] ?? NEXT_STEPS[exit];
  const field = typeof details?.field === 'string' ? details.field : undefined;
  return new CliFailure(exit, `${message}${request}`, nextStep, field);
}

/** What the operating system says of a file, by its code. */
const FILE_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'There is no file',
  ENOTDIR: 'There is no file',
  EACCES: 'You may not read or write',
  EPERM: 'You may not read or write',
  EEXIST: 'There is something already, which is not written over:',
  EISDIR: 'This is a directory and no file:',
};

/** Failures of borrowed code carry a code of the same table. */
export function toCliFailure(thrown: unknown): CliFailure {
  if (thrown instanceof CliFailure) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const { message } = error;
  if (isKeyOf(EXIT_OF_ERROR, code)) {
    const details = 'details' in error ? (error.details as Refusal['details']) : undefined;
    return serverFailure({ code, message, details });
  }
  const what = FILE_FAILURES[code];
  if (what !== undefined) {
    const path = 'path' in error ? ` ${String(error.path)}.` : ` (${message}).`;
    return new CliFailure('failed', `${what}${path}`, 'Check the path and its permissions.');
  }
  return new CliFailure('failed', error.message);
}
