// Two projects, one against the other: what their tests share. Whatever the attacker names of the victim's, the answer must be the one
// for an object that does not exist, byte for byte; nothing changes, and every refusal is in the audit log.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ALL_ROLES } from '../../src/domain/permission.ts';
import { type Caller, caller } from '../conformance/admin/client.ts';
import type { AwsAccount } from '../conformance/aws-kms/support.ts';
import { type HostileSubject, startHostile } from './subject.ts';

export interface Tenants extends HostileSubject {
  readonly admin: Caller;
  readonly attacker: AwsAccount;
  readonly victim: AwsAccount;
}

export async function startTenants(): Promise<Tenants> {
  const subject = await startHostile();
  return {
    ...subject,
    admin: caller(subject.keyhold.url, subject.keyhold.credentials.admin.apiKey),
    attacker: await subject.addAccount('attacker', ALL_ROLES),
    victim: await subject.addAccount('victim', ALL_ROLES),
  };
}

/** Ids that nothing has, of the same form. */
export const NOTHING = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
export const NO_ACCOUNT = '999999999999';

/** In a ciphertext the id of its key stands in the open: docs/formats/ciphertext.md. */
export function withKeyId(ciphertext: string, keyId: string): string {
  const bytes = Buffer.from(ciphertext, 'base64');
  Buffer.from(keyId.replaceAll('-', ''), 'hex').copy(bytes, 1);
  return bytes.toString('base64');
}

/** An answer without what differs between any two: the id of the request and the time. */
export interface Told {
  readonly requestId: string;
  readonly status: number;
  readonly text: string;
}

export function tellingOf(
  status: number,
  headers: Iterable<readonly [name: string, value: unknown]>,
  body: string,
  requestId: string,
): Told {
  // The length says no more than the body does.
  const fields = [...headers].filter(([name]) => name !== 'date' && name !== 'content-length').sort();
  return { requestId, status, text: `${body} ${JSON.stringify(fields)}`.replaceAll(requestId, '<request>') };
}

/** What the names stand for is told in other words: the one thing in which two answers may differ. */
function anonymous({ status, text }: Told, names: readonly string[]): string {
  // The longest first: a short one, such as an index, may stand within another.
  const longestFirst = names.toSorted((left, right) => right.length - left.length);
  return longestFirst.reduce((said, name) => said.replaceAll(name, '<named>'), `${status} ${text}`);
}

/** Asks about what exists and about what does not, and demands of each group one and the same refusal. `names` are those asked about. */
export async function requireAlike(
  { keyhold }: Tenants,
  groups: Iterable<{
    readonly what: string;
    readonly names: readonly string[];
    readonly asks: readonly (() => Promise<Told>)[];
  }>,
): Promise<void> {
  const before = contents(keyhold.dataDir);
  const asked: Told[] = [];
  for (const { what, names, asks } of groups) {
    const told: Told[] = [];
    for (const ask of asks) told.push(await ask());
    const [first, ...others] = told.map(each => anonymous(each, names));
    for (const other of others) assert.equal(first, other, what);
    for (const { status, text } of told) assert.ok(status >= 400 && status < 500, `${what} ${text}`);
    asked.push(...told);
  }
  assert.equal(contents(keyhold.dataDir), before);
  const outcomes = await outcomesByRequest(keyhold.kms.store.log);
  for (const { requestId, text } of asked) {
    const outcome = outcomes.get(requestId);
    assert.ok(outcome !== undefined && outcome !== 'ok', `${requestId} ${outcome} ${text}`);
  }
}

const TABLES = [
  'settings',
  'projects',
  'key_rings',
  'keys',
  'key_versions',
  'names',
  'principals',
  'credentials',
  'bindings',
  'rules',
  'facets',
  'wrapping_keys',
  'root_keys',
];

/** Everything in the store but the log. */
function contents(dataDir: string): string {
  using database = new DatabaseSync(join(dataDir, 'keyhold.db'), { readOnly: true });
  return JSON.stringify(TABLES.map(table => database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()));
}

async function outcomesByRequest(
  log: Tenants['keyhold']['kms']['store']['log'],
): Promise<ReadonlyMap<string, string>> {
  const outcomes = new Map<string, string>();
  for (let from = 0; ; ) {
    const rows = await log.leaves(from, 1_000);
    if (rows.length === 0) return outcomes;
    from += rows.length;
    for (const { leaf } of rows) {
      const entry = JSON.parse(Buffer.from(leaf).toString()) as { requestId?: string; outcome: string };
      if (entry.requestId !== undefined) outcomes.set(entry.requestId, entry.outcome);
    }
  }
}
