// `keyhold unseal`, `keyhold seal` and `keyhold root`: the root key, its shares, and where it is kept.

import type { Command } from 'commander';
import type { MadeSharesReply, SealReply } from '../../protocols/admin/types.ts';
import { type Session, serverCommand, wholeNumber } from '../command.ts';
import { CliFailure, toCliFailure } from '../failure.ts';
import { followWork } from '../follow-work.ts';
import { HiddenInput, pipedLines } from '../hidden-input.ts';
import { instant, printLine, printNote } from '../output.ts';

const SEAL = '/system/seal';
const UNSEAL = '/system/unseal';

interface UnsealOptions {
  readonly show?: boolean;
  readonly reset?: boolean;
}

export function addRootKeyCommands(program: Command): void {
  serverCommand<UnsealOptions>(program, {
    usage: 'unseal',
    description:
      'give a sealed server shares of its root key, typed without being shown or piped in; or have it try again',
    examples: [
      ['keyhold unseal', 'asks for one share after the other'],
      ['keyhold unseal --show', 'says why it is sealed and how many shares are there'],
    ],
    realm: 'system',
    options: command =>
      command
        .option('--show', 'show the state alone')
        .option('--reset', 'have the server forget the shares that it was given'),
    async run(session, _args, { show, reset }) {
      const { client } = session;
      if (show === true) return showState(session, await client.get<SealReply>(SEAL));
      if (reset === true) return showState(session, await client.send<SealReply>('DELETE', UNSEAL));
      const state = await client.get<SealReply>(SEAL);
      const last = state.sealed ? await unseal(session, state) : state;
      showState(session, last);
      if (last.sealed) throw new CliFailure('unavailable', last.reason ?? 'The server is still sealed.');
    },
  });
  serverCommand(program, {
    usage: 'seal',
    description: 'have this server forget the root key at once: it does nothing more until it is unsealed',
    examples: [['keyhold seal', 'other servers on the same database are sealed by themselves']],
    realm: 'system',
    async run(session) {
      showState(session, await session.client.send<SealReply>('POST', SEAL));
    },
  });
  const root = program.command('root').description('the root key, which wraps the keys of all projects');
  serverCommand<{ to?: string }>(root, {
    usage: 'rotate',
    description: 'make a new root key and rewrap every project under it, while the server works on',
    examples: [
      ['keyhold root rotate', 'again after an interruption: it completes what was begun'],
      ['keyhold root rotate --to kms', 'move it to another provider; both must be configured'],
    ],
    realm: 'system',
    options: command =>
      command.option('--to <provider>', 'where the new root key is kept; default: where the present one is'),
    async run(session, _args, { to }) {
      if (to === 'shares')
        throw new CliFailure(
          'usage',
          'Shares must be seen by somebody.',
          'Use `keyhold root rekey --shares 5 --threshold 3`.',
        );
      await followWork(session, '/system/root-rotations', 'rewrapping', { to });
    },
  });
  serverCommand<{ shares: string; threshold: string; yes?: boolean }>(root, {
    usage: 'rekey',
    description: 'make a new root key in shares, show them once, and rewrap every project under it',
    examples: [['keyhold root rekey --shares 5 --threshold 3', 'the shares of before open nothing any more']],
    realm: 'system',
    options: command =>
      command
        .requiredOption('--shares <count>', 'how many shares, 2 to 255')
        .requiredOption('--threshold <count>', 'how many of them open the root key')
        .option('--yes', 'every share is kept as soon as it is printed: do not ask'),
    async run(session, _args, { shares, threshold, yes }) {
      const sharing = {
        parts: wholeNumber('--shares', shares),
        threshold: wholeNumber('--threshold', threshold),
      };
      if (yes !== true && !process.stdin.isTTY)
        throw new CliFailure(
          'usage',
          'Somebody must say that the shares are kept.',
          'Say --yes if they are.',
        );
      const made = await session.client.send<MadeSharesReply>('POST', '/system/root-shares', sharing);
      printLine(made.shares.replaceAll(' ', '\n'));
      printNote(
        `Each share to another holder. Any ${sharing.threshold} of them open the root key, and nothing else does.`,
      );
      if (yes !== true) {
        using terminal = new HiddenInput();
        await terminal.ask('They count from now on. Press Enter once every one is kept, or Ctrl-C: ');
      }
      const { rotation } = await followWork(session, '/system/root-rotations', 'rewrapping', {
        to: 'shares',
      });
      if (rotation !== 'new') {
        throw new CliFailure(
          'conflict',
          'A rotation from before was completed instead: the shares above open nothing. Destroy them.',
          'Run this again.',
        );
      }
    },
  });
}

/** Asks for shares until the server is open. At a terminal a share that is refused is asked for again. */
async function unseal({ client }: Session, before: SealReply): Promise<SealReply> {
  const give = (share: Uint8Array): Promise<SealReply> => {
    const body = { share: Buffer.from(share).toString('base64') };
    share.fill(0);
    return client.send<SealReply>('POST', UNSEAL, body);
  };
  let state = before;
  if (!state.shares.some(({ complete }) => !complete)) return client.send<SealReply>('POST', UNSEAL, {});
  if (!process.stdin.isTTY) {
    for (const share of await pipedLines()) if (state.sealed) state = await give(share);
    return state;
  }
  using terminal = new HiddenInput();
  while (state.sealed && state.shares.some(({ complete }) => !complete)) {
    const { set, given, threshold } = missing(state);
    const share = await terminal.ask(`Share of set ${set} (${given.length} of ${threshold} given): `);
    try {
      state = await give(share);
    } catch (thrown) {
      const failure = toCliFailure(thrown);
      if (failure.exit !== 'usage' && failure.exit !== 'conflict') throw failure;
      printNote(failure.message);
      state = await client.get<SealReply>(SEAL);
    }
  }
  return state;
}

function missing({ shares }: SealReply): SealReply['shares'][number] {
  const first = shares.find(({ complete }) => !complete);
  if (first === undefined) throw new CliFailure('failed', 'The server asks for no shares.');
  return first;
}

function showState(session: Session, state: SealReply): void {
  if (session.json) {
    session.show(state);
    return;
  }
  const shares = state.shares.map(
    ({ set, given, threshold, parts, complete, until }) =>
      `set ${set}: ${complete ? 'complete' : `${given.length} of ${threshold} given`}, of ${parts}` +
      (until === undefined ? '' : `, until ${instant(until)}`),
  );
  session.show({
    state: state.sealed ? 'sealed' : 'open',
    reason: state.reason,
    nextAttemptAt: state.nextAttemptAt,
    shares: shares.length === 0 ? undefined : shares,
  });
}
