// Long work with progress that anybody may follow: it goes on whether or not somebody does, and never waits for a slow reader.

import type { MaintenanceOutcome, MaintenanceProgress, MaintenanceRun } from '../core/ports/maintenance.ts';

type Report = (progress: MaintenanceProgress) => void;

export function startRun(work: (report: Report) => Promise<MaintenanceOutcome>): MaintenanceRun {
  let latest: MaintenanceProgress | undefined;
  let ended = false;
  let next = Promise.withResolvers<void>();
  const announce = (): void => {
    const { resolve } = next;
    next = Promise.withResolvers();
    resolve();
  };
  const outcome = work(progress => {
    latest = progress;
    announce();
  }).finally(() => {
    ended = true;
    announce();
  });
  // Whoever waits for it hears of a failure; nobody has to.
  outcome.catch(() => {});

  async function* follow(): AsyncGenerator<MaintenanceProgress, void, undefined> {
    let seen: MaintenanceProgress | undefined;
    while (!ended || latest !== seen) {
      const changed = next.promise;
      if (latest === seen || latest === undefined) await changed;
      else {
        seen = latest;
        yield seen;
      }
    }
  }
  return { progress: { [Symbol.asyncIterator]: follow }, outcome };
}
