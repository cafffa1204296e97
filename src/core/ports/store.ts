// The store: what is remembered, behind one face for every engine. Reads see everything committed. Changes happen inside
// `transaction` alone; transactions run one at a time across all nodes, so a transaction that has read may rely on what it read.

import type { Bytes } from '../../base/bytes.ts';
import type { FacetDocument } from '../../domain/facet.ts';
import type { Key, KeyName, KeyVersion, KeyWithVersion } from '../../domain/key.ts';
import type { KeyState } from '../../domain/key-state.ts';
import type { Credential, CredentialHolder, Principal, RoleBinding, Scope } from '../../domain/principal.ts';
import type { KeyRing, Project } from '../../domain/project.ts';
import type { Rule } from '../../domain/rule.ts';
import type { UsageUnit } from '../../domain/usage-limit.ts';
import type { KeyLinkReads, KeyLinkWrites } from './key-links.ts';
import type { KeyMarkWrites } from './key-marks.ts';
import type { KeySearchReads } from './key-search.ts';
import type { KeyWalkReads } from './key-walk.ts';
import type { Page, PageRequest } from './page.ts';
import type { RegistrationReads, RegistrationWrites } from './registrations.ts';
import type { SecretStoreReads, SecretStoreWrites } from './secrets.ts';
import type { TokenRevocationReads, TokenRevocationWrites } from './token-revocations.ts';
import type { TransportKeyReads, TransportKeyWrites } from './transport-keys.ts';

export type { Page, PageRequest };

export interface KeyFilter {
  readonly projectId: string;
  readonly location?: string | undefined;
  readonly keyRingId?: string | undefined;
  readonly states?: readonly KeyState[] | undefined;
}

export interface NameFilter {
  readonly projectId: string;
  readonly namespace?: string | undefined;
  readonly keyId?: string | undefined;
}

/** A project's wrapping key, itself wrapped by one generation of the root key. */
export interface WrappingKeyRow {
  readonly projectId: string;
  /** Counts from 1; the highest one wraps new material. */
  readonly generation: number;
  readonly rootGeneration: number;
  readonly wrapped: Bytes;
  readonly createdAt: number;
}

/** A pair that signs tokens. At most one has no end: it signs, the others verify until theirs. */
export interface TokenKeyRow {
  readonly id: string;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Bytes;
  /** PKCS#8, wrapped by custody as a secret of the system. */
  readonly wrapped: Bytes;
  readonly createdAt: number;
  /** Its tokens prove nothing from this instant on. */
  readonly endsAt?: number | undefined;
}

/** One generation of the root key: how it is provided and how it is recognised. Never the key itself. */
export interface RootKeyRow {
  readonly generation: number;
  readonly provider: string;
  /** Provider parameters that are not secret (salt, cost), as canonical JSON. */
  readonly parameters: string;
  readonly fingerprint: string;
  readonly state: 'current' | 'retiring' | 'retired';
  readonly createdAt: number;
}

