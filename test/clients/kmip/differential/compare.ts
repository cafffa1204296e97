// In what two answers to one question differ, and whether that is a difference that is known.

import type { Version } from '../../../../src/wire/ttlv/index.ts';
import type { Answered, Question } from './both.ts';

export interface Difference {
  /** What became of the items where that differs; otherwise the lines that the other answer does not have. */
  readonly there: string;
  readonly here: string;
}

/** Which questions differ so, by their whole labels; what is told there, and here; in some versions alone. */
export type Case = readonly [
  asked: RegExp,
  there: string | RegExp,
  here: string | RegExp,
  versions?: readonly Version[],
];

export function differenceOf(theirs: Answered, ours: Answered): Difference | undefined {
  const [there = '', here = ''] = [theirs, ours].map(({ outcomes }) => outcomes.join(', '));
  if (there !== here) return { there, here };
  const onlyThere = without(theirs.lines, ours.lines);
  const onlyHere = without(ours.lines, theirs.lines);
  if (onlyThere.length + onlyHere.length > 0) return { there: told(onlyThere), here: told(onlyHere) };
  const isSame = theirs.lines.every((line, at) => line === ours.lines[at]);
  return isSame ? undefined : { there: told(theirs.lines), here: told(ours.lines) };
}

/** Each line as often as the others do not have it. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return lines.filter(line => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function told(lines: readonly string[]): string {
  return lines.map(line => line.trim()).join('; ');
}

export function isCaseOf(
  [asked, there, here, versions]: Case,
  { label, version }: Question,
  found: Difference,
): boolean {
  return (
    (versions?.includes(version) ?? true) &&
    isWhole(asked, label) &&
    isWhole(there, found.there) &&
    isWhole(here, found.here)
  );
}

function isWhole(pattern: string | RegExp, text: string): boolean {
  return typeof pattern === 'string' ? pattern === text : pattern.exec(text)?.[0] === text;
}
