// The command line as its users run it: the real program as a child process against a real server.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  verify,
  X509Certificate,
} from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { selfSigned } from '../../support/certificates.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

const scratch = await temporaryDirectory();
let keyhold: TestKeyhold;

before(async () => {
  keyhold = await startKeyhold();
});
after(() => keyhold.stop());

interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(
  args: readonly string[],
  options: { input?: string; dataDir?: string } = {},
): Promise<Ran> {
  const environment = {
    ...process.env,
    KEYHOLD_DATA_DIR: options.dataDir ?? keyhold.dataDir,
    NODE_OPTIONS: '',
  };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: environment });
  child.stdin.end(options.input ?? '');
  const [out, err] = [child.stdout, child.stderr].map(async stream => {
    let text = '';
    for await (const chunk of stream) text += chunk;
    return text;
  });
  const exit = await new Promise<number | null>(resolve => child.once('close', resolve));
  return { exit, out: (await out) ?? '', err: (await err) ?? '' };
}

/** Runs what must succeed; with --json, its result. */
async function ok(args: readonly string[], options?: { input?: string; dataDir?: string }) {
  const ran = await run(args, options);
  assert.equal(ran.exit, 0, `keyhold ${args.join(' ')}: ${ran.err}`);
  return args.includes('--json') ? JSON.parse(ran.out) : ran.out;
}

test('a newcomer makes, uses and destroys a key', async () => {
  const key = await ok(['keys', 'create', '--name', 'billing', '--tag', 'team=a', '--json']);
  assert.deepEqual(key.tags, { team: 'a' });
  assert.match(await ok(['keys', 'list']), new RegExp(`^ID .*\n(?:.*\n)*${key.id}  aes-256`));
  assert.match(await ok(['keys', 'show', 'billing']), /^state +active$/m);

  const sealed = await ok(['keys', 'encrypt', 'billing', '--context', 'app=shop'], { input: 'hello' });
  const opened = await ok(['keys', 'decrypt', '--context', 'app=shop', '--stdout'], { input: sealed });
  assert.equal(opened, 'hello');
  assert.equal((await run(['keys', 'decrypt', '--stdout'], { input: sealed })).exit, 7);

  assert.equal((await ok(['keys', 'rotate', 'billing', '--json'])).primaryVersion, 2);
  assert.equal(
    (await ok(['keys', 'rotation', 'billing', '--days', '90', '--json'])).rotation.periodMs,
    7_776_000_000,
  );
  assert.equal((await ok(['keys', 'rotation', 'billing', '--off', '--json'])).rotation, undefined);
  assert.equal((await ok(['keys', 'versions', 'billing', '--json'])).length, 2);
  await ok(['keys', 'disable', 'billing']);
  assert.equal((await run(['keys', 'encrypt', 'billing'], { input: 'x' })).exit, 5);
  await ok(['keys', 'enable', 'billing']);
  await ok(['keys', 'schedule-destruction', 'billing', '--days', '7']);
  await ok(['keys', 'cancel-destruction', 'billing']);
  assert.equal((await run(['keys', 'purge', 'billing'])).exit, 2);
  assert.equal((await ok(['keys', 'purge', key.id, '--yes', '--json'])).state, 'destroyed');
});

