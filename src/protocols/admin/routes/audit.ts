// The audit log, and work on the whole installation.

import {
  exportAudit,
  readCheckpoint,
  readReceipt,
  searchAudit,
} from '../../../core/operations/audit/audit.ts';
import { followAudit } from '../../../core/operations/audit/follow.ts';
import type { IndexedEntry } from '../../../core/operations/audit/realm.ts';
import { backUp, rotateRoot } from '../../../core/operations/system/maintenance.ts';
import { readStatus } from '../../../core/operations/system/status.ts';
import type { MaintenanceRun } from '../../../core/ports/maintenance.ts';
import type { LogFilter } from '../../../core/ports/store.ts';
import { invalidInput, toKmsError } from '../../../domain/errors.ts';
import { cursorOf, linesRoute, pageOf, type Route, route } from '../route.ts';
import {
  checkpointReply,
  entriesReply,
  exportReply,
  followQuery,
  followReply,
  progressReply,
  receiptReply,
  searchQuery,
  statusReply,
} from '../shapes/audit.ts';
import { rotateRootBody } from '../shapes/sealing.ts';

const AUDIT = { method: 'GET', noun: 'audit log', permission: 'audit.read' } as const;

export const AUDIT_ROUTES: readonly Route[] = [
  route({
    ...AUDIT,
    path: '/audit/entries',
    realm: 'either',
    summary: 'Searches the audit log: of the project, or in the system of all projects.',
    query: searchQuery,
    reply: entriesReply,
    operation: searchAudit,
    decode(call) {
      const { order, from, until } = call.query;
      const { limit, after } = pageOf(call);
      return {
        filter: { ...filterOf(call.query), fromMs: from, untilMs: until },
        newestFirst: order === 'newest',
        limit,
        after: after === undefined ? undefined : Number(after),
      };
    },
    encode: ({ items, next }, call) => ({
      items: items.map(({ index, entry }) => ({ index, entry: { ...entry } })),
      ...cursorOf(call, next === undefined ? undefined : String(next)),
    }),
  }),
  route({
    ...AUDIT,
    path: '/audit/checkpoint',
    realm: 'either',
    summary:
      'Gives the signed checkpoint of the whole log. Keep it: it exposes a history that is rewritten later.',
    reply: checkpointReply,
    operation: readCheckpoint,
    decode: () => undefined,
    encode: output => output,
  }),
  route({
    ...AUDIT,
    path: '/audit/receipts/:index',
    realm: 'either',
    summary: 'Gives the proof that an entry is in the log, for verification offline.',
    reply: receiptReply,
    operation: readReceipt,
    decode: ({ params: { index = '' } }) => {
      if (!/^\d{1,15}$/.test(index)) throw invalidInput('index', 'must be the number of an entry');
      return { index: Number(index) };
    },
    encode: output => output,
  }),
  linesRoute({
    ...AUDIT,
    path: '/audit/follow',
    realm: 'either',
    summary: 'Sends entries as they are written, for a minute at most.',
    query: followQuery,
    reply: followReply,
    endless: true,
    operation: followAudit,
    decode: ({ query: { after, ...words } }) => ({ filter: filterOf(words), after }),
    lines: ({ entries }) => followLines(entries),
  }),
  linesRoute({
    ...AUDIT,
    path: '/audit/export',
    realm: 'system',
    summary: 'Exports the whole log for verification offline.',
    reply: exportReply,
    operation: exportAudit,
    decode: () => undefined,
    lines: ({ lines }) => lines,
  }),
  route({
    method: 'GET',
    path: '/system/status',
    realm: 'system',
    noun: 'system',
    summary: 'Shows the state of the installation.',
    permission: 'system.read',
    reply: statusReply,
    operation: readStatus,
    decode: () => undefined,
    encode: status => status,
  }),
  linesRoute({
    method: 'POST',
    path: '/system/root-rotations',
    realm: 'system',
    noun: 'system',
    summary:
      'Makes a new root key, with another provider if one is named, and rewraps every project under it, showing the progress.',
    permission: 'system.rotateRoot',
    status: 202,
    body: rotateRootBody,
    reply: progressReply,
    operation: rotateRoot,
    decode: call => call.body,
    lines: progressLines,
  }),
  linesRoute({
    method: 'POST',
    path: '/system/backups',
    realm: 'system',
    noun: 'system',
    summary: 'Writes a backup into the backup directory of the server, showing the progress.',
    permission: 'system.backup',
    status: 202,
    reply: progressReply,
    operation: backUp,
    decode: () => undefined,
    lines: progressLines,
  }),
];

interface SearchWords {
  readonly key?: string | undefined;
  readonly principal?: string | undefined;
  readonly operation?: string | undefined;
  readonly outcome?: string | undefined;
}

function filterOf({ key, principal, operation, outcome }: SearchWords): LogFilter {
  return { keyId: key, principalId: principal, operation, outcome };
}

async function* followLines(
  entries: AsyncIterable<IndexedEntry | 'nothing'>,
): AsyncGenerator<string, void, undefined> {
  // An empty line sends the head of the answer, and later finds out whether anybody still reads.
  yield '\n';
  for await (const entry of entries) yield entry === 'nothing' ? '\n' : line(entry);
}

/** The work goes on when the reader goes away. */
async function* progressLines({
  progress,
  outcome,
}: MaintenanceRun): AsyncGenerator<string, void, undefined> {
  for await (const { done, total } of progress) yield line({ progress: { done, total } });
  yield line(await outcome.then(value => ({ outcome: value }), failureOf));
}

function failureOf(thrown: unknown) {
  const { code, message } = toKmsError(thrown);
  return { error: { code, message } };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
