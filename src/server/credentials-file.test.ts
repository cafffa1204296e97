import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Credentials, credentialsPath, readCredentials, writeCredentials } from './credentials-file.ts';

const CREDENTIALS: Credentials = {
  url: `http://${'long.'.repeat(800)}example`,
  project: { id: 'p', name: 'default', accountId: '123456789012' },
  admin: { apiKey: 'a' },
  aws: { region: 'us-east-1', accessKeyId: 'i', secretAccessKey: 's' },
  keyProtect: { instanceId: 'p', apiKey: 'k', tokenUrl: 't' },
};

function directoryOf(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-test-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('what is written is read again, and by its owner alone, whatever lay there before', context => {
  const directory = directoryOf(context);
  const draft = `${credentialsPath(directory)}.new`;
  writeFileSync(draft, 'left by a crash');
  chmodSync(draft, 0o644);
  writeCredentials(directory, CREDENTIALS);
  assert.deepEqual(readCredentials(directory), CREDENTIALS);
  assert.equal(statSync(credentialsPath(directory)).mode & 0o777, 0o600);
});

test('a file that has no room is not there at all', context => {
  const directory = directoryOf(context);
  const program = `
    const { writeCredentials } = await import(${JSON.stringify(import.meta.resolve('./credentials-file.ts'))});
    try {
      writeCredentials(${JSON.stringify(directory)}, ${JSON.stringify(CREDENTIALS)});
    } catch (error) {
      process.stdout.write(String(error.code));
    }`;
  // A file may have one block: the first write ends there, as it does on a disk that is nearly full.
  const limited = [
    '-c',
    'ulimit -f 1; exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    program,
  ];
  const { stdout, stderr } = spawnSync('sh', limited, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(stdout, 'EFBIG', stderr);
  assert.deepEqual(readdirSync(directory), []);
});
