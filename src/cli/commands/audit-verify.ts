// `keyhold audit verify`: every entry is hashed again and every signed checkpoint compared, here and not on the server. From a file, no
// server is needed at all.

import { createReadStream, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { CheckpointReply } from '../../protocols/admin/types.ts';
import { collect, connectionOptions, exampleText, type SharedOptions } from '../command.ts';
import { openConnection } from '../connection.ts';
import { CliFailure } from '../failure.ts';
import { instant, printJson, printLine, printNote } from '../output.ts';
import { loadVerifier } from '../outside.ts';
import { Progress } from '../progress.ts';

interface VerifyOptions extends SharedOptions {
  readonly verifierKey?: string;
  readonly knownCheckpoint?: readonly string[];
}

export function addVerifyCommand(audit: Command): void {
  const command = audit
    .command('verify [file]')
    .description('verify the log: an export file offline, or without one the log of the server')
    .option('--verifier-key <key>', 'of the log, as you know it otherwise: name+hash+key')
    .option(
      '--known-checkpoint <file>',
      'one that you kept: exposes a history rewritten since; again for each',
      collect,
    )
    .addHelpText(
      'after',
      exampleText([
        ['keyhold audit verify log.jsonl --verifier-key keyhold/…+1a2b3c4d+A…', 'a file, on any machine'],
        [
          'keyhold audit verify --known-checkpoint checkpoint-2030-01-01.txt',
          'the log of the server, against a checkpoint of yours',
        ],
      ]),
    );
  connectionOptions(command, 'system');
  command.action(verify);
}

async function verify(file: string | undefined, options: VerifyOptions): Promise<void> {
  const { verifyExport, parseVerifierKey, describeFailure } = await loadVerifier();
  const source = file === undefined ? await onlineLog(options) : offlineLog(file, options);
  const progress = new Progress('verifying, entries');
  const outcome = await verifyExport(source.chunks, {
    verifiers: [parseVerifierKey(source.verifierKey)],
    knownCheckpoints: (options.knownCheckpoint ?? []).map(path => readFileSync(path, 'utf8')),
    onProgress: entries => progress.show(entries),
  }).finally(() => progress.clear());
  if (!outcome.ok) {
    throw new CliFailure(
      'unverified',
      `${describeFailure(outcome.failure)} The first ${outcome.verifiedSize} entries are as they were signed.`,
      'Keep the export and the data directory as they are, and find out who could have written to them.',
    );
  }
  const { verifiedSize, checkpoints, warnings, rootHash } = outcome;
  const root = Buffer.from(rootHash).toString('base64');
  if (options.json === true)
    printJson({ verified: true, entries: verifiedSize, checkpoints, rootHash: root, warnings });
  else {
    const signed = checkpoints === 1 ? '1 checkpoint' : `${checkpoints} checkpoints`;
    printLine(`Verified: ${verifiedSize} entries, ${signed}, root ${root}.`);
  }
  for (const { index, at, previousAt } of warnings.first) {
    printNote(`The clock went back at entry ${index}: from ${instant(previousAt)} to ${instant(at)}.`);
  }
}

interface LogSource {
  readonly chunks: AsyncIterable<Uint8Array | string>;
  readonly verifierKey: string;
}

function offlineLog(file: string, { verifierKey }: VerifyOptions): LogSource {
  if (verifierKey === undefined) {
    throw new CliFailure(
      'usage',
      'Which log is it meant to be?',
      'Give its --verifier-key: `keyhold audit checkpoint` shows it, and you should have kept it elsewhere.',
    );
  }
  return { chunks: createReadStream(file), verifierKey };
}

async function onlineLog(options: VerifyOptions): Promise<LogSource> {
  const { client } = openConnection(options);
  const { verifierKey } = await client.get<CheckpointReply>('/audit/checkpoint');
  if (options.verifierKey === undefined) {
    printNote(
      'The key is the one that the server gives: this finds damage, not a server that lies about everything.',
    );
  }
  return { chunks: client.chunks('GET', '/audit/export'), verifierKey: options.verifierKey ?? verifierKey };
}