export interface StoreReads extends SecretStoreReads {
  readonly settings: { get(name: string): Promise<string | undefined> };
  readonly projects: {
    find(id: string): Promise<Project | undefined>;
    findByName(name: string): Promise<Project | undefined>;
    findByAccountId(accountId: string): Promise<Project | undefined>;
    list(page: PageRequest): Promise<Page<Project>>;
  };
  readonly keyRings: {
    find(id: string): Promise<KeyRing | undefined>;
    findByName(projectId: string, name: string): Promise<KeyRing | undefined>;
    list(projectId: string, page: PageRequest): Promise<Page<KeyRing>>;
    /** Those that no service owns. */
    count(projectId: string): Promise<number>;
    /** Whether a principal makes its keys in it. */
    isHome(id: string): Promise<boolean>;
    holdsKeys(id: string): Promise<boolean>;
    /** Whether a key is in it that is neither destroyed nor waits for its destruction. */
    holdsLivingKeys(id: string): Promise<boolean>;
  };
  readonly keys: {
    find(id: string): Promise<Key | undefined>;
    /** The key with its project and one version, the primary one when `version` is undefined. Hot path: one query. */
    findWithVersion(id: string, version?: number): Promise<KeyWithVersion | undefined>;
    versions(keyId: string, page: PageRequest): Promise<Page<KeyVersion>>;
    list(filter: KeyFilter, page: PageRequest): Promise<Page<Key>>;
    /** Keys of enabled projects whose rotation is due at the instant and that are active with no destruction pending. */
    dueForRotation(at: number, limit: number): Promise<readonly Key[]>;
    /** The same of keys that another one is to take the place of. */
    dueForReplacement(at: number, limit: number): Promise<readonly Key[]>;
    /** Pre-active keys of enabled projects whose activation is due, with no destruction pending. */
    dueForActivation(at: number, limit: number): Promise<readonly Key[]>;
    /** Active keys of enabled projects whose cryptoperiod is over, with no destruction pending. */
    dueForDeactivation(at: number, limit: number): Promise<readonly Key[]>;
    /** Keys of enabled projects whose scheduled destruction is due. Those of a disabled one wait: nothing is done in it. */
    dueForDestruction(at: number, limit: number): Promise<readonly Key[]>;
  };
  readonly names: {
    find(namespace: string, projectId: string, text: string): Promise<KeyName | undefined>;
    list(filter: NameFilter, page: PageRequest): Promise<Page<KeyName>>;
    countOfKey(keyId: string): Promise<number>;
    countOfNamespace(projectId: string, namespace: string): Promise<number>;
  };
  readonly principals: {
    find(id: string): Promise<Principal | undefined>;
    findByName(projectId: string | undefined, name: string): Promise<Principal | undefined>;
    /** `projectId` undefined lists the principals of the system. */
    list(projectId: string | undefined, page: PageRequest): Promise<Page<Principal>>;
  };
  readonly credentials: {
    find(id: string): Promise<Credential | undefined>;
    /** Hot path: credential, principal and home project in one query. */
    findHolder(kind: Credential['kind'], lookup: string): Promise<CredentialHolder | undefined>;
    /** The same by the id of the credential: hot path of tokens. */
    findHolderById(id: string): Promise<CredentialHolder | undefined>;
    list(principalId: string): Promise<readonly Credential[]>;
  };
  readonly bindings: {
    find(id: string): Promise<RoleBinding | undefined>;
    /** Every binding of the principal. Hot path. */
    ofPrincipal(principalId: string): Promise<readonly RoleBinding[]>;
    ofScope(scope: Scope, page: PageRequest): Promise<Page<RoleBinding>>;
  };
  readonly rules: {
    find(id: string): Promise<Rule | undefined>;
    /** Rules of the system and of every part of the place. Hot path: one query. */
    applying(place: {
      readonly projectId?: string | undefined;
      readonly keyRingId?: string | undefined;
      readonly keyId?: string | undefined;
    }): Promise<readonly Rule[]>;
    ofScope(scope: Scope, page: PageRequest): Promise<Page<Rule>>;
    /** Every rule, wherever it is set, that names the principal itself. Reads all rules: for rare questions only. */
    naming(principalId: string): Promise<readonly Rule[]>;
  };
  readonly facets: {
    /** What a protocol keeps about an object. The same may be given to others: nobody changes it. */
    get(objectId: string, protocol: string): Promise<FacetDocument | undefined>;
    /** Those of a page of objects, by the ids of the objects; an object without one is left out. */
    ofObjects(objectIds: readonly string[], protocol: string): Promise<ReadonlyMap<string, FacetDocument>>;
  };
  readonly keyLinks: KeyLinkReads;
  readonly keySearch: KeySearchReads;
  readonly keyWalk: KeyWalkReads;
  readonly registrations: RegistrationReads;
  readonly transportKeys: TransportKeyReads;
  readonly wrappingKeys: {
    /** Every generation of a project, the latest first. */
    ofProject(projectId: string): Promise<readonly WrappingKeyRow[]>;
    /** Rows still wrapped by an older root generation than the given one, the oldest generation first, then in project order. */
    notWrappedBy(rootGeneration: number, limit: number): Promise<readonly WrappingKeyRow[]>;
    count(): Promise<number>;
  };
  readonly tokenKeys: {
    /** Hot path of tokens. */
    find(id: string): Promise<TokenKeyRow | undefined>;
    /** All of them, the newest first. */
    list(): Promise<readonly TokenKeyRow[]>;
  };
  readonly tokenRevocations: TokenRevocationReads;
  readonly rootKeys: { list(): Promise<readonly RootKeyRow[]> };
  readonly log: LogReads;
}