test('a KMIP client is made as files, renewed and removed, and its key is made here', async () => {
  const [out, renewed] = [join(scratch, 'array'), join(scratch, 'array-renewed')];
  const file = (directory: string, name: string) => readFileSync(join(directory, name), 'utf8');
  await ok(['kmip', 'client', 'add', 'array-1', '--out', out, '--roles', 'user,manager', '--days', '30']);
  assert.equal(statSync(join(out, 'client.key')).mode & 0o777, 0o600);
  const certificate = new X509Certificate(file(out, 'client.crt'));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(file(out, 'client.key'))));
  assert.ok(certificate.verify(new X509Certificate(file(out, 'ca.crt')).publicKey));
  assert.equal(await ok(['kmip', 'ca']), file(out, 'ca.crt'));
  assert.equal((await run(['kmip', 'client', 'add', 'array-1', '--out', renewed])).exit, 5);
  assert.deepEqual(readdirSync(renewed), []);
  await ok(['kmip', 'client', 'renew', 'array-1', '--out', renewed, '--key-type', 'ec']);
  const list = await ok(['kmip', 'client', 'list', '--json']);
  const own = list.filter(({ principal }: { principal: string }) => principal === 'array-1');
  assert.equal(own.length, 2);
  assert.notEqual((await run(['kmip', 'client', 'renew', 'array-1', '--out', out])).exit, 0);
  await ok(['kmip', 'client', 'remove', 'array-1']);
  assert.deepEqual(await ok(['kmip', 'client', 'list', '--json']), []);
});

test('keys are used by named mechanisms, for others to go on with', async () => {
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(scratch, name);
    writeFileSync(path, content);
    return path;
  };
  const make = (name: string, algorithm: string, ...more: string[]) =>
    ok(['keys', 'create', '--name', name, '--algorithm', algorithm, ...more]);

  await make('release', 'ec-p256');
  const signing = ['--mechanism', 'ecdsa-sha-256'];
  const signature = await ok(['crypto', 'sign', 'release', ...signing], { input: 'package' });
  const pem = await ok(['crypto', 'public-key', 'release']);
  assert.ok(verify('sha256', Buffer.from('package'), pem, Buffer.from(signature, 'base64')));
  const verifying = ['crypto', 'verify', 'release', ...signing, '--signature', file('sig', signature)];
  assert.equal(await ok(verifying, { input: 'package' }), 'valid\n');
  assert.equal((await run(verifying, { input: 'another' })).exit, 7);
  assert.equal((await run(['keys', 'rotate', 'release'])).exit, 2);
  await ok(['keys', 'rotate', 'release', '--verifiers-learn', 'published']);
  assert.equal((await run(verifying, { input: 'package' })).exit, 7);
  assert.equal(await ok([...verifying, '--key-version', '1'], { input: 'package' }), 'valid\n');

  await make('session', 'hmac-sha-256');
  const macing = ['--mechanism', 'hmac-sha-256'];
  const mac = await ok(['crypto', 'mac', 'session', ...macing], { input: 'hello' });
  const checking = ['crypto', 'verify-mac', 'session', ...macing, '--mac', file('mac', mac)];
  assert.equal(await ok(checking, { input: 'hello' }), 'valid\n');
  assert.equal((await run(checking, { input: 'hallo' })).exit, 7);

  await make('kek', 'aes-256');
  const gcm = ['--mechanism', 'aes-gcm'];
  const { ciphertext, iv } = await ok(['crypto', 'encrypt', 'kek', ...gcm, '--json'], { input: 'text' });
  const opening = ['crypto', 'decrypt', 'kek', ...gcm, '--iv', iv, '--stdout'];
  assert.equal(await ok(opening, { input: ciphertext }), 'text');

  await make('leaving', 'aes-128', '--exportable');
  const wrapping = ['--under', 'kek', '--mechanism', 'aes-kwp'];
  // The administrator of the first start may not take keys out.
  assert.equal((await run(['crypto', 'wrap', 'leaving', ...wrapping])).exit, 4);
  const { principal } = await ok(['whoami', '--json']);
  const allowing = ['rules', 'create', 'allow', '--principal', principal.id, '--permission', 'key.export'];
  await ok([...allowing, '--key', 'leaving']);
  const wrapped = await ok(['crypto', 'wrap', 'leaving', ...wrapping]);
  const unwrapping = ['crypto', 'unwrap', ...wrapping, '--algorithm', 'aes-128', '--name', 'back', '--json'];
  assert.equal((await ok(unwrapping, { input: wrapped })).origin, 'imported');
  const ecb = (key: string) =>
    ok(['crypto', 'encrypt', key, '--mechanism', 'aes-ecb'], { input: 'sixteen bytes...' });
  assert.equal(await ecb('back'), await ecb('leaving'));

  const derive = ['--mechanism', 'hkdf-sha-256', '--algorithm', 'aes-128', '--name', 'derived'];
  await ok(['crypto', 'derive', 'kek', ...derive, '--info', 'AAEC']);
  assert.notEqual(await ecb('derived'), await ecb('leaving'));
  const [link] = await ok(['keys', 'links', 'derived', '--json']);
  assert.equal(link.type, 'derivedFrom');
  assert.deepEqual(await ok(['keys', 'links', 'kek', '--to', 'derivedFrom', '--json']), [link]);
  assert.equal((await run(['keys', 'links', 'kek', '--to', 'friend'])).exit, 2);

  await make('mine', 'x25519');
  const theirs = generateKeyPairSync('x25519');
  const peer = file('peer', theirs.publicKey.export({ format: 'der', type: 'spki' }));
  await ok(['crypto', 'agree', 'mine', '--peer', peer, '--out', join(scratch, 'shared')]);
  const mine = createPublicKey(await ok(['crypto', 'public-key', 'mine']));
  const shared = diffieHellman({ privateKey: theirs.privateKey, publicKey: mine });
  assert.deepEqual(readFileSync(join(scratch, 'shared')), shared);

  await make('kem', 'ml-kem-768');
  const sent = await ok(['crypto', 'encapsulate', 'kem', '--out', join(scratch, 'sent')]);
  await ok(['crypto', 'decapsulate', 'kem', '--out', join(scratch, 'got')], { input: sent });
  assert.deepEqual(readFileSync(join(scratch, 'got')), readFileSync(join(scratch, 'sent')));
});

