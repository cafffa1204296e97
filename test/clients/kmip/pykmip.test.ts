// PyKMIP's client, the one that OpenStack and others embed, against the server's own port. Debian's package runs on Debian's Python alone.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type KmipSubject, startKmip } from '../../conformance/kmip/support.ts';
import { install } from '../install.ts';

const PYTHON = '/usr/bin/python3';
const PACKAGE = '/usr/lib/python3/dist-packages/kmip';

let subject: KmipSubject;
let folder: string;
before(async () => {
  if (!existsSync(PACKAGE)) {
    install('apt-get', 'update', '-qq');
    install('apt-get', 'install', '-qq', '-y', '--no-install-recommends', 'python3-pykmip');
  }
  folder = mkdtempSync(join(tmpdir(), 'keyhold-pykmip-'));
  // Its client offers suites of TLS 1.2 without forward secrecy first.
  subject = await startKmip({ kmipCiphers: 'legacy' });
});
after(async () => {
  await subject.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('PyKMIP makes, finds, uses, reads, revokes and destroys keys in every version that it speaks', async t => {
  const client = await subject.addClient();
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const settings = {
    port: subject.port,
    cert: file('client.crt', client.certificate),
    key: file('client.key', client.privateKey),
    ca: file('server.crt', subject.serverCertificate),
    ssl_version: 'PROTOCOL_TLSv1_2',
    config: file('pykmip.conf', '[client]\n'),
  };
  const steps = (await run(settings))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  const versions = [...new Set(steps.map(({ version }) => version))];
  t.diagnostic(`${steps.length} steps in ${versions.length} versions`);
  assert.deepEqual(versions, ['KMIP_1_0', 'KMIP_1_1', 'KMIP_1_2', 'KMIP_1_3', 'KMIP_1_4', 'KMIP_2_0']);
  for (const { step, version, ...facts } of steps) {
    if (step === 'made') {
      assert.equal(facts.found, true, version);
      assert.deepEqual([facts.algorithm, facts.length, facts.bytes], ['AES', 256, 32]);
    }
    if (step === 'active') assert.equal(facts.attributes, 3, version);
    if (step === 'listed') assert.equal(facts.found, true, version);
    if (step === 'used') assert.equal(facts.opened, true, version);
    if (step === 'registered') assert.equal(facts.same, true, version);
    if (step === 'destroyed') {
      assert.equal(facts.while_active, 'PERMISSION_DENIED', version);
      assert.equal(facts.afterwards, 'ITEM_NOT_FOUND', version);
    }
  }
});

function run(settings: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const tour = join(import.meta.dirname, 'pykmip_tour.py');
    const child = execFile(PYTHON, [tour], { timeout: 120_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr, { cause: error })) : resolve(stdout),
    );
    child.stdin?.end(JSON.stringify(settings));
  });
}
