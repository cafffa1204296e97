// Gemalto's Go client: the tests that come with it, of which those over a connection speak to a whole server, and its command that turns
// messages from one encoding into another, which judges ours.

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { go, hasGo, WITHOUT_GO } from './go.ts';
import { type KmipStage, startStage } from './stage.ts';

const MODULE = 'github.com/gemalto/kmip-go';
const VERSION = 'v0.0.10';
/** Of the tests of the module, those that need a server. */
const OVER_A_CONNECTION = ['TestCreateKey', 'TestCreateKeyPair', 'TestRequest'];

let stage: KmipStage;
before(async () => {
  if (hasGo) stage = await startStage();
});
after(() => stage?.stop());

test("every one of the tests of Gemalto's Go client passes", { skip: WITHOUT_GO }, async t => {
  const copy = join(stage.folder, 'kmip-go');
  const { report: found } = await go(stage, ['mod', 'download', '-json', `${MODULE}@${VERSION}`]);
  const { Dir } = JSON.parse(found) as { readonly Dir: string };
  cpSync(Dir, copy, { recursive: true });
  // Go keeps its modules read-only.
  for (const each of ['', ...globSync('**', { cwd: copy })]) chmodSync(join(copy, each), 0o755);
  mkdirSync(join(copy, 'pykmip-server'), { recursive: true });
  copyFileSync(stage.certFile, join(copy, 'pykmip-server/server.cert'));
  copyFileSync(stage.keyFile, join(copy, 'pykmip-server/server.key'));
  const file = join(copy, 'base_objects_test.go');
  let text = readFileSync(file, 'utf8');
  for (const [theirs, ours, reason] of [
    [
      '"127.0.0.1:5696"',
      `"${stage.host}:${stage.port}"`,
      'the address of the server is a constant of the tests',
    ],
    [
      'TagCryptographicLength, 1024',
      'TagCryptographicLength, 2048',
      'RSA keys of 1024 bits are not made here',
    ],
  ] as const) {
    assert.ok(text.includes(theirs), theirs);
    text = text.replace(theirs, ours);
    t.diagnostic(`${theirs} is ${ours}: ${reason}`);
  }
  writeFileSync(file, text);
  const { status, report } = await go(stage, ['test', '-count=1', '-v', './...'], copy);
  const outcomes = report.split('\n').filter(line => line.startsWith('--- '));
  console.log(outcomes.join('\n'));
  assert.equal(status, 0, report);
  const passed = outcomes.filter(line => line.startsWith('--- PASS'));
  for (const name of OVER_A_CONNECTION)
    assert.ok(
      passed.some(line => line.startsWith(`--- PASS: ${name} `)),
      name,
    );
  t.diagnostic(
    `${passed.length} of ${outcomes.length} passed, ${OVER_A_CONNECTION.length} over a connection`,
  );
});
