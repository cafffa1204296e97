// Wraps a data encryption key that an application has made, and unwraps it again, with IBM's Key Protect SDK: the wrapped key may lie beside
// the data, the root key never leaves Keyhold.
//
//   npx node examples/key-protect/wrap-key.ts wrap disk.key disk.key.wrapped
//   npx node examples/key-protect/wrap-key.ts unwrap disk.key.wrapped disk.key
//
// Finds the server, an instance and an API key in data/credentials.json, or in the file that KEYHOLD_CREDENTIALS names.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';

const require = createRequire(import.meta.url);
const KeyProtect = require('@ibm-cloud/ibm-key-protect/ibm-key-protect-api/v2');
const { IamAuthenticator } = require('@ibm-cloud/ibm-key-protect/auth');

const ALIAS = 'example-disks';
const PURPOSE = ['example', 'disk keys'];
const KEY_TYPE = 'application/vnd.ibm.kms.key+json';

const { url, keyProtect } = JSON.parse(
  readFileSync(process.env.KEYHOLD_CREDENTIALS ?? 'data/credentials.json', 'utf8'),
);
const authenticator = new IamAuthenticator({ apikey: keyProtect.apiKey, url });
const client = new KeyProtect({ authenticator, serviceUrl: url });
const instance = { bluemixInstance: keyProtect.instanceId };

const [verb, source, target] = process.argv.slice(2);
if (source === undefined || target === undefined || (verb !== 'wrap' && verb !== 'unwrap')) {
  console.error(`usage: node ${basename(import.meta.filename)} wrap|unwrap <source> <target>`);
  process.exit(2);
}
const bytes = readFileSync(source);
writeFileSync(target, verb === 'wrap' ? await wrap(bytes) : await unwrap(bytes), { mode: 0o600 });

async function wrap(dataKey: Buffer): Promise<string> {
  await requireRootKey();
  const { result } = await client.wrapKey({
    ...instance,
    id: ALIAS,
    keyActionWrapBody: { plaintext: dataKey.toString('base64'), aad: PURPOSE },
  });
  return result.ciphertext;
}

async function unwrap(wrapped: Buffer): Promise<Buffer> {
  const { result } = await client.unwrapKey({
    ...instance,
    id: ALIAS,
    keyActionUnwrapBody: { ciphertext: wrapped.toString('latin1'), aad: PURPOSE },
  });
  return Buffer.from(result.plaintext, 'base64');
}

/** The root key is made by the first call. */
async function requireRootKey(): Promise<void> {
  try {
    await client.getKeyMetadata({ ...instance, id: ALIAS });
  } catch (error) {
    if ((error as { readonly status?: number }).status !== 404) throw error;
    const key = { type: KEY_TYPE, name: 'Example: disk keys', extractable: false, aliases: [ALIAS] };
    const metadata = { collectionType: KEY_TYPE, collectionTotal: 1 };
    await client.createKey({ ...instance, body: { metadata, resources: [key] } });
  }
}
