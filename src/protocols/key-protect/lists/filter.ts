// `filter=`: terms `property=value` and `property=operator:value`, apart from one another by blanks. All must hold.

import { type InstantRange, type InstantRelation, narrowed } from '../../../domain/instant-range.ts';
import { queryRefusal } from '../fault.ts';
import type { StateNumber } from '../kinds.ts';
import { parseDate, rangeOfDate } from './dates.ts';

const DATE_PROPERTIES = [
  'creationDate',
  'deletionDate',
  'expirationDate',
  'lastRotateDate',
  'lastUpdateDate',
] as const;

export type DateProperty = (typeof DATE_PROPERTIES)[number];

export interface KeyFilterTerms {
  readonly dates: Readonly<Partial<Record<DateProperty, InstantRange>>>;
  readonly states?: readonly StateNumber[] | undefined;
  readonly extractable?: boolean | undefined;
}

const FILTER_CHARACTERS_MAX = 2_048;
const TERMS_OF_PROPERTY_MAX = 3;
const TERM = /([A-Za-z]+)=(?:(lte|lt|gte|gt):)?("[^"]*"|[^\s"]+)(?:\s+|$)/y;

/** Throws INVALID_QUERY_PARAM_ERR. */
export function parseFilter(text: string): KeyFilterTerms {
  const filter = text.trim();
  if (filter.length > FILTER_CHARACTERS_MAX) {
    throw queryRefusal('filter', `must have at most ${FILTER_CHARACTERS_MAX} characters`);
  }
  const dates: Partial<Record<DateProperty, InstantRange>> = {};
  const counts = new Map<string, number>();
  let states: readonly StateNumber[] | undefined;
  let extractable: boolean | undefined;
  TERM.lastIndex = 0;
  let read = 0;
  while (read < filter.length) {
    const term = TERM.exec(filter);
    if (term === null) throw queryRefusal('filter', 'must be terms of the form property=value');
    read = TERM.lastIndex;
    const [, property = '', operator, value = ''] = term;
    const count = (counts.get(property) ?? 0) + 1;
    counts.set(property, count);
    if (count > TERMS_OF_PROPERTY_MAX) {
      throw queryRefusal(
        'filter',
        `must not have more than ${TERMS_OF_PROPERTY_MAX} terms about ${property}`,
      );
    }
    const dated = DATE_PROPERTIES.find(candidate => candidate === property);
    if (dated !== undefined) dates[dated] = narrowed(dates[dated], dateRange(dated, operator, value));
    else if (operator !== undefined) throw queryRefusal('filter', `takes no operator for ${property}`);
    else if (property === 'state') states = parseStates('filter', value.split(','));
    else if (property === 'extractable') extractable = parseFlag(value);
    else throw queryRefusal('filter', 'names a property that keys cannot be filtered by');
  }
  return { dates, states, extractable };
}

/** Throws INVALID_QUERY_PARAM_ERR for anything but a list of states. */
export function parseStates(parameter: string, texts: readonly string[]): readonly StateNumber[] {
  const states = texts.map(text => STATES.find(state => String(state) === text.trim()));
  if (states.includes(undefined)) throw queryRefusal(parameter, 'must be states of 0, 1, 2, 3 and 5');
  return [...new Set(states as readonly StateNumber[])];
}

const STATES: readonly StateNumber[] = [0, 1, 2, 3, 5];

function parseFlag(value: string): boolean {
  if (value !== 'true' && value !== 'false')
    throw queryRefusal('filter', 'extractable must be true or false');
  return value === 'true';
}

function dateRange(property: string, operator: string | undefined, value: string): InstantRange {
  if (value === 'none' && operator === undefined) return { absent: true };
  const date = /^".*"$/.test(value) ? parseDate(value.slice(1, -1)) : undefined;
  if (date === undefined)
    throw queryRefusal('filter', `${property} must be an RFC 3339 date in double quotes, or none`);
  return rangeOfDate((operator ?? 'eq') as InstantRelation, date);
}