test('a key is planned, limited, put away and given up', async () => {
  const made = await ok(['keys', 'create', '--name', 'planned', '--pre-active', '--json']);
  assert.equal(made.state, 'preActive');
  const planned = await ok(['keys', 'plan', 'planned', '--activate-at', '2090-01-01', '--json']);
  assert.equal(planned.activateAt, Date.UTC(2090, 0));
  assert.equal(
    (await ok(['keys', 'plan', 'planned', '--activate-at', 'never', '--json'])).activateAt,
    undefined,
  );
  await ok(['keys', 'activate', 'planned']);
  await ok(['keys', 'limit', 'planned', '--operations', '2']);
  assert.equal((await ok(['keys', 'allocate', 'planned', '1', '--json'])).usageLimit.left, 1);
  assert.equal((await run(['keys', 'limit', 'planned', '--off'])).exit, 5);
  await ok(['keys', 'archive', 'planned']);
  assert.match(await ok(['keys', 'list']), /active, archived/);
  await ok(['keys', 'recover', 'planned']);
  const ended = await ok(['keys', 'deactivate', 'planned', '--reason', 'superseded', '--json']);
  assert.equal(ended.revocation.reason, 'superseded');
  assert.equal((await run(['keys', 'compromise', 'planned'])).exit, 2);
  const lost = ['keys', 'compromise', 'planned', '--since', '2020-01-01', '--message', 'lost', '--yes'];
  assert.equal((await ok([...lost, '--json'])).revocation.occurredAt, Date.UTC(2020, 0));
});

