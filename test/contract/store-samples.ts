// What the suites of the store share: subjects to run on, and small valid objects with distinct identifiers.

import { must } from '../../src/base/assert.ts';
import type { LogRow, Store, StoreTransaction } from '../../src/core/ports/store.ts';
import type { Key, KeyName, KeyVersion, PendingDestruction } from '../../src/domain/key.ts';
import type { Credential, Principal } from '../../src/domain/principal.ts';
import type { KeyRing, Project } from '../../src/domain/project.ts';
import type { Registration } from '../../src/domain/registration.ts';
import type { Rule } from '../../src/domain/rule.ts';
import type { TransportKey } from '../../src/domain/transport-key.ts';

/** An engine under test: every call makes a new empty store, which is closed and removed after the test. */
export interface StoreSubject {
  readonly name: string;
  withStore(test: (store: Store, place: StorePlace) => Promise<void>): Promise<void>;
  /** An empty place where no store has been opened yet. */
  withPlace(test: (place: StorePlace) => Promise<void>): Promise<void>;
}

/** Where a store lives, to open it again or to look at it from outside. */
export interface StorePlace {
  readonly setting: string;
  open(): Promise<Store>;
}

/** The n-th identifier: identifiers sort as their numbers do. */
export function id(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export const PROJECT: Project = {
  id: id(1),
  name: 'default',
  accountId: '000000000001',
  enabled: true,
  createdAt: 1_700_000_000_000,
  revision: 1,
};

export const RING: KeyRing = {
  id: id(2),
  projectId: PROJECT.id,
  name: 'default',
  owner: undefined,
  createdBy: 'somebody',
  createdAt: 1_700_000_000_001,
};

export function sampleKey(n: number, changes: Partial<Key> = {}): Key {
  return {
    id: id(n),
    projectId: PROJECT.id,
    keyRingId: RING.id,
    location: 'here',
    algorithm: 'aes-256',
    usages: ['encrypt', 'decrypt'],
    protection: 'software',
    origin: 'generated',
    exportable: false,
    wrappedOnly: undefined,
    publicOnly: false,
    serviceOwner: undefined,
    label: '',
    description: `key ${n}`,
    tags: {},
    state: 'active',
    activateAt: undefined,
    deactivateAt: undefined,
    suspendedAt: undefined,
    primaryVersion: 1,
    latestVersion: 1,
    rotation: undefined,
    replacement: undefined,
    rotatedAt: undefined,
    destruction: undefined,
    dualControl: undefined,
    processStartAt: undefined,
    protectStopAt: undefined,
    revocation: undefined,
    usageLimit: undefined,
    archivedAt: undefined,
    createdBy: 'somebody',
    createdAt: 1_700_000_000_000 + n,
    updatedAt: 1_700_000_000_000 + n,
    revision: 1,
    ...changes,
  };
}

/** A destruction that is due then. */
export function dueAt(at: number): PendingDestruction {
  return { at, requestedAt: at - 100, requestedBy: 'somebody', stateBefore: 'active' };
}

export function sampleVersion(keyId: string, number = 1, changes: Partial<KeyVersion> = {}): KeyVersion {
  return {
    keyId,
    number,
    state: 'active',
    cause: 'created',
    materialId: 'ab'.repeat(32),
    materialBytes: undefined,
    wrapped: new Uint8Array([0, 1, 254, 255, number]),
    publicKey: undefined,
    createdAt: 1_700_000_000_002,
    destroyedAt: undefined,
    ...changes,
  };
}

export function sampleName(text: string, keyId: string, namespace = 'test'): KeyName {
  return { namespace, projectId: PROJECT.id, text, keyId, createdAt: 1, updatedAt: 1 };
}

export function sampleRegistration(
  keyId: string,
  resource: string,
  changes: Partial<Registration> = {},
): Registration {
  return {
    projectId: PROJECT.id,
    keyId,
    resource,
    preventsDestruction: false,
    description: '',
    metadata: '',
    keyVersion: 1,
    createdBy: id(50),
    createdAt: 3,
    updatedBy: id(50),
    updatedAt: 3,
    revision: 1,
    ...changes,
  };
}

export function sampleTransportKey(n: number, changes: Partial<TransportKey> = {}): TransportKey {
  return {
    id: id(n),
    projectId: PROJECT.id,
    owner: `owner-${n}`,
    algorithm: 'rsa-4096',
    wrapped: new Uint8Array([1, n]),
    publicKey: new Uint8Array([2, n]),
    nonce: new Uint8Array([3, n]),
    createdBy: id(50),
    createdAt: 4,
    expiresAt: 1_000 + n,
    readsMax: 3,
    readsLeft: 3,
    ...changes,
  };
}

export function samplePrincipal(n: number, changes: Partial<Principal> = {}): Principal {
  return {
    id: id(n),
    projectId: PROJECT.id,
    kind: 'user',
    name: `user-${n}`,
    keyRingId: undefined,
    enabled: true,
    createdAt: 5,
    revision: 1,
    ...changes,
  };
}

export function sampleCredential(n: number, principalId: string): Credential {
  return {
    id: id(n),
    principalId,
    kind: 'apiKey',
    lookup: `lookup-${n}`,
    verifier: new Uint8Array([n, 0, 255]),
    enabled: true,
    createdAt: 6,
    expiresAt: undefined,
  };
}

export function sampleRule(n: number, changes: Partial<Rule> = {}): Rule {
  return {
    id: id(n),
    scope: { level: 'system' },
    effect: 'allow',
    principals: ['*'],
    permissions: ['key.encrypt'],
    conditions: [],
    owner: undefined,
    createdAt: 7,
    ...changes,
  };
}

export function sampleLogRow(index: number, changes: Partial<LogRow> = {}): LogRow {
  return {
    index,
    at: index * 1_000,
    projectId: PROJECT.id,
    principalId: id(50),
    operation: 'key.encrypt',
    outcome: 'ok',
    leaf: new Uint8Array([index & 255, 7]),
    keys: [],
    ...changes,
  };
}

/** The project and the ring that other objects stand in. */
export async function insertHome(tx: StoreTransaction): Promise<void> {
  await tx.projects.insert(PROJECT);
  await tx.keyRings.insert(RING);
}

export async function insertKeys(tx: StoreTransaction, keys: readonly Key[]): Promise<void> {
  for (const key of keys) await tx.keys.insert(key, sampleVersion(key.id));
}

/** All items of a list, page by page; checks that every page but the last is full. */
export async function allPages<T>(
  limit: number,
  list: (page: { limit: number; after?: string | undefined }) => Promise<{
    readonly items: readonly T[];
    readonly next?: string | undefined;
  }>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await list({ limit, after });
    items.push(...page.items);
    if (page.next !== undefined && page.items.length !== limit)
      throw new Error('a page before the last is full');
    after = page.next;
  } while (after !== undefined);
  return items;
}

export function isCode(code: string): (error: unknown) => boolean {
  return error => error instanceof Error && 'code' in error && error.code === code;
}

/** The item that a test knows to be there. */
export function present<T>(value: T | undefined): T {
  return must(value, 'the object of the test is there');
}
