// The audit log in the words of Activity Tracker, printed by the command line as its users run it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Json, keyBody, startKeyProtect } from './support.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

test('what was done to a key is printed as events', async () => {
  const subject = await startKeyProtect();
  try {
    const made = await subject.send({
      method: 'POST',
      path: '/keys',
      body: keyBody({ aliases: ['watched'] }),
    });
    const { id } = made.json.resources[0];
    for (const action of ['wrap', 'rotate', 'enable']) {
      await subject.send({ method: 'POST', path: `/keys/${id}/actions/${action}` });
    }
    await subject.send({ path: `/keys/${id}/policies` });
    await subject.send({ method: 'DELETE', path: `/keys/${id}` });
    const events = await printed(subject.keyhold.dataDir, ['--key', id, '--region', 'eu-de']);
    assert.deepEqual(
      events.reverse().map(({ action, outcome, severity }: Json) => [action, outcome, severity]),
      [
        ['kms.secrets.create', 'success', 'normal'],
        ['kms.secrets.wrap', 'success', 'normal'],
        ['kms.secrets.rotate', 'success', 'warning'],
        ['kms.secrets.enable', 'failure', 'warning'],
        ['kms.policies.read', 'success', 'normal'],
        ['kms.secrets.delete', 'success', 'critical'],
      ],
    );
    assert.match(events[0].target.id, new RegExp(`^crn:v1:bluemix:public:kms:eu-de:.*:key:${id}$`));
  } finally {
    await subject.stop();
  }
});

/** The server stands in this process, and goes on while the program runs. */
async function printed(dataDir: string, options: readonly string[]): Promise<Json[]> {
  const args = [PROGRAM, 'audit', 'search', '--format', 'activity-tracker', ...options];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, KEYHOLD_DATA_DIR: dataDir, NODE_OPTIONS: '' },
  });
  let out = '';
  for await (const chunk of child.stdout) out += chunk;
  return out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
}
