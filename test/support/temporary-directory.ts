// A directory of a test's own, gone when the test ends.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** `leave` closes what is open in the directory: it runs before the removal, which would otherwise meet files that are being written. */
export async function temporaryDirectory(leave?: () => Promise<unknown>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-test-'));
  after(async () => {
    await leave?.();
    await rm(directory, { recursive: true, force: true });
  });
  return directory;
}
