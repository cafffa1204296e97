// The root key by the command line, as operators do it: an installation in shares, unsealed by what is piped in, sealed, rekeyed and moved.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const dataDir = await temporaryDirectory();

interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

function launch(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, KEYHOLD_DATA_DIR: dataDir, NODE_OPTIONS: '', ...environment },
  });
}

async function run(args: readonly string[], input = ''): Promise<Ran> {
  const child = launch(args, { KEYHOLD_URL: url });
  child.stdin.end(input);
  const [out = '', err = ''] = await Promise.all(
    [child.stdout, child.stderr].map(async stream => (await Array.fromAsync(stream)).join('')),
  );
  if (child.exitCode === null) await once(child, 'close');
  return { exit: child.exitCode, out, err };
}

const sharesIn = (text: string): readonly string[] => text.match(/^khs1-[0-9a-f-]+$/gm) ?? [];

let server: ReturnType<typeof launch> | undefined;
after(async () => {
  server?.kill('SIGTERM');
  if (server?.exitCode === null) await once(server, 'close');
});

let url = '';
let shares: readonly string[] = [];

test('init shows the shares once, and refuses to make them for an installation that is there', async () => {
  const made = await run(['init', '--shares', '5', '--threshold', '3', '--port', '0', '--kmip-port', '0']);
  assert.equal(made.exit, 0, made.err);
  shares = sharesIn(made.out);
  assert.equal(shares.length, 5);
  const again = await run(['init', '--shares', '5', '--threshold', '3', '--port', '0', '--kmip', 'off']);
  assert.deepEqual([again.exit, sharesIn(again.out)], [5, []]);
  assert.equal((await run(['init', '--shares', '5'])).exit, 2);
});

test('serve starts sealed and says so, on the screen, in its log, and to doctor', async () => {
  server = launch(['serve', '--port', '0', '--kmip', 'off']);
  let [out, err] = ['', ''];
  server.stdout.on('data', chunk => {
    out += chunk;
  });
  server.stderr.on('data', chunk => {
    err += chunk;
  });
  for (let turns = 0; turns < 400 && !out.includes('It is sealed'); turns += 1) await pause(25);
  url = /serves at (\S+)/.exec(out)?.[1] ?? '';
  assert.match(out, /It is sealed/);
  assert.match(err, /"msg":"sealed: The server is sealed: 3 shares of the root key/);
  const doctor = await run(['doctor']);
  assert.equal(doctor.exit, 1);
  assert.match(doctor.out, /rootKey: sealed +See why with `keyhold unseal --show`/);
  assert.match(doctor.out, /^root key 1 \(current\) +shares +3 of 5 shares$/m);
  const refused = await run(['keys', 'list']);
  assert.deepEqual([refused.exit, /sealed/.test(refused.err)], [6, true]);
});

test('unseal takes shares that are piped in, one after the other, and never as arguments', async () => {
  const two = await run(['unseal'], shares.slice(0, 2).join('\n'));
  assert.deepEqual([two.exit, /2 of 3 given, of 5/.test(two.out)], [6, true]);
  assert.notEqual((await run(['unseal', shares[2] ?? ''])).exit, 0);
  assert.match((await run(['unseal', '--reset'])).out, /0 of 3 given/);
  const three = await run(['unseal'], `\n${shares.slice(2).join('\n\n')}\n`);
  assert.equal(three.exit, 0, three.err);
  assert.match(three.out, /^state +open$/m);
  assert.equal((await run(['doctor'])).exit, 0);
});

test('seal shuts it at once, and rekey changes the shares', async () => {
  assert.match((await run(['seal'])).out, /^state +sealed$/m);
  assert.equal((await run(['root', 'rekey', '--shares', '3', '--threshold', '2', '--yes'])).exit, 6);
  assert.equal((await run(['unseal'], shares.slice(0, 3).join('\n'))).exit, 0);
  const unasked = await run(['root', 'rekey', '--shares', '3', '--threshold', '2']);
  assert.deepEqual([unasked.exit, sharesIn(unasked.out)], [2, []]);
  const rekeyed = await run(['root', 'rekey', '--shares', '3', '--threshold', '2', '--yes']);
  assert.equal(rekeyed.exit, 0, rekeyed.err);
  const next = sharesIn(rekeyed.out);
  assert.equal(next.length, 3);
  await run(['seal']);
  assert.notEqual((await run(['unseal'], shares[0])).exit, 0);
  assert.equal((await run(['unseal'], next.slice(1).join('\n'))).exit, 0);
});

test('root rotate --to moves it, and doctor tells what protects what', async () => {
  assert.equal((await run(['root', 'rotate', '--to', 'shares'])).exit, 2);
  assert.match((await run(['root', 'rotate', '--to', 'kms'])).err, /configured are/);
  const moved = await run(['root', 'rotate', '--to', 'file']);
  assert.match(moved.out, /^provider +file$/m);
  const { out } = await run(['doctor']);
  assert.match(out, /^WHAT +PROTECTED BY +WHERE$/m);
  assert.match(out, /^2 wrapping keys +root key 3 +database$/m);
  assert.match(out, /^root key 3 \(current\) +file +file .*root-3\.key$/m);
});
