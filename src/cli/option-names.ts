// Members of requests by the names under which a command takes them: a refusal names the option that the user has typed.

import type { Command } from 'commander';

/** Options that are not called as the member; the first that the command has counts. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  usages: ['--usage'],
  lengthBytes: ['--bytes', '--length-bytes'],
  rotationPeriodMs: ['--rotation-days'],
  periodMs: ['--days'],
  delayMs: ['--days'],
  validMs: ['--days', '--expires-days'],
  expiresAt: ['--expires-days'],
  lifetimeMs: ['--minutes'],
  readsMax: ['--reads'],
  version: ['--key-version'],
  underVersion: ['--under-version'],
  label: ['--label', '--oaep-label'],
  'wrapped.label': ['--oaep-label'],
  total: ['--operations', '--bytes'],
  conditions: ['--when'],
  peerPublicKey: ['--peer'],
  text: ['<name>'],
  type: ['--to'],
};

/** The option or argument of the command that becomes the member (`states.0`, `wrapped.mechanism`); undefined where there is none. */
export function optionOf(command: Command, field: string): string | undefined {
  const options = new Set(command.options.map(({ long }) => long));
  const places = new Set(command.registeredArguments.map(argument => `<${argument.name()}>`));
  const members = field.split('.').filter(member => !/^\d+$/.test(member));
  for (const member of members.toReversed()) {
    const words = member.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    const forms = [words, words.replace(/s$/, ''), `${words}s`];
    const names = [
      ...(OTHER_NAMES[field] ?? OTHER_NAMES[member] ?? []),
      ...forms.map(form => `--${form}`),
      ...forms.map(form => `<${form}>`),
    ];
    const found = names.find(name => options.has(name) || places.has(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The words of the command, such as `keyhold keys create`. */
export function wordsOf(command: Command): string {
  const { parent } = command;
  return parent === null ? command.name() : `${wordsOf(parent)} ${command.name()}`;
}
