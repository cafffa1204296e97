// Finds keys by what is known of them: for protocols whose lists are filtered, sorted and counted. Who sees some key rings only finds what
// is in these (core/visible-keys.ts). Ordinary lists, in pages by id, are in list-keys.ts and cost less.

import type { KeyAlgorithm } from '../../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { Key, KeyName, KeyOrigin } from '../../../domain/key.ts';
import type { KeyLink } from '../../../domain/key-link.ts';
import type { SoughtState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { KeyRing, Project } from '../../../domain/project.ts';
import { requireText, requireWindow } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import { type WithFacet, withFacets } from '../../facets.ts';
import { homeProject } from '../../find-project.ts';
import type { Kms } from '../../kms.ts';
import type { Demand, UseOperation } from '../../operation.ts';
import type { KeyInstant, KeyQuery, KeySortTerm, KeyTextSearch } from '../../ports/key-search.ts';
import type { Window } from '../../ports/registrations.ts';
import type { StoreReads } from '../../ports/store.ts';
import { type VisibleKeys, visibleKeys } from '../../visible-keys.ts';
import { seekKeyRing } from '../rings/seek-key-ring.ts';

/** What must hold of a key; what is undefined is not asked. */
export interface KeyCriteria {
  /** Ids or names of key rings; those that are not there hold nothing. */
  readonly keyRings?: readonly string[] | undefined;
  readonly states?: readonly SoughtState[] | undefined;
  readonly algorithms?: readonly KeyAlgorithm[] | undefined;
  readonly exportable?: boolean | undefined;
  readonly origin?: KeyOrigin | undefined;
  readonly instants?: KeyQuery['instants'];
  readonly text?: KeyTextSearch | undefined;
}

export interface SearchKeysInput extends KeyCriteria, WantedWithKeys {
  /** Completed by the id. */
  readonly sort?: readonly KeySortTerm[] | undefined;
  readonly window: Window;
  /** Whether to count all that match as well. */
  readonly total?: boolean | undefined;
}

export interface WantedWithKeys {
  /** The namespace whose names are wanted with each key. */
  readonly withNames?: string | undefined;
  /** Whether the links that lead from each key are wanted. */
  readonly withLinks?: boolean | undefined;
  /** The protocol whose facets are wanted with each key. */
  readonly withFacet?: string | undefined;
}

export interface FoundKey extends WithFacet {
  readonly key: Key;
  /** Empty where none were asked for. */
  readonly names: readonly KeyName[];
  /** Undefined where none were asked for. */
  readonly links?: readonly KeyLink[] | undefined;
}

export interface FoundKeys {
  readonly project: Project;
  readonly items: readonly FoundKey[];
  /** Where the next window begins; undefined when this one is not full. */
  readonly next?: number | undefined;
  readonly total?: number | undefined;
}

export interface SearchTarget {
  readonly project: Project;
  readonly visible: VisibleKeys;
}

export const searchKeys: UseOperation<SearchKeysInput, SearchTarget, FoundKeys> = {
  name: 'key.search',
  kind: 'read',
  disclosure: 'denied',
  check(input) {
    checkCriteria(input);
    requireWindow(input.window);
    const properties = (input.sort ?? []).map(({ by }) => by);
    if (new Set(properties).size < properties.length) {
      throw invalidInput('sort', 'must not name a property twice');
    }
  },
  find: findVisible,
  demands: listDemands,
  async run(kms, { target, input }) {
    const { window } = input;
    const query = await queryOf(kms, target, input);
    const keys = await kms.store.keySearch.search(query, input.sort ?? [], window);
    return {
      project: target.project,
      items: await dressedKeys(kms, keys, input),
      next: keys.length < window.limit ? undefined : window.offset + window.limit,
      total: input.total ? await kms.store.keySearch.count(query) : undefined,
    };
  },
  record: (_input, target) => ({ projectId: target?.project.id, targets: [] }),
};

export const countKeys: UseOperation<KeyCriteria, SearchTarget, number> = {
  name: 'key.count',
  kind: 'read',
  disclosure: 'denied',
  check: checkCriteria,
  find: findVisible,
  demands: listDemands,
  run: async (kms, { target, input }) => kms.store.keySearch.count(await queryOf(kms, target, input)),
  record: (_input, target) => ({ projectId: target?.project.id, targets: [] }),
};

function checkCriteria({ text, keyRings, states, algorithms, instants = {} }: KeyCriteria): void {
  if (text !== undefined) {
    requireText('text', text.text, 1, LIMITS.nameCharactersMax);
    requireText('namespace', text.namespace, 0, LIMITS.nameCharactersMax);
    if (text.in.length === 0) throw invalidInput('in', 'must name where to look');
  }
  if ((keyRings?.length ?? 0) > LIMITS.keyRingsPerProjectMax) {
    throw invalidInput('keyRings', `must be at most ${LIMITS.keyRingsPerProjectMax}`);
  }
  if (states?.length === 0) throw invalidInput('states', 'must name at least one state');
  if (algorithms?.length === 0) throw invalidInput('algorithms', 'must name at least one algorithm');
  for (const name of Object.keys(instants) as readonly KeyInstant[]) {
    const { from = 0, until = 0 } = instants[name] ?? {};
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(until)) {
      throw invalidInput(name, 'must be whole milliseconds');
    }
  }
}

