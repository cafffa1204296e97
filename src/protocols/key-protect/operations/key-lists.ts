// Lists of keys: filtered, searched, sorted, counted.

import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import {
  countKeys,
  type FoundKey,
  type KeyCriteria,
  searchKeys,
} from '../../../core/operations/keys/search-keys.ts';
import type { KeyInstant, KeySortProperty } from '../../../core/ports/key-search.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { InstantRange } from '../../../domain/instant-range.ts';
import type { Key } from '../../../domain/key.ts';
import type { SoughtState } from '../../../domain/key-state.ts';
import { collection } from '../collections.ts';
import { queryRefusal, refusal } from '../fault.ts';
import { kindOf, SHOWN_ALGORITHMS, type StateNumber, stateOf } from '../kinds.ts';
import { type DateProperty, type KeyFilterTerms, parseFilter, parseStates } from '../lists/filter.ts';
import { parseSearch, type SearchTerm } from '../lists/search-term.ts';
import { parseSort, type SortProperty } from '../lists/sort.ts';
import { NAMESPACE, PROTOCOL_NAME, parseUuid } from '../names.ts';
import { pageOf, type Query } from '../query.ts';
import { IamIds, type KeyProtectRequest, perform } from '../request.ts';
import type { Answer, Call, Route } from '../route.ts';
import { keyBody, keyRingName } from './representation.ts';

const KEYS_MAX = 5_000;
const KEYS_SEARCHED_MAX = 5_000;

/** Deleted keys are shown to those alone who ask for them. */
const STATES_SHOWN: readonly StateNumber[] = [0, 1, 2, 3];

const STATES = {
  0: ['preActive'],
  1: ['active'],
  2: ['suspended'],
  3: ['deactivated', 'compromised'],
  5: ['pendingDestruction'],
} as const satisfies Record<StateNumber, readonly SoughtState[]>;

const INSTANTS = {
  creationDate: 'createdAt',
  deletionDate: 'destructionRequestedAt',
  expirationDate: 'deactivateAt',
  lastRotateDate: 'rotatedAt',
  lastUpdateDate: 'updatedAt',
} as const satisfies Record<DateProperty, KeyInstant>;

const SORTED_BY = {
  id: 'id',
  state: 'state',
  extractable: 'exportable',
  imported: 'origin',
  ...INSTANTS,
} as const satisfies Record<SortProperty, KeySortProperty>;

interface Criteria extends KeyCriteria {
  readonly stateNumbers: readonly StateNumber[];
}

function readCriteria({ keyRing }: KeyProtectRequest, query: Query): Criteria {
  const filterText = query.text('filter');
  const filter: KeyFilterTerms = filterText === undefined ? { dates: {} } : parseFilter(filterText);
  const states = query.list('state');
  const extractable = query.flag('extractable');
  if (states !== undefined && filter.states !== undefined) {
    throw queryRefusal('filter', 'must not name the state when `state` is given');
  }
  if (extractable !== undefined && filter.extractable !== undefined) {
    throw queryRefusal('filter', 'must not name extractable when `extractable` is given');
  }
  const stateNumbers = filter.states ?? (states === undefined ? STATES_SHOWN : parseStates('state', states));
  return {
    stateNumbers,
    keyRings: keyRing === undefined ? undefined : [keyRing],
    algorithms: SHOWN_ALGORITHMS,
    states: stateNumbers.flatMap(state => [...STATES[state]]),
    exportable: extractable ?? filter.extractable,
    instants: instantsOf(filter.dates),
  };
}

function instantsOf(dates: KeyFilterTerms['dates']): KeyCriteria['instants'] {
  const instants: Partial<Record<KeyInstant, InstantRange>> = {};
  for (const [property, range] of Object.entries(dates)) instants[INSTANTS[property as DateProperty]] = range;
  return instants;
}

const TOO_BROAD = { limitExceeded: 'KEY_SEARCH_TOO_BROAD' } as const;
/** What the list is to show of each key. */
const SHOWN = { withNames: NAMESPACE, withFacet: PROTOCOL_NAME } as const;

