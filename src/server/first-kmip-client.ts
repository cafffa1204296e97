// The first KMIP client of an installation: a key and a certificate in the data directory, with which KMIP can be spoken at once.

import { generateKeyPair } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RequestContext } from '../core/context.ts';
import { execute } from '../core/execute.ts';
import type { Kms } from '../core/kms.ts';
import { certifyClient } from '../core/operations/identity/certify-client.ts';
import type { Principal } from '../domain/principal.ts';
import type { Credentials } from './credentials-file.ts';
import type { Settings } from './settings.ts';

/** As long as browsers once took certificates: renewed by `keyhold kmip client renew`. */
const VALID_MS = 825 * 86_400_000;

/** Files of an interrupted first start are replaced. The certificates that they hold count no more. */
export async function certifyFirstClient(
  kms: Kms,
  context: RequestContext,
  { dataDir, host, kmip }: Settings,
  principal: Principal,
  port: number,
): Promise<Credentials['kmip']> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { format: 'pem', type: 'spki' },
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  });
  const input = { principal: principal.id, publicKey, validMs: VALID_MS };
  const { certificate, authority } = await execute(kms, certifyClient, context, input);
  const directory = join(dataDir, 'kmip');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    rmSync(path, { force: true });
    writeFileSync(path, text, { flag: 'wx', mode: 0o600, flush: true });
    return path;
  };
  const keyFile = write('client.key', privateKey);
  const certFile = write('client.crt', certificate);
  const ownCaFile = write('ca.crt', authority);
  return {
    host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host,
    port,
    certFile,
    keyFile,
    caFile: kmip?.tls?.certificateFile ?? ownCaFile,
  };
}
