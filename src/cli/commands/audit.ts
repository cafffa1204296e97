// `keyhold audit`: reading the audit log, and verifying it with or without a server.

import { createWriteStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { CheckpointReply, EntryReply, ReceiptReply } from '../../protocols/admin/types.ts';
import { type Query, queryText } from '../client.ts';
import { exampleText, parseInstant, serverCommand, wholeNumber } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { instant, printLine, printNote } from '../output.ts';
import { loadVerifier } from '../outside.ts';
import { Progress } from '../progress.ts';
import { entryPrinter, type FormatOptions, formatOptions } from './audit-format.ts';
import { addVerifyCommand } from './audit-verify.ts';

interface SearchOptions {
  readonly key?: string;
  readonly principal?: string;
  readonly operation?: string;
  readonly outcome?: string;
}

const searchOptions = (command: Command): Command =>
  formatOptions(command)
    .option('--key <id>', 'only about a key')
    .option('--principal <id>', 'only by a principal')
    .option('--operation <name>', 'such as key.decrypt')
    .option('--outcome <code>', 'ok, or an error code such as denied');

const wordsOf = ({ key, principal, operation, outcome }: SearchOptions): Query => ({
  key,
  principal,
  operation,
  outcome,
});

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('read, follow, prove and verify the audit log');
  serverCommand<SearchOptions & FormatOptions & { readonly follow?: boolean; readonly lines: string }>(
    audit,
    {
      usage: 'tail',
      description: 'show the newest entries, and with --follow those that come',
      examples: [
        ['keyhold audit tail --follow', 'what happens in the project, as it happens'],
        ['keyhold audit tail --system --outcome denied', 'the last refusals everywhere'],
      ],
      realm: 'either',
      options: command =>
        searchOptions(command)
          .option('-f, --follow', 'go on until you stop it')
          .option('-n, --lines <count>', 'how many to begin with', '20'),
      async run(session, _args, options) {
        const limit = wholeNumber('--lines', options.lines);
        const path = session.path('audit', 'entries');
        const { items } = await session.client.get<{ items: EntryReply[] }>(path, {
          ...wordsOf(options),
          limit,
        });
        const shown = items.reverse();
        const printer = await entryPrinter(session.json, options);
        printer.page(shown);
        if (options.follow !== true) return;
        let after = shown.at(-1)?.index;
        // The server ends each following after a minute, so that revoked access ends with it.
        for (;;) {
          const query = queryText({ ...wordsOf(options), after });
          for await (const line of session.client.lines('GET', session.path('audit', 'follow') + query)) {
            const row = JSON.parse(line) as EntryReply;
            after = row.index;
            printer.line(row);
          }
        }
      },
    },
  );
  serverCommand<
    SearchOptions &
      FormatOptions & { readonly from?: string; readonly until?: string; readonly limit: string }
  >(audit, {
    usage: 'search',
    description: 'search the log, newest first',
    examples: [
      ['keyhold audit search --key 1c3e… --from 2030-01-01', 'what was done with a key since'],
      [
        'keyhold audit search --operation key.purge --system --json',
        'who destroyed something, as JSON lines',
      ],
      [
        'keyhold audit search --from 2030-01-01 --format activity-tracker',
        "a day's events for what reads IBM's Activity Tracker",
      ],
    ],
    realm: 'either',
    options: command =>
      searchOptions(command)
        .option('--from <instant>', 'RFC 3339, such as 2030-01-01 or 2030-01-01T12:00:00Z')
        .option('--until <instant>', 'the same, exclusive')
        .option('--limit <count>', 'at most so many', '100'),
    async run(session, _args, options) {
      const most = wholeNumber('--limit', options.limit);
      const query = {
        ...wordsOf(options),
        from: parseInstant('--from', options.from),
        until: parseInstant('--until', options.until),
        limit: Math.min(most, 1_000),
      };
      const rows: EntryReply[] = [];
      for await (const row of session.client.list<EntryReply>(session.path('audit', 'entries'), query)) {
        if (rows.length === most) break;
        rows.push(row);
      }
      (await entryPrinter(session.json, options)).page(rows);
    },
  });
  serverCommand(audit, {
    usage: 'checkpoint',
    description:
      'print the signed checkpoint of the log: keep it, it exposes a history that is rewritten later',
    examples: [['keyhold audit checkpoint > checkpoint-$(date +%F).txt', 'one a day']],
    realm: 'either',
    async run(session) {
      const reply = await session.client.get<CheckpointReply>(session.path('audit', 'checkpoint'));
      if (session.json) return session.show(reply);
      process.stdout.write(reply.checkpoint);
      printNote(`Verifier key: ${reply.verifierKey}`);
    },
  });
  serverCommand<{ readonly out: string }>(audit, {
    usage: 'export',
    description: 'write the whole log into a file that anyone can verify',
    examples: [
      ['keyhold audit export --out log.jsonl', 'then: keyhold audit verify log.jsonl --verifier-key …'],
    ],
    realm: 'system',
    options: command => command.requiredOption('--out <file>', 'a new file'),
    async run(session, _args, { out }) {
      const progress = new Progress('exporting, bytes');
      let bytes = 0;
      const chunks = session.client.chunks('GET', '/audit/export');
      await pipeline(
        Readable.from(chunks),
        async function* counted(source: AsyncIterable<Uint8Array>) {
          for await (const chunk of source) {
            bytes += chunk.length;
            progress.show(bytes);
            yield chunk;
          }
        },
        createWriteStream(out, { flags: 'wx', mode: 0o600 }),
      ).finally(() => progress.clear());
      printNote(`${bytes} bytes written to ${out}.`);
    },
  });
  addReceiptCommands(audit);
  addVerifyCommand(audit);
}

function addReceiptCommands(audit: Command): void {
  const receipt = audit.command('receipt').description('proofs that single entries are in the log');
  serverCommand<{ readonly out?: string }>(receipt, {
    usage: 'get <index>',
    description: 'print the receipt of an entry, for verification without the server',
    examples: [['keyhold audit receipt get 4711 > destroyed.receipt', 'the index is in `audit search`']],
    realm: 'either',
    async run(session, [index = '']) {
      const path = session.path('audit', 'receipts', index);
      const reply = await session.client.get<ReceiptReply>(path);
      printLine(reply.receipt);
      printNote(`Verifier key: ${reply.verifierKey}`);
    },
  });
  receipt
    .command('verify <file>')
    .description('verify a receipt offline')
    .requiredOption('--verifier-key <key>', 'of the log, as you know it otherwise: name+hash+key')
    .addHelpText(
      'after',
      exampleText([
        [
          'keyhold audit receipt verify destroyed.receipt --verifier-key keyhold/…+1a2b3c4d+A…',
          'needs no server',
        ],
      ]),
    )
    .action(async (file: string, options: { readonly verifierKey: string }) => {
      const { verifyReceipt, parseVerifierKey } = await loadVerifier();
      const verifier = parseVerifierKey(options.verifierKey);
      const outcome = verifyReceipt(readFileSync(file, 'utf8').trim(), [verifier]);
      if (!outcome.ok) throw new CliFailure('unverified', outcome.problem);
      printLine(
        `Verified: entry ${outcome.receipt.index} of ${instant(outcome.at)} is in the log ${verifier.name}.`,
      );
      printLine(Buffer.from(outcome.receipt.leaf).toString('utf8'));
    });
}
