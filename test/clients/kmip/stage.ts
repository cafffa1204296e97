// What the suites of KMIP's clients share: a whole server as a first start leaves it, its first client with the files that were made for it,
// and a directory for the settings of the client's program.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '../../../src/base/assert.ts';
import { startKeyhold } from '../../support/keyhold.ts';

export interface KmipStage {
  readonly host: string;
  readonly port: number;
  /** PEM files: the client's certificate, its key, and the authority that certifies client and server. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly folder: string;
  /** Nothing of this process's own environment but the path; the folder is home. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes a file into the folder for the owner alone, and gives its path. */
  file(name: string, text: string): string;
  stop(): Promise<void>;
}

/** Old clients offer suites of TLS 1.2 without forward secrecy first. */
export async function startStage(): Promise<KmipStage> {
  const keyhold = await startKeyhold({ settings: { kmip: 'on', kmipPort: '0', kmipCiphers: 'legacy' } });
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-kmip-client-'));
  const { port, ...client } = must(keyhold.credentials.kmip, 'KMIP is on');
  return {
    ...client,
    port,
    folder,
    environment: {
      PATH: process.env.PATH,
      HOME: folder,
      KMIP_HOST: client.host,
      KMIP_PORT: String(port),
      KMIP_CERT_FILE: client.certFile,
      KMIP_KEY_FILE: client.keyFile,
      KMIP_CA_FILE: client.caFile,
    },
    file(name, text) {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    async stop() {
      await keyhold.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