/**
 * Inserts throw `alreadyExists`; updates of a row at another revision throw `conflict`; updates and deletes of an absent row, `notFound`.
 * After any of these the transaction goes on. A row that refers to an absent one, and a delete of a row that others refer to, throw
 * `conflict` and end the transaction, or the innermost savepoint: whatever follows in it throws the same.
 */
export interface StoreTransaction extends Omit<StoreReads, keyof SecretStoreWrites>, SecretStoreWrites {
  readonly settings: StoreReads['settings'] & { put(name: string, value: string): Promise<void> };
  readonly projects: StoreReads['projects'] & {
    insert(project: Project): Promise<void>;
    /** `project.revision` is the revision it was read at; the stored one becomes one higher. */
    update(project: Project): Promise<void>;
  };
  readonly keyRings: StoreReads['keyRings'] & {
    insert(ring: KeyRing): Promise<void>;
    delete(id: string): Promise<void>;
    /** Moves every key of a ring to another one of the same project. */
    moveKeys(id: string, toId: string, at: number): Promise<void>;
  };
  readonly keys: StoreReads['keys'] & {
    /** `kind`: see key-marks.ts; undefined is its algorithm. */
    insert(key: Key, version: KeyVersion, kind?: string): Promise<void>;
    update(key: Key): Promise<void>;
    /** Takes the amount from what is left of the usage limit. False, and nothing is taken: less is left, or the limit is no such one. */
    spendUsage(id: string, unit: UsageUnit, amount: number): Promise<boolean>;
    insertVersion(version: KeyVersion): Promise<void>;
    updateVersion(version: KeyVersion): Promise<void>;
  };
  readonly names: StoreReads['names'] & {
    insert(name: KeyName): Promise<void>;
    /** Points an existing name at another key. */
    update(name: KeyName): Promise<void>;
    delete(namespace: string, projectId: string, text: string): Promise<void>;
    /** None is fine. */
    deleteOfKey(keyId: string): Promise<void>;
  };
  readonly principals: StoreReads['principals'] & {
    insert(principal: Principal): Promise<void>;
    update(principal: Principal): Promise<void>;
    /** Its credentials and bindings go with it. */
    delete(id: string): Promise<void>;
  };
  readonly credentials: StoreReads['credentials'] & {
    insert(credential: Credential): Promise<void>;
    setEnabled(id: string, enabled: boolean): Promise<void>;
    delete(id: string): Promise<void>;
  };
  readonly bindings: StoreReads['bindings'] & {
    insert(binding: RoleBinding): Promise<void>;
    delete(id: string): Promise<void>;
    /** None is fine. */
    deleteOfScope(scope: Scope): Promise<void>;
  };
  readonly rules: StoreReads['rules'] & {
    insert(rule: Rule): Promise<void>;
    delete(id: string): Promise<void>;
    /** Those that are set on the scope itself; none is fine. */
    deleteOfScope(scope: Scope, effect: Rule['effect']): Promise<void>;
  };
  readonly facets: StoreReads['facets'] & {
    /** The document as its text in JSON. */
    put(objectId: string, protocol: string, document: string): Promise<void>;
    /** Absent is fine. */
    delete(objectId: string, protocol: string): Promise<void>;
    /** Those of every protocol; none is fine. */
    deleteOfObject(objectId: string): Promise<void>;
  };
  readonly keyLinks: KeyLinkReads & KeyLinkWrites;
  readonly keyMarks: KeyMarkWrites;
  readonly registrations: RegistrationReads & RegistrationWrites;
  readonly transportKeys: TransportKeyReads & TransportKeyWrites;
  readonly wrappingKeys: StoreReads['wrappingKeys'] & {
    insert(row: WrappingKeyRow): Promise<void>;
    /** Replaces `wrapped` and `rootGeneration` of (project, generation). */
    rewrap(row: WrappingKeyRow): Promise<void>;
  };
  readonly tokenKeys: StoreReads['tokenKeys'] & {
    insert(row: TokenKeyRow): Promise<void>;
    setEnd(id: string, endsAt: number): Promise<void>;
    delete(id: string): Promise<void>;
  };
  readonly tokenRevocations: TokenRevocationWrites;
  readonly rootKeys: StoreReads['rootKeys'] & {
    insert(row: RootKeyRow): Promise<void>;
    setState(generation: number, state: RootKeyRow['state']): Promise<void>;
  };
  readonly log: LogReads & LogWrites;
  /** Runs the work so that its failure undoes its writes and nothing else of the transaction. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

/** One entry of the audit log as it is stored: the leaf and the columns by which it is found. */
export interface LogRow {
  /** Without gaps from 0. */
  readonly index: number;
  /** In the order of the indices but for the disorder of the head: search by time relies on it. */
  readonly at: number;
  readonly projectId?: string | undefined;
  readonly principalId?: string | undefined;
  readonly operation: string;
  readonly outcome: string;
  /** Canonical JSON, under 64 KiB: exactly the bytes that the tree hashes. */
  readonly leaf: Bytes;
  /** Keys among the targets, in as many places as they stand there. `used` marks a successful cryptographic use. */
  readonly keys: readonly { readonly keyId: string; readonly used: boolean }[];
}

export interface LogFilter {
  readonly projectId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly principalId?: string | undefined;
  readonly operation?: string | undefined;
  readonly outcome?: string | undefined;
  readonly fromMs?: number | undefined;
  /** Exclusive. */
  readonly untilMs?: number | undefined;
}

export interface LogEntryRow {
  readonly index: number;
  readonly leaf: Bytes;
}

/** What is written with each batch of entries. */
export interface LogHeadRow {
  /** Size and frontier of the tree as audit/ serialises them. */
  readonly tree: Bytes;
  /** The latest instant of all entries. */
  readonly latestAt: number;
  /** By how much an entry is earlier than one that stands before it, at most. */
  readonly disorderMs: number;
}

export interface LogReads {
  /** Undefined before the first append. */
  head(): Promise<LogHeadRow | undefined>;
  /** Leaves from `index` on, at most `limit`, in order. */
  leaves(index: number, limit: number): Promise<readonly LogEntryRow[]>;
  /** A full hash tile. */
  tile(level: number, index: number): Promise<Bytes | undefined>;
  /** Matching entries, newest first or oldest first, strictly beyond `after`. */
  search(
    filter: LogFilter,
    page: { readonly limit: number; readonly newestFirst: boolean; readonly after?: number | undefined },
  ): Promise<readonly LogEntryRow[]>;
  /** The newest successful cryptographic use of the key. */
  lastUse(keyId: string): Promise<LogEntryRow | undefined>;
  /** The newest stored checkpoint, and those before it, newest first. */
  checkpoints(limit: number): Promise<readonly { readonly size: number; readonly note: string }[]>;
}

export interface LogWrites {
  append(rows: readonly LogRow[]): Promise<void>;
  putHead(head: LogHeadRow): Promise<void>;
  putTile(level: number, index: number, hashes: Bytes): Promise<void>;
  putCheckpoint(size: number, note: string): Promise<void>;
}

export interface Store extends StoreReads {
  readonly engine: 'sqlite' | 'postgres';
  /**
   * Runs the work alone and makes it durable: when the promise fulfils, it survives kill -9 and power loss. When it rejects, nothing
   * of it happened, or (connection lost during commit) it happened whole or not at all and the error is `storeUnavailable`.
   * The work must use `tx` only and must not wait for anything but `tx`.
   */
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T>;
  /**
   * Claims work for this process among all that have the store open: until it is given back, the store is closed, or the process ends,
   * however it ends. Undefined while somebody else has it. Whose connection breaks loses it unawares, so it tells who may begin, and
   * never that nobody else works. Throws `storeUnavailable`.
   */
  claim(name: string): Promise<StoreClaim | undefined>;
  /** Cheap proof that the store answers and accepts writes; throws `storeUnavailable`. */
  probe(): Promise<void>;
  /** A consistent snapshot of every row of every table, for backup, while the store goes on. See docs/formats/backup.md. */
  snapshot(): StoreSnapshot;
  /** Lets the transactions under way end; whatever comes after throws `storeUnavailable`. May be called again. */
  close(): Promise<void>;
}

export interface StoreClaim {
  /** Gives it back. Never throws; may be called again. */
  release(): Promise<void>;
}

/** Plain values of one row: integers, texts, blobs and nulls. */
export type SnapshotRow = Readonly<Record<string, string | number | Bytes | null>>;

export interface StoreSnapshot extends AsyncDisposable {
  readonly schemaVersion: number;
  /** In an order in which they can be inserted again. */
  readonly tables: readonly string[];
  rows(table: string): AsyncIterable<SnapshotRow>;
}
