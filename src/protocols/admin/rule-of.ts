// What is wrong with a value, said as a rule that the value breaks: in our words, since those of the library are for programmers.

import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' items', set: ' items' };

/** Such as `must be one of rsa, ec`; to be read behind the name of the field. `value`: what the shape was given. */
export function ruleOf(issue: Issue, value: unknown): string {
  if (isAbsent(issue.path, value)) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be of type ${issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must ${atOr('least', issue.origin, issue.minimum)}`;
    case 'too_big':
      return `must ${atOr('most', issue.origin, issue.maximum)}`;
    case 'invalid_format':
      return issue.pattern === undefined || !issue.message.startsWith('Invalid ')
        ? issue.message
        : `must match the pattern ${issue.pattern}`;
    default:
      return issue.message.startsWith('Invalid ') ? 'does not fit' : issue.message;
  }
}

function atOr(end: 'least' | 'most', origin: string, bound: number | bigint): string {
  const unit = UNITS[origin];
  return unit === undefined ? `be at ${end} ${bound}` : `have at ${end} ${bound}${unit}`;
}

function isAbsent(path: Issue['path'], value: unknown): boolean {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return false;
    at = (at as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return at === undefined;
}