test('a key is found, registered at, guarded by two, and fed by a transport key', async () => {
  const key = await ok(['keys', 'create', '--name', 'guarded', '--label', 'Guarded one', '--json']);
  assert.match(await ok(['keys', 'search', 'GUARDED', '--sort', '-createdAt']), /Guarded one +guarded/);

  await ok(['registrations', 'create', 'guarded', 'disk/17', '--prevent']);
  assert.equal((await run(['keys', 'schedule-destruction', 'guarded'])).exit, 5);
  await ok(['registrations', 'update', 'guarded', 'disk/17', '--no-prevent', '--description', 'old']);
  assert.match(await ok(['registrations', 'list', '--key', 'guarded']), /disk\/17 +no +1/);
  assert.equal((await ok(['registrations', 'list', '--resource', 'disk/*', '--json'])).length, 1);
  assert.equal((await run(['keys', 'schedule-destruction', 'guarded', '--only-if-unregistered'])).exit, 5);
  await ok(['registrations', 'delete', 'guarded', 'disk/17']);

  assert.equal((await run(['keys', 'dual-control', 'guarded'])).exit, 2);
  await ok(['keys', 'dual-control', 'guarded', '--yes']);
  const approved = await ok(['keys', 'approve-destruction', 'guarded', '--json']);
  assert.ok(approved.dualControl.approval.expiresAt > approved.updatedAt);
  assert.equal((await run(['keys', 'purge', key.id, '--yes'])).exit, 5);
  await ok(['keys', 'withdraw-approval', 'guarded']);

  await ok(['transport-keys', 'create', 'migration', '--algorithm', 'rsa-2048']);
  const read = await ok(['transport-keys', 'read', 'migration', '--json']);
  assert.equal(Buffer.from(read.nonce, 'base64').length, 12);
  assert.equal((await run(['transport-keys', 'read', 'migration'])).exit, 5);
  await ok(['transport-keys', 'erase', 'migration']);
});

test('material comes from a file and goes into one, and a key moves, waits and is restored', async () => {
  const material = join(scratch, 'material.bin');
  writeFileSync(material, Buffer.alloc(32, 7));
  const about = ['--exportable', '--label', 'Vault door', '--name', 'door'];
  const key = await ok(['keys', 'import', '--algorithm', 'aes-256', '--in', material, ...about, '--json']);
  assert.deepEqual([key.origin, key.label], ['imported', 'Vault door']);
  assert.equal((await ok(['keys', 'label', 'door', 'Front door', '--json'])).label, 'Front door');

  const taken = join(scratch, 'taken.bin');
  assert.equal((await run(['keys', 'export', 'door'])).exit, 2);
  assert.equal((await run(['keys', 'export', 'door', '--out', taken])).exit, 4);
  assert.ok(!existsSync(taken));
  const { principal } = await ok(['whoami', '--json']);
  await ok(['rules', 'create', 'allow', '--principal', principal.id, '--permission', 'key.export']);
  await ok(['keys', 'export', 'door', '--out', taken]);
  assert.deepEqual(readFileSync(taken), readFileSync(material));
  assert.equal(statSync(taken).mode & 0o777, 0o600);

  assert.equal(
    (await ok(['keys', 'import-version', 'door', '--json'], { input: 'x'.repeat(32) })).primaryVersion,
    2,
  );
  assert.equal(await ok(['keys', 'export', 'door', '--stdout']), 'x'.repeat(32));
  const first = await run(['keys', 'export', 'door', '--stdout', '--key-version', '1']);
  assert.equal(first.out, '\u0007'.repeat(32));

  await ok(['key-rings', 'create', 'gates']);
  await ok(['keys', 'move', 'door', 'gates']);
  await ok(['keys', 'schedule-destruction', 'door']);
  assert.equal((await run(['key-rings', 'delete', 'gates'])).exit, 5);
  await ok(['key-rings', 'delete', 'gates', '--move-keys']);
  assert.equal((await ok(['keys', 'cancel-destruction', 'door', '--restore', '--json'])).state, 'active');

  const planned = ['--activate-at', '2099-01-01', '--deactivate-at', '2099-06-01T00:00:00Z'];
  const waiting = await ok(['keys', 'create', ...planned, '--json']);
  assert.equal(waiting.state, 'preActive');
  assert.equal((await ok(['keys', 'activate', waiting.id, '--json'])).state, 'active');
  assert.equal((await ok(['keys', 'deactivate', waiting.id, '--json'])).state, 'deactivated');
  assert.equal((await run(['keys', 'create', '--deactivate-at', 'soon'])).exit, 2);
  const token = await ok(['keys', 'create', '--algorithm', 'opaque', '--bytes', '20', '--json']);
  assert.deepEqual(token.usages, []);
});

