// A wrong value of every option of every command that talks to a server: what is said names the option as it is typed, and no member of a
// request or word of a library.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import type { Command } from 'commander';
import { buildProgram } from '../../../src/cli/program.ts';
import { run } from '../../../src/cli/run.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';

const WRONG = 'wr&ng';

/** Options that take any text: a name, a pattern, a note, or what may be absent. */
const FREE =
  /^--(project|data-dir|url|api-key-file|out|label|description|name|remove|namespace|key|resource|metadata|message|region|principal|operation|outcome|verifiers-learn)$/;
/** Places of objects, of which there is none of that name. */
const ABSENT = /^--(key-ring|under|owner)$/;
const FILES = /^--(in|file|signature|mac|known-checkpoint)$/;
/** Free where it only narrows a list. */
const FREE_HERE = new Set(['keys list --location', 'keys search --key-ring']);
const FILES_HERE = new Set(['crypto agree --peer']);
const KEY = 'first';
/** Values that are right: of arguments by their names, and of options that must be given. */
const VALUES: Readonly<Record<string, string>> = {
  key: KEY,
  permission: 'key.read',
  effect: 'deny',
  role: 'user',
  amount: '1',
  '--mechanism': 'aes-gcm',
  '--under': KEY,
};
/** What a command needs besides. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'keys import': { '--algorithm': 'aes-256' },
  'crypto unwrap': { '--algorithm': 'aes-256' },
  'crypto derive': { '--algorithm': 'aes-256', '--mechanism': 'hkdf-sha-256' },
  'rules create': { '--permission': 'key.read', '--principal': '*' },
};
/** Served by no server, or never ending. */
const LEFT_OUT = /^(serve|init|restore|backup verify|unseal|seal|doctor|root|hsm)( |$)/;

let keyhold: TestKeyhold;
let input = '';
before(async () => {
  keyhold = await startKeyhold();
  process.env.KEYHOLD_DATA_DIR = keyhold.dataDir;
  input = join(keyhold.dataDir, 'input');
  writeFileSync(input, 'aGVsbG8=');
});
after(() => keyhold.stop());

function leaves(command: Command, words: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[words.join(' '), command]];
  return command.commands.flatMap(child => leaves(child, [...words, child.name()]));
}

async function said(args: readonly string[]): Promise<{ readonly exit: number; readonly text: string }> {
  let text = '';
  const hear = (part: string | Uint8Array): boolean => {
    text += typeof part === 'string' ? part : Buffer.from(part).toString();
    return true;
  };
  const spoken = mock.method(process.stderr, 'write', hear);
  try {
    return { exit: await run(args), text };
  } finally {
    spoken.mock.restore();
  }
}

const isFile = (words: string, long: string): boolean =>
  FILES.test(long) || FILES_HERE.has(`${words} ${long}`);

/** The whole command line with one wrong value in it. */
function lineOf(words: string, command: Command, wrong: string): readonly string[] {
  const has = (long: string) => long !== wrong && command.options.some(option => option.long === long);
  const values = {
    ...VALUES,
    file: input,
    '--in': input,
    '--peer': input,
    '--signature': input,
    '--mac': input,
    ...NEEDED[words],
  };
  const args = command.registeredArguments
    .filter(({ required }) => required)
    .map(place => (values as Readonly<Record<string, string>>)[place.name()] ?? 'nothing');
  const needed = Object.entries(values).filter(([long]) => has(long) && isNeeded(words, command, long));
  return [
    ...words.split(' '),
    ...args,
    ...needed.flat(),
    ...['--stdout', '--yes'].filter(has),
    wrong,
    isFile(words, wrong) ? '/nowhere/at-all' : WRONG,
  ];
}

function isNeeded(words: string, command: Command, long: string): boolean {
  const mandatory = command.options.some(option => option.long === long && option.mandatory);
  return mandatory || long === '--in' || Object.hasOwn(NEEDED[words] ?? {}, long);
}

test('a wrong value is told by the name of its option', async () => {
  const created = await said(['keys', 'create', '--name', KEY, '--exportable', '--json']);
  assert.equal(created.exit, 0, created.text);
  let tried = 0;
  const untold: string[] = [];
  for (const [words, command] of leaves(buildProgram())) {
    if (LEFT_OUT.test(words)) continue;
    for (const option of command.options) {
      const long = String(option.long);
      if (!option.required || FREE.test(long) || FREE_HERE.has(`${words} ${long}`)) continue;
      tried += 1;
      const { exit, text } = await said(lineOf(words, command, long));
      const [exits, pattern] = expected(words, long);
      if (!exits.includes(exit) || !pattern.test(text) || /Invalid |expected|undefined/.test(text)) {
        untold.push(`${words} ${long}: ${exit} ${text.trim()}`);
      }
    }
  }
  assert.deepEqual(untold, []);
  console.log(`${tried} options were given a wrong value`);
});

function expected(words: string, long: string): readonly [exits: readonly number[], said: RegExp] {
  if (ABSENT.test(long)) return [[3, 4], new RegExp(`${WRONG}|no such (object|key)`)];
  if (isFile(words, long)) return [[1], /There is no file \/nowhere\/at-all\./];
  return [[2], new RegExp(`^(keyhold: ${long} |error: option '[^']*${long} )`)];
}

test('a client that cannot be made whole is not made', async () => {
  const out = join(keyhold.dataDir, 'array');
  const add = (roles: string) => said(['kmip', 'client', 'add', 'array', '--out', out, '--roles', roles]);
  const refused = await add('user,nobody');
  assert.equal(refused.exit, 2);
  assert.match(refused.text, /^keyhold: --roles must be one of viewer, user, /);
  assert.equal((await add('user')).exit, 0);
});

test('a setting that is wrong says nothing about the backup', async () => {
  const verify = (file: string, ...more: string[]) => said(['backup', 'verify', file, ...more]);
  const setting = await verify(input, '--port', WRONG);
  assert.deepEqual([setting.exit, /KEYHOLD_PORT \(--port\) must be a port/.test(setting.text)], [2, true]);
  const absent = await verify('/nowhere/at-all');
  assert.equal(absent.exit, 3);
  assert.match(absent.text, /There is no file \/nowhere\/at-all\.\n {2}next: Check the path\./);
  assert.equal((await verify(input)).exit, 7);
});
