// How a command fails: one line that says what is wrong, one that says what to do next, and an exit code.

import { isKeyOf } from '../base/table.ts';
import { EXIT_OF_ERROR, type Exit } from './exit-codes.ts';

export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exit: Exit;
  readonly nextStep: string | undefined;

  constructor(exit: Exit, message: string, nextStep?: string) {
    super(message);
    this.exit = exit;
    this.nextStep = nextStep;
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

/** A refusal of the server, in one line. */
export function serverFailure(code: string, message: string, requestId: string | undefined): CliFailure {
  const exit = isKeyOf(EXIT_OF_ERROR, code) ? EXIT_OF_ERROR[code] : 'failed';
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return new CliFailure(exit, `${message}${request}`, NEXT_STEPS_OF_ERRORS[code] ?? NEXT_STEPS[exit]);
}

/** Failures of borrowed code carry a code of the same table. */
export function toCliFailure(thrown: unknown): CliFailure {
  if (thrown instanceof CliFailure) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (isKeyOf(EXIT_OF_ERROR, code)) return serverFailure(code, error.message, undefined);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EEXIST' || code === 'EISDIR') {
    return new CliFailure('failed', error.message, 'Check the path and its permissions.');
  }
  return new CliFailure('failed', error.message);
}