test('a service account gets a role and a credential, and acts with it', async () => {
  await ok(['key-rings', 'create', 'payments']);
  const key = await ok(['keys', 'create', '--key-ring', 'payments', '--json']);
  await ok(['principals', 'create', 'checkout']);
  await ok(['roles', 'bind', 'checkout', 'user', '--key', key.id]);
  const file = join(scratch, 'checkout.key');
  const printed = await ok(['credentials', 'create', 'checkout', '--out', file]);
  assert.ok(!printed.includes('kh_'.concat(readFileSync(file, 'utf8').slice(3, 40))));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  // Without a place for the secret no credential is made.
  assert.equal((await run(['credentials', 'create', 'checkout', '--out', file])).exit, 1);
  assert.equal((await run(['credentials', 'create', 'checkout'])).exit, 2);
  assert.equal((await ok(['credentials', 'list', 'checkout', '--json'])).length, 1);
  const unused = join(scratch, 'nobody.key');
  assert.equal((await run(['credentials', 'create', 'nobody', '--out', unused])).exit, 3);
  assert.ok(!existsSync(unused));

  const as = ['--api-key-file', file];
  assert.match(await ok(['whoami', ...as]), /^name +checkout$/m);
  await ok(['keys', 'encrypt', key.id, ...as], { input: 'x' });
  const denied = await run(['keys', 'disable', key.id, ...as]);
  assert.equal(denied.exit, 4);
  assert.match(denied.err, /^keyhold: .*\(request [0-9a-f-]{36}\)\n {2}next: /);

  assert.match(await ok(['explain', 'checkout', 'key.encrypt', '--key', key.id]), /^allowed: binding /);
  const condition = 'source.address notInNetwork 10.0.0.0/8';
  const rule = await ok([
    'rules',
    'create',
    'deny',
    '--principal',
    'checkout',
    '--permission',
    '*',
    '--when',
    condition,
    '--json',
  ]);
  assert.equal((await run(['keys', 'encrypt', key.id, ...as], { input: 'x' })).exit, 4);
  const explained = await ok([
    'explain',
    'checkout',
    'key.encrypt',
    '--key',
    key.id,
    '--attribute',
    'source.address=10.9.9.9',
  ]);
  assert.match(explained, /^allowed/);
  await ok(['rules', 'delete', rule.id]);
  const certificate = join(scratch, 'client.pem');
  writeFileSync(certificate, selfSigned({ subject: 'checkout-7' }));
  const added = await ok(['principals', 'certificate', 'add', 'checkout', certificate, '--json']);
  assert.equal(added.certificate.subject, 'CN=checkout-7');
  assert.equal((await run(['principals', 'certificate', 'add', 'checkout', certificate])).exit, 5);
  assert.match(await ok(['credentials', 'list', 'checkout']), /certificate.*CN=checkout-7/);
  await ok(['credentials', 'revoke', 'checkout', added.id]);
  const [first, second] = [
    await ok(['tokens', 'rotate-key', '--json']),
    await ok(['tokens', 'rotate-key', '--revoke', '--json']),
  ];
  assert.notEqual(first.id, second.id);

  const [credential] = await ok(['credentials', 'list', 'checkout', '--json']);
  await ok(['credentials', 'revoke', 'checkout', credential.id]);
  assert.equal((await run(['whoami', ...as])).exit, 4);
  await ok(['principals', 'disable', 'checkout']);
  await ok(['principals', 'delete', 'checkout']);
});

