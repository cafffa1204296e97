// How lists of secrets are filtered and sorted, in Barbican's words.

import { isKeyOf, tableKeys } from '../../base/table.ts';
import type { ListSecretsInput } from '../../core/operations/secrets/read-secret.ts';
import type { SecretInstant, SecretSortProperty, SecretSortTerm } from '../../core/ports/secrets.ts';
import { type InstantRange, type InstantRelation, narrowed, rangeOf } from '../../domain/instant-range.ts';
import { SECRET_TYPES } from '../../domain/secret.ts';
import { type Query, wholeNumber } from './query.ts';
import { refusal } from './refusal.ts';
import { parseTime } from './times.ts';

/** What the address of another page repeats. */
export const SECRET_FILTERS = [
  'name',
  'alg',
  'mode',
  'bits',
  'secret_type',
  'acl_only',
  'created',
  'updated',
  'expiration',
  'sort',
] as const;

const INSTANTS = {
  created: 'createdAt',
  updated: 'updatedAt',
  expiration: 'expiresAt',
} as const satisfies Record<string, SecretInstant>;

const RELATIONS = ['gt', 'gte', 'lt', 'lte'] as const satisfies readonly InstantRelation[];

/** `status` sorts nothing: every secret that is shown is active. */
const SORT_KEYS = {
  algorithm: 'algorithm',
  bit_length: 'bitLength',
  created: 'createdAt',
  expiration: 'expiresAt',
  mode: 'mode',
  name: 'name',
  secret_type: 'type',
  status: undefined,
  updated: 'updatedAt',
} as const satisfies Record<string, SecretSortProperty | undefined>;

type Filters = Omit<ListSecretsInput, 'window' | 'withConsumers'>;

/** There is no secret of such a type. */
export function asksForUnknownType(query: Query): boolean {
  const type = query.filter('secret_type');
  return type !== undefined && !isKeyOf(SECRET_TYPES, type);
}

/** Throws 400 for dates and sorting that cannot be read; other filters that cannot be read are left out. */
export function readSecretQuery(query: Query): Filters {
  const type = query.filter('secret_type');
  const bitLength = wholeNumber(query.get('bits')) ?? 0;
  return {
    name: query.filter('name'),
    algorithm: query.filter('alg'),
    mode: query.filter('mode'),
    bitLength: bitLength > 0 ? bitLength : undefined,
    type: type !== undefined && isKeyOf(SECRET_TYPES, type) ? type : undefined,
    listed: query.flag('acl_only'),
    instants: readInstants(query),
    sort: readSort(query.get('sort')),
  };
}

function readInstants(query: Query): Filters['instants'] {
  const found: Partial<Record<SecretInstant, InstantRange>> = {};
  for (const name of tableKeys(INSTANTS)) {
    const text = query.get(name);
    if (text === undefined || text === '') continue;
    const terms = text.split(',').map(term => readTerm(name, term));
    requireSense(name, terms);
    for (const { relation, at } of terms)
      found[INSTANTS[name]] = narrowed(found[INSTANTS[name]], rangeOf(relation, at));
  }
  return found;
}

interface Term {
  readonly relation: InstantRelation;
  readonly at: number;
}

function readTerm(name: string, term: string): Term {
  const colon = term.indexOf(':');
  const word = term.slice(0, Math.max(colon, 0));
  const relation = RELATIONS.find(known => known === word);
  const at = parseTime(relation === undefined ? term : term.slice(colon + 1));
  if (at === undefined)
    throw refusal(400, `Invalid parameter: ${name} must be a date, after gt:, gte:, lt: or lte: or alone.`);
  return { relation: relation ?? 'eq', at };
}

/** One bound on either side, and one instant, beside which no bound may name its own. */
function requireSense(name: string, terms: readonly Term[]): void {
  const count = (...sought: readonly InstantRelation[]): number =>
    terms.filter(({ relation }) => sought.includes(relation)).length;
  const exact = count('eq');
  if (
    count('gt', 'gte') > 1 ||
    count('lt', 'lte') > 1 ||
    exact > 1 ||
    (exact > 0 && count('gte', 'lte') > 0)
  ) {
    throw refusal(400, `Invalid parameter: ${name} contradicts itself.`);
  }
}

function readSort(text: string | undefined): readonly SecretSortTerm[] {
  if (text === undefined || text === '') return [];
  const seen = new Set<string>();
  const terms: SecretSortTerm[] = [];
  for (const part of text.split(',')) {
    const [key = '', direction = 'asc', ...rest] = part.split(':');
    const known = isKeyOf(SORT_KEYS, key) && !seen.has(key) && rest.length === 0;
    if (!known || (direction !== 'asc' && direction !== 'desc')) {
      throw refusal(
        400,
        'Invalid parameter: sort must be a list of different keys, each with :asc, :desc or nothing.',
      );
    }
    seen.add(key);
    const by = SORT_KEYS[key];
    if (by !== undefined) terms.push({ by, descending: direction === 'desc' });
  }
  return terms;
}
