// Remembers the reads that nearly every request makes, for as long as nothing but the log has been written. It cannot be stale: the one
// process that may write this database counts a new generation in the same turn of the event loop in which a change commits, and a
// remembered row of an older generation is never given out. See docs/decisions/0013-read-cache.md.

import type { StoreReads } from '../core/ports/store.ts';

/** Rows remembered at most, over all kinds of reads; when they are full they are forgotten at once and gathered anew. */
const ENTRIES_MAX = 20_000;

export interface Generations {
  /** Another number after every commit that changed more than the log. */
  readonly generation: number;
}

class Remembered {
  readonly #generations: Generations;
  readonly #rows = new Map<string, unknown>();
  #generation: number;

  constructor(generations: Generations) {
    this.#generations = generations;
    this.#generation = generations.generation;
  }

  /** `read` must look at the database in the same turn in which it is called. */
  async get<T>(kind: string, identity: string, read: () => Promise<T>): Promise<T> {
    const before = this.#generations.generation;
    if (before !== this.#generation || this.#rows.size >= ENTRIES_MAX) {
      this.#rows.clear();
      this.#generation = before;
    }
    const key = `${kind}\0${identity}`;
    if (this.#rows.has(key)) return this.#rows.get(key) as T;
    const found = await read();
    // A commit may have come between the read and this line.
    if (this.#generations.generation === before && this.#generation === before) this.#rows.set(key, found);
    return found;
  }
}

/** The reads with the hot ones remembered. What is given out is shared between callers and must not be changed by them. */
export function rememberHotReads(reads: StoreReads, generations: Generations): StoreReads {
  const remembered = new Remembered(generations);
  return {
    ...reads,
    projects: {
      ...reads.projects,
      find: id => remembered.get('project', id, () => reads.projects.find(id)),
    },
    keys: {
      ...reads.keys,
      findWithVersion: (id, version) =>
        remembered.get('key', `${id}/${version ?? ''}`, () => reads.keys.findWithVersion(id, version)),
    },
    names: {
      ...reads.names,
      find: (namespace, projectId, text) =>
        remembered.get('name', [projectId, namespace, text].join('\0'), () =>
          reads.names.find(namespace, projectId, text),
        ),
    },
    secrets: {
      ...reads.secrets,
      find: id => remembered.get('secret', id, () => reads.secrets.find(id)),
    },
    accessLists: {
      ...reads.accessLists,
      find: objectId => remembered.get('accessList', objectId, () => reads.accessLists.find(objectId)),
    },
    tokenKeys: {
      ...reads.tokenKeys,
      find: id => remembered.get('tokenKey', id, () => reads.tokenKeys.find(id)),
    },
    tokenRevocations: {
      has: tokenId => remembered.get('tokenRevocation', tokenId, () => reads.tokenRevocations.has(tokenId)),
    },
    credentials: {
      ...reads.credentials,
      findHolderById: id => remembered.get('holderById', id, () => reads.credentials.findHolderById(id)),
      findHolder: (kind, lookup) =>
        remembered.get('holder', `${kind}/${lookup}`, () => reads.credentials.findHolder(kind, lookup)),
    },
    bindings: {
      ...reads.bindings,
      ofPrincipal: principalId =>
        remembered.get('bindings', principalId, () => reads.bindings.ofPrincipal(principalId)),
    },
    rules: {
      ...reads.rules,
      applying: place =>
        remembered.get(
          'rules',
          [place.projectId ?? '', place.keyRingId ?? '', place.keyId ?? ''].join('\0'),
          () => reads.rules.applying(place),
        ),
    },
  };
}