test('projects, names and the system have their commands', async () => {
  await ok(['projects', 'create', 'shop']);
  assert.equal((await run(['projects', 'create', 'shop'])).exit, 5);
  const key = await ok(['keys', 'create', '--project', 'shop', '--json']);
  await ok(['names', 'create', 'alias/app', key.id, '--namespace', 'aws/us-east-1', '--project', 'shop']);
  assert.equal(
    (await ok(['keys', 'show', 'aws/us-east-1:alias/app', '--project', 'shop', '--json'])).id,
    key.id,
  );
  await ok(['names', 'delete', 'alias/app', '--namespace', 'aws/us-east-1', '--project', 'shop']);
  assert.equal((await run(['keys', 'show', 'nothing', '--project', 'shop'])).exit, 3);
  assert.equal((await run(['keys', 'list', '--project', 'nowhere'])).exit, 3);
  await ok(['projects', 'rename', 'store', '--project', 'shop']);
  assert.match(await ok(['projects', 'list']), /^store /m);
  await ok(['principals', 'create', 'olga', '--user', '--system']);
  await ok(['roles', 'bind', 'olga', 'auditor', '--system']);
  assert.equal((await ok(['roles', 'list', '--principal', 'olga', '--system', '--json'])).length, 1);
  assert.match(await ok(['status']), /^rootKey +generation 1, file, fingerprint [0-9a-f]{32}$/m);
});

test('the audit log is searched, exported, verified and proven offline', async () => {
  await ok(['keys', 'create']);
  const entries = (await run(['audit', 'search', '--operation', 'key.create', '--json'])).out
    .trimEnd()
    .split('\n');
  const { index } = JSON.parse(entries[0] ?? '');
  assert.match(await ok(['audit', 'tail', '-n', '3']), /^INDEX /);

  const checkpoint = await run(['audit', 'checkpoint']);
  const verifierKey = checkpoint.err.replace('Verifier key: ', '').trim();
  const known = join(scratch, 'checkpoint.txt');
  writeFileSync(known, checkpoint.out);
  const log = join(scratch, 'log.jsonl');
  await ok(['audit', 'export', '--out', log]);
  const offline = ['audit', 'verify', log, '--verifier-key', verifierKey, '--known-checkpoint', known];
  assert.match(await ok(offline, { dataDir: scratch }), /^Verified: \d+ entries/);
  assert.match(await ok(['audit', 'verify']), /^Verified: \d+ entries/);
  assert.equal((await run(['audit', 'verify', log])).exit, 2);

  const receipt = join(scratch, 'entry.receipt');
  writeFileSync(receipt, await ok(['audit', 'receipt', 'get', String(index)]));
  const verify = ['audit', 'receipt', 'verify', receipt, '--verifier-key', verifierKey];
  assert.match(await ok(verify, { dataDir: scratch }), new RegExp(`^Verified: entry ${index} `));

  writeFileSync(log, readFileSync(log, 'utf8').replace('"key.create"', '"key.cheat_"'));
  const tampered = await run(offline);
  assert.equal(tampered.exit, 7);
  assert.match(tampered.err, /are not those that were signed/);
  writeFileSync(receipt, readFileSync(receipt, 'utf8').replace('key.create', 'key.delete'));
  assert.equal((await run(verify)).exit, 7);
});

