// What strangers send is not held without bounds: the memory of the process is measured under the worst that they can do, and afterwards.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from '../../src/base/assert.ts';
import type { Credentials } from '../../src/server/credentials-file.ts';
import { startServerProcess } from '../leaks/server-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { open, requestText } from './raw.ts';
import { rounds } from './rounds.ts';

const MEBIBYTE = 1_048_576;
/** What the server allows itself for long bodies, and as much again for what waits in sockets and for the collector. */
const GROWTH_BYTES_MAX = 320 * MEBIBYTE;
const SENDERS = 600;

async function residentBytes(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^keyhold_process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
}

test('long bodies that never end do not fill the memory', { timeout: 120_000 }, async t => {
  const directory = await temporaryDirectory();
  const server = await startServerProcess(directory, ['--request-timeout-ms', '20000']);
  t.after(() => server.stop());
  const { admin } = JSON.parse(
    readFileSync(join(directory, 'data', 'credentials.json'), 'utf8'),
  ) as Credentials;
  const port = Number(new URL(server.url).port);
  const before = await residentBytes(server.url);
  // The longest that each takes.
  const heads = [
    { path: '/', length: MEBIBYTE },
    { path: '/v1/secrets', length: MEBIBYTE },
    { path: '/v3/auth/tokens', length: 114_688 },
  ].map(({ path, length }) => ({
    head: requestText(`POST ${path} HTTP/1.1`, [
      ['host', 'kms'],
      ['content-type', 'application/x-amz-json-1.1'],
      ['x-amz-target', 'TrentService.Encrypt'],
      ['content-length', String(length)],
    ]),
    most: Buffer.alloc(length - 1, 0x20),
  }));
  const sockets: Socket[] = [];
  for (let round = 0; round < rounds(1); round += 1) {
    for (let sender = 0; sender < SENDERS; sender += 1) {
      const socket = open(port);
      const { head, most } = must(heads[sender % heads.length], 'a head');
      socket.resume().write(head);
      socket.write(most);
      sockets.push(socket);
      if (sender % 20 === 0) await pause(10);
    }
    await pause(1_000);
    const during = (await residentBytes(server.url)) - before;
    t.diagnostic(`${SENDERS} senders of the longest bodies: ${Math.round(during / MEBIBYTE)} MiB more`);
    assert.ok(during < GROWTH_BYTES_MAX, `${during} bytes more`);
    const answer = await fetch(`${server.url}/admin/v1/whoami`, {
      headers: { authorization: `Bearer ${admin.apiKey}` },
    });
    assert.equal(answer.status, 200);
    for (const socket of sockets.splice(0)) socket.destroy();
  }
  await pause(500);
  const later = (await residentBytes(server.url)) - before;
  t.diagnostic(`afterwards: ${Math.round(later / MEBIBYTE)} MiB more`);
  assert.ok(later < GROWTH_BYTES_MAX, `${later} bytes more`);
});