export async function findVisible(
  reads: StoreReads,
  context: RequestContext,
  { keyRings }: KeyCriteria,
): Promise<SearchTarget> {
  const project = await homeProject(reads, context);
  const wanted = keyRings === undefined ? undefined : await ringsOf(reads, project.id, keyRings);
  return { project, visible: await visibleKeys(reads, context, project.id, wanted) };
}

async function ringsOf(
  reads: StoreReads,
  projectId: string,
  references: readonly string[],
): Promise<readonly KeyRing[]> {
  const rings = new Map<string, KeyRing>();
  for (const reference of references) {
    const ring = await seekKeyRing(reads, projectId, reference);
    if (ring !== undefined) rings.set(ring.id, ring);
  }
  return [...rings.values()];
}

export function listDemands({ visible }: SearchTarget): readonly Demand[] {
  return [{ permission: 'key.list', place: visible.ground }];
}

/** Throws `limitExceeded` when more keys would be looked at than one question may cost. */
async function queryOf(
  kms: Kms,
  { project, visible: { keyRingIds, keyIds } }: SearchTarget,
  { states, algorithms, exportable, origin, instants, text }: KeyCriteria,
): Promise<KeyQuery> {
  const query = {
    projectId: project.id,
    keyRingIds,
    keyIds,
    states,
    algorithms,
    exportable,
    origin,
    instants,
    text,
    at: kms.clock.now(),
  };
  const max = LIMITS.keysSearchedMax;
  if ((await kms.store.keySearch.candidates(query, max + 1)) <= max) return query;
  throw new KmsError(
    'limitExceeded',
    `More than ${max} keys would be searched. Name key rings or states, or list them page by page.`,
    { limit: max },
  );
}

/** The keys with what is wanted besides. */
export async function dressedKeys(
  kms: Kms,
  keys: readonly Key[],
  { withNames, withFacet, withLinks }: WantedWithKeys,
): Promise<readonly FoundKey[]> {
  const ids = keys.map(({ id }) => id);
  const [key] = keys;
  const names =
    key === undefined || withNames === undefined
      ? []
      : await kms.store.keySearch.namesOf(key.projectId, withNames, ids);
  const links = withLinks ? await kms.store.keyLinks.ofKeys(ids) : undefined;
  const namesOf = Map.groupBy(names, ({ keyId }) => keyId);
  const linksOf = links && Map.groupBy(links, ({ fromKeyId }) => fromKeyId);
  const shown = await withFacets(kms.store, keys, withFacet);
  return shown.map(({ facet, ...found }) => ({
    key: found,
    names: namesOf.get(found.id) ?? [],
    links: linksOf && (linksOf.get(found.id) ?? []),
    facet,
  }));
}
