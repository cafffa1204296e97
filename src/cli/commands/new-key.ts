// What one may say of a new key on the command line, whether its material is made by the server or brought in.

import type { Command } from 'commander';
import type { KeyReply } from '../../protocols/admin/types.ts';
import { collect, pairs, parseInstant, type Session } from '../command.ts';

export interface NewKeyOptions {
  readonly algorithm?: string;
  readonly usage?: readonly string[];
  readonly location?: string;
  readonly keyRing?: string;
  readonly exportable?: boolean;
  readonly label?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly preActive?: boolean;
  readonly activateAt?: string;
  readonly processStartAt?: string;
  readonly protectStopAt?: string;
  readonly deactivateAt?: string;
  readonly name?: string;
}

export function newKeyOptions(command: Command, algorithms: string): Command {
  return command
    .option('--algorithm <algorithm>', algorithms)
    .option('--usage <usage>', 'what it may be used for, again for each; default: all that it can', collect)
    .option('--location <location>', 'such as us-east-1; default: that of the server')
    .option('--key-ring <name>', 'default: the ring `default`')
    .option('--exportable', 'its material may be taken out later, with the permission key.export')
    .option('--label <text>', 'a name for display, which need not be unique')
    .option('--description <text>', 'what it is for')
    .option('--tag <name=value>', 'again for each', collect)
    .option('--pre-active', 'not used until it is activated')
    .option('--activate-at <instant>', 'not used before, such as 2030-01-01')
    .option('--process-start-at <instant>', 'decrypts and verifies nothing before')
    .option('--protect-stop-at <instant>', 'encrypts and signs nothing from then on')
    .option('--deactivate-at <instant>', 'deactivated from then on')
    .option('--name <text>', 'give it this name as well');
}

/** Makes the key by a POST to the path below that of keys, gives it the name, and shows it. */
export async function makeKey(
  session: Session,
  path: readonly string[],
  options: NewKeyOptions,
  further: object,
): Promise<void> {
  const { usage, tag, name, preActive, activateAt, processStartAt, protectStopAt, deactivateAt, ...same } =
    options;
  const { algorithm, location, keyRing, exportable, label, description } = same;
  const key = await session.client.send<KeyReply>('POST', session.path('keys', ...path), {
    algorithm,
    location,
    keyRing,
    exportable,
    label,
    description,
    usages: usage,
    tags: pairs('--tag', tag),
    state: preActive === true ? 'preActive' : undefined,
    activateAt: parseInstant('--activate-at', activateAt),
    processStartAt: parseInstant('--process-start-at', processStartAt),
    protectStopAt: parseInstant('--protect-stop-at', protectStopAt),
    deactivateAt: parseInstant('--deactivate-at', deactivateAt),
    ...further,
  });
  if (name !== undefined) {
    await session.client.send('POST', session.path('names'), { text: name, key: key.id });
  }
  session.show(key);
}
