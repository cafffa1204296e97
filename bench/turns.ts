// Two sides that take turns in short slices: what else the machine does falls on both, and the middle one of the ratios counts.

import type { Latencies } from './latencies.ts';

export interface Turns {
  /** Middles of the slices. */
  readonly left: Latencies;
  readonly right: Latencies;
  /** The middle one of right to left, slice by slice. */
  readonly ratio: number;
}

/** Whoever goes first in one pair goes second in the next. */
export async function takeTurns(
  count: number,
  left: () => Promise<Latencies>,
  right: () => Promise<Latencies>,
): Promise<Turns> {
  const pairs: (readonly [Latencies, Latencies])[] = [];
  for (let pair = 0; pair < count; pair += 1) {
    if (pair % 2 === 0) {
      const first = await left();
      pairs.push([first, await right()]);
    } else {
      const first = await right();
      pairs.push([await left(), first]);
    }
  }
  const of = (slices: readonly Latencies[]): Latencies => ({
    perSecond: middle(slices.map(({ perSecond }) => perSecond)),
    p50Ms: middle(slices.map(({ p50Ms }) => p50Ms)),
    p99Ms: middle(slices.map(({ p99Ms }) => p99Ms)),
  });
  return {
    left: of(pairs.map(([slice]) => slice)),
    right: of(pairs.map(([, slice]) => slice)),
    ratio: middle(pairs.map(([a, b]) => b.perSecond / a.perSecond)),
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A line of a table. */
export function row(cells: readonly string[]): void {
  console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(24) : cell.padStart(11))).join(' '));
}
