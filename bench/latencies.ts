// What a closed loop has seen: how many operations a second, and how long they took.

export interface Latencies {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sorts the latencies, which are in milliseconds, in place. */
export function summaryOf(latenciesMs: number[], elapsedSeconds: number): Latencies {
  latenciesMs.sort((left, right) => left - right);
  const quantile = (share: number): number =>
    latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN;
  return { perSecond: latenciesMs.length / elapsedSeconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