test('a follower sees what happens', async () => {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'audit', 'tail', '-f', '-n', '1', '--json', '--operation', 'key.create'],
    {
      env: { ...process.env, KEYHOLD_DATA_DIR: keyhold.dataDir, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  try {
    const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    await lines.next();
    const { id } = await ok(['keys', 'create', '--json']);
    let text = '';
    while (!text.includes(id)) {
      const { value, done } = await lines.next();
      assert.ok(!done);
      text += value;
    }
  } finally {
    child.kill();
  }
});

test('the root key is rotated and a backup is written, verified and restored', async () => {
  const rotated = await ok(['root', 'rotate', '--json']);
  assert.equal(rotated.generation, 2);
  const written = await ok(['backup', 'create', '--json']);
  assert.ok(existsSync(written.file));
  const verified = await ok(['backup', 'verify', written.file]);
  assert.match(verified, new RegExp(`^sha256 +${written.sha256}$`, 'm'));
  const target = join(scratch, 'restored');
  mkdirSync(target, { mode: 0o700 });
  for (const name of readdirSync(keyhold.dataDir).filter(name => /^root-.*\.key$/.test(name))) {
    writeFileSync(join(target, name), readFileSync(join(keyhold.dataDir, name)), { mode: 0o600 });
  }
  const args = ['restore', written.file, '--data-dir', target];
  assert.equal((await run(args)).exit, 2);
  await ok([...args, '--dry-run']);
  await ok([...args, '--yes']);
  assert.notEqual((await run([...args, '--yes'])).exit, 0);

  const broken = join(scratch, 'broken.backup');
  const bytes = readFileSync(written.file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(broken, bytes);
  assert.equal((await run(['backup', 'verify', broken])).exit, 7);
});

test('init makes an installation and leaves nothing running', async () => {
  const dataDir = join(scratch, 'fresh');
  await ok(['init', '--data-dir', dataDir, '--port', '0', '--kmip', 'off']);
  assert.equal(statSync(join(dataDir, 'credentials.json')).mode & 0o777, 0o600);
  const unreachable = await run(['keys', 'list'], { dataDir });
  assert.equal(unreachable.exit, 6);
  assert.match(unreachable.err, /No server answers .*\n {2}next: Start one with/);
});

test('the doctor finds nothing wrong, and what is', async () => {
  const healthy = await ok(['doctor', '--json']);
  assert.deepEqual(
    healthy.filter(({ state }: { state: string }) => state !== 'ok'),
    [],
  );
  // What this shell would start is told from what the server runs with, and says nothing of a server elsewhere.
  const { found: here } = healthy.find(({ check }: { check: string }) => check === 'settings of this shell');
  const { found: there } = healthy.find(({ check }: { check: string }) => check.endsWith('of the server'));
  assert.equal(here, 'a server started here would have store sqlite, and make a root key by file');
  assert.match(there, /^sqlite, root key \d+ \(file, fingerprint [0-9a-f]{32}\)$/);
  const remote = await ok(['doctor', '--json', '--url', keyhold.url]);
  assert.ok(!remote.some(({ check }: { check: string }) => check === 'settings of this shell'));

  const credentials = join(keyhold.dataDir, 'credentials.json');
  chmodSync(credentials, 0o644);
  const careless = await run(['doctor']);
  chmodSync(credentials, 0o600);
  assert.equal(careless.exit, 1);
  assert.match(
    careless.out,
    /^private files +failure +readable by other users: credentials.json +chmod 600/m,
  );

  const missing = await run(['doctor'], { dataDir: join(scratch, 'nothing') });
  assert.equal(missing.exit, 1);
  assert.match(missing.out, /^data directory +failure .* is not there +Run `keyhold init`/m);
});

test('mistakes on the command line are told and cost nothing', async () => {
  for (const args of [
    ['frob'],
    ['keys', 'create', '--colour', 'red'],
    ['keys', 'show'],
    ['keys', 'list', '--limit'],
  ]) {
    const ran = await run(args);
    assert.equal(ran.exit, 2, args.join(' '));
    assert.equal(ran.out, '');
  }
  for (const args of [
    ['keys', 'create', '--algorithm', 'rot13'],
    ['keys', 'create', '--tag', 'novalue'],
    ['keys', 'create', '--rotation-days', 'soon'],
    ['audit', 'search', '--from', 'yesterday'],
    ['rules', 'create', 'deny', '--principal', '*', '--permission', '*', '--when', 'nonsense'],
  ]) {
    const ran = await run(args);
    assert.equal(ran.exit, 2, args.join(' '));
    assert.equal(ran.err.split('\n')[0]?.startsWith('keyhold: '), true);
  }
  const nowhere = await run(['whoami'], { dataDir: join(scratch, 'nothing') });
  assert.equal(nowhere.exit, 2);
});

test('what comes from the server cannot command the terminal', async () => {
  const { id } = await ok(['keys', 'create', '--description', 'a\u001b[2Jb\u0007c', '--json']);
  const listed = await ok(['keys', 'list']);
  const shown = await ok(['keys', 'show', id]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
  assert.doesNotMatch(listed + shown, /[\u0000-\u0009\u000b-\u001f]/);
});