async function serveList({ request, query }: Call): Promise<Answer> {
  const window = query.page(200, KEYS_MAX);
  const { stateNumbers, ...criteria } = readCriteria(request, query);
  const sort = parseSort(query.list('sort') ?? ['id']).map(({ by, descending }) => ({
    by: SORTED_BY[by],
    descending,
  }));
  const search = parseSearch(query.text('search') ?? '');
  query.end();
  if (search === undefined) {
    const { items } = await perform(request, searchKeys, { ...criteria, ...SHOWN, sort, window }, TOO_BROAD);
    return { status: 200, body: collection('key', await bodiesOf(request, items)) };
  }
  const direct = await findDirectly(request, search, { ...criteria, stateNumbers });
  const searchQuery = { query: search.text, scopes: search.scopes, not: search.not, exact: search.exact };
  if ((await perform(request, countKeys, criteria, TOO_BROAD)) > KEYS_SEARCHED_MAX) {
    if (direct === undefined) throw refusal('KEY_SEARCH_TOO_BROAD');
    const bodies = await bodiesOf(request, [direct]);
    return { status: 200, body: collection('key', bodies, { incompleteSearch: true, searchQuery }) };
  }
  const text = {
    text: search.text,
    in: search.scopes.map(scope => (scope === 'name' ? ('label' as const) : ('name' as const))),
    namespace: NAMESPACE,
    whole: search.exact,
    negated: search.not,
  };
  const everything = { offset: 0, limit: KEYS_MAX };
  const { items } = await perform(request, searchKeys, {
    ...criteria,
    ...SHOWN,
    text,
    sort,
    window: everything,
  });
  const found =
    direct === undefined ? items : [direct, ...items.filter(({ key }) => key.id !== direct.key.id)];
  const bodies = await bodiesOf(request, pageOf(found, window));
  return { status: 200, body: collection('key', bodies, { searchQuery }) };
}

/** The key whose whole id, or whole alias in its scope, is searched for; undefined where there is none that may be seen. */
async function findDirectly(
  request: KeyProtectRequest,
  { text, scopes, not }: SearchTerm,
  { stateNumbers, exportable }: Criteria,
): Promise<FoundKey | undefined> {
  if (not) return undefined;
  const id = parseUuid(text);
  const byAlias = scopes.length === 1 && scopes[0] === 'alias';
  if (id === undefined && !byAlias) return undefined;
  const key =
    id === undefined
      ? ({ by: 'name', namespace: NAMESPACE, text, hideDestroyed: true } as const)
      : ({ by: 'id', id, hideDestroyed: true } as const);
  try {
    const found = await perform(request, describeKey, { key, withFacet: PROTOCOL_NAME });
    const { keyRing, kms } = request;
    const fits =
      kindOf(found.key) !== undefined &&
      stateNumbers.includes(stateOf(found.key, kms.clock.now())) &&
      (exportable ?? found.key.exportable) === found.key.exportable &&
      (keyRing === undefined || (await keyRingName(request, found.key.keyRingId)) === keyRing);
    const names = await kms.store.keySearch.namesOf(found.key.projectId, NAMESPACE, [found.key.id]);
    return fits ? { key: found.key, facet: found.facet, names } : undefined;
  } catch (thrown) {
    if (thrown instanceof KmsError && ['notFound', 'denied'].includes(thrown.code)) return undefined;
    throw thrown;
  }
}

async function bodiesOf(request: KeyProtectRequest, found: readonly FoundKey[]) {
  const iam = new IamIds(request.kms);
  const rings = new Map<string, Promise<string>>();
  const bodies: Readonly<Record<string, unknown>>[] = [];
  for (const { key, names, facet } of found) {
    const keyRing = rings.get(key.keyRingId) ?? keyRingName(request, key.keyRingId);
    rings.set(key.keyRingId, keyRing);
    const around = {
      keyRing: await keyRing,
      aliases: names.map(({ text }) => text),
      facet,
      materialBytes: await materialBytes(request, key),
    };
    bodies.push(await keyBody(request, key, around, iam));
  }
  return bodies;
}

/** The algorithm says it, but for opaque keys. */
async function materialBytes({ kms }: KeyProtectRequest, key: Key): Promise<number | undefined> {
  if (key.algorithm !== 'opaque') return undefined;
  return (await kms.store.keys.findWithVersion(key.id))?.version.materialBytes;
}

async function serveCount({ request, query }: Call): Promise<Answer> {
  const { stateNumbers: _numbers, ...criteria } = readCriteria(request, query);
  query.end();
  const total = await perform(request, countKeys, criteria, TOO_BROAD);
  return { status: 200, headers: { 'key-total': String(total) } };
}

const PATH = '/api/v2/keys';

export const KEY_LIST_ROUTES: readonly Route[] = [
  { method: 'GET', path: PATH, failed: 'Keys could not be retrieved', serve: serveList },
  { method: 'HEAD', path: PATH, failed: 'Keys could not be counted', serve: serveCount },
];
