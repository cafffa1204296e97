// Long work of the server on the screen: its progress, and its outcome. The work goes on when the command is stopped.

import type { Session } from './command.ts';
import { CliFailure, serverFailure } from './failure.ts';
import { Progress } from './progress.ts';

export type WorkOutcome = Readonly<Record<string, string | number>>;

interface WorkLine {
  readonly progress?: { readonly done: number; readonly total: number };
  readonly outcome?: WorkOutcome;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The outcome, shown. */
export async function followWork(
  session: Session,
  path: string,
  label: string,
  body?: unknown,
): Promise<WorkOutcome> {
  const progress = new Progress(label);
  let last: WorkLine = {};
  try {
    for await (const line of session.client.lines('POST', path, body)) {
      last = JSON.parse(line) as WorkLine;
      if (last.progress !== undefined) progress.show(last.progress.done, last.progress.total);
    }
  } finally {
    progress.clear();
  }
  if (last.error !== undefined) throw serverFailure(last.error);
  if (last.outcome === undefined) {
    throw new CliFailure(
      'unavailable',
      'The server stopped before the work was done.',
      'Start it and run this again.',
    );
  }
  session.show(last.outcome);
  return last.outcome;
}
