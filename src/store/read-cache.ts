// Remembers the reads that nearly every request makes, for as long as no table that they look at has been written. It cannot be stale: the
// one process that may write this database counts a new generation of each table that a change has written in the same turn of the event loop
// in which it commits, and a remembered row of an older generation is never given out. See docs/decisions/0013-read-cache.md.

import { mapTable } from '../base/table.ts';
import type { StoreReads, StoreTransaction } from '../core/ports/store.ts';
import type { Generations } from './generations.ts';
import type { TableName } from './schema.ts';
import type { TransactionSession } from './transaction.ts';

/** The kinds of reads that are remembered, with the tables that they look at. */
export const HOT_READS = {
  project: ['projects'],
  keyRing: ['key_rings'],
  keyRingByName: ['key_rings'],
  key: ['keys', 'key_versions', 'projects'],
  name: ['names'],
  facet: ['facets'],
  secret: ['secrets'],
  accessList: ['access_lists', 'access_list_principals'],
  quotas: ['project_quotas'],
  principal: ['principals'],
  holder: ['credentials', 'principals', 'projects'],
  holderById: ['credentials', 'principals', 'projects'],
  bindings: ['bindings'],
  rules: ['rules'],
  tokenKey: ['token_keys'],
  tokenRevocation: ['token_revocations'],
} as const satisfies Record<string, readonly TableName[]>;

type HotRead = keyof typeof HOT_READS;

/** Answers of one kind remembered at most; when they are full they are forgotten at once and gathered anew. */
const ANSWERS_MAX = 5_000;

/** The answers to reads of one kind. */
class Remembered {
  readonly #tables: readonly TableName[];
  readonly #generations: Generations;
  /** Fulfilled ones, which are given out as they are. */
  readonly #answers = new Map<string, Promise<unknown>>();
  #generation: number;

  constructor(tables: readonly TableName[], generations: Generations) {
    this.#tables = tables;
    this.#generations = generations;
    this.#generation = generations.of(tables);
  }

  /** `read` must look at what is committed, in the same turn in which it is called. */
  get<T>(identity: string, read: () => Promise<T>): Promise<T> {
    const current = this.#generations.of(this.#tables);
    if (current !== this.#generation || this.#answers.size >= ANSWERS_MAX) {
      this.#answers.clear();
      this.#generation = current;
    }
    return (this.#answers.get(identity) as Promise<T> | undefined) ?? this.#read(identity, read);
  }

  #read<T>(identity: string, read: () => Promise<T>): Promise<T> {
    const generation = this.#generation;
    const remembered: Promise<T> = read().then(found => {
      // A commit may have come between the read and this line.
      if (this.#generations.of(this.#tables) === generation && this.#generation === generation)
        this.#answers.set(identity, remembered);
      return found;
    });
    return remembered;
  }
}

/** What is given out is shared between callers and must not be changed by them. */
export class ReadCache {
  readonly #remembered: Readonly<Record<HotRead, Remembered>>;

  constructor(generations: Generations) {
    this.#remembered = mapTable(HOT_READS, tables => new Remembered(tables, generations));
  }

  /** Of reads outside transactions. */
  reads(reads: StoreReads): StoreReads {
    return hot(reads, (kind, identity, read) => this.#remembered[kind].get(identity, read));
  }

  /**
   * Of reads inside one. While it runs nobody else writes: tables that it has not written are as they were committed, for it and for everybody
   * else. Those that it has written it reads itself, also what a savepoint has undone.
   */
  transaction(tx: StoreTransaction, session: TransactionSession): StoreTransaction {
    return hot(tx, async (kind, identity, read) => {
      session.requireUsable();
      const { written } = session;
      const isOwn = HOT_READS[kind].some(table => written.has(table));
      return isOwn ? read() : this.#remembered[kind].get(identity, read);
    });
  }
}

type Recall = <T>(kind: HotRead, identity: string, read: () => Promise<T>) => Promise<T>;

/** The same with the hot reads recalled. */
function hot<Reads extends Omit<StoreReads, 'log'>>(reads: Reads, recall: Recall): Reads {
  const by = (...parts: readonly (string | number | undefined)[]): string => parts.join('\0');
  return {
    ...reads,
    projects: {
      ...reads.projects,
      find: id => recall('project', id, () => reads.projects.find(id)),
    },
    keyRings: {
      ...reads.keyRings,
      find: id => recall('keyRing', id, () => reads.keyRings.find(id)),
      findByName: (projectId, name) =>
        recall('keyRingByName', by(projectId, name), () => reads.keyRings.findByName(projectId, name)),
    },
    keys: {
      ...reads.keys,
      findWithVersion: (id, version) =>
        recall('key', by(id, version), () => reads.keys.findWithVersion(id, version)),
    },
    names: {
      ...reads.names,
      find: (namespace, projectId, text) =>
        recall('name', by(projectId, namespace, text), () => reads.names.find(namespace, projectId, text)),
    },
    facets: {
      ...reads.facets,
      get: (objectId, protocol) =>
        recall('facet', by(objectId, protocol), () => reads.facets.get(objectId, protocol)),
    },
    secrets: {
      ...reads.secrets,
      find: id => recall('secret', id, () => reads.secrets.find(id)),
    },
    accessLists: {
      ...reads.accessLists,
      find: objectId => recall('accessList', objectId, () => reads.accessLists.find(objectId)),
    },
    quotas: {
      ...reads.quotas,
      find: projectId => recall('quotas', projectId, () => reads.quotas.find(projectId)),
    },
    principals: {
      ...reads.principals,
      find: id => recall('principal', id, () => reads.principals.find(id)),
    },
    credentials: {
      ...reads.credentials,
      findHolderById: id => recall('holderById', id, () => reads.credentials.findHolderById(id)),
      findHolder: (kind, lookup) =>
        recall('holder', by(kind, lookup), () => reads.credentials.findHolder(kind, lookup)),
    },
    bindings: {
      ...reads.bindings,
      ofPrincipal: principalId =>
        recall('bindings', principalId, () => reads.bindings.ofPrincipal(principalId)),
    },
    rules: {
      ...reads.rules,
      applying: place =>
        recall('rules', by(place.projectId, place.keyRingId, place.keyId), () => reads.rules.applying(place)),
    },
    tokenKeys: {
      ...reads.tokenKeys,
      find: id => recall('tokenKey', id, () => reads.tokenKeys.find(id)),
    },
    tokenRevocations: {
      ...reads.tokenRevocations,
      has: tokenId => recall('tokenRevocation', tokenId, () => reads.tokenRevocations.has(tokenId)),
    },
  };
}
