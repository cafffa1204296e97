// Seals a file under a key that Barbican's API orders and keeps, and opens it again: as Cinder and Nova do with volumes. The sealed file says
// where its key is, and the key is fetched each time; whoever may not read the secret has nothing of the file.
//
//   npx node examples/barbican/seal-file.ts seal backup.tar backup.sealed
//   npx node examples/barbican/seal-file.ts open backup.sealed backup.tar
//
// Finds the server and a user in data/credentials.json, or in the file that KEYHOLD_CREDENTIALS names. Needs nothing but Node.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const { openstack } = JSON.parse(
  readFileSync(process.env.KEYHOLD_CREDENTIALS ?? 'data/credentials.json', 'utf8'),
);
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const [verb, source, target] = process.argv.slice(2);
if (source === undefined || target === undefined || (verb !== 'seal' && verb !== 'open')) {
  console.error(`usage: node ${basename(import.meta.filename)} seal|open <source> <target>`);
  process.exit(2);
}
const { token, keyManager } = await logIn();
const bytes = readFileSync(source);
writeFileSync(target, verb === 'seal' ? await seal(bytes) : await open(bytes), { mode: 0o600 });

interface Service {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
}

/** A token of the identity service, and where its catalogue says the key manager is. */
async function logIn(): Promise<{ readonly token: string; readonly keyManager: string }> {
  const { authUrl, username, password, userDomainName, projectName, projectDomainName } = openstack;
  const user = { name: username, domain: { name: userDomainName }, password };
  const scope = { project: { name: projectName, domain: { name: projectDomainName } } };
  const auth = { identity: { methods: ['password'], password: { user } }, scope };
  const answer = await ask(`${authUrl}/auth/tokens`, { method: 'POST', body: JSON.stringify({ auth }) });
  const { catalog } = ((await answer.json()) as { readonly token: { readonly catalog: readonly Service[] } })
    .token;
  const service = catalog.find(({ type }) => type === 'key-manager');
  const endpoint = service?.endpoints.find(each => each.interface === 'public');
  if (endpoint === undefined) throw new Error('The catalogue has no key manager.');
  return { token: answer.headers.get('x-subject-token') ?? '', keyManager: endpoint.url };
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(url, {
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
  if (answer.ok) return answer;
  throw new Error(`${init.method ?? 'GET'} ${url}: ${answer.status} ${await answer.text()}`);
}

async function seal(plaintext: Buffer): Promise<Buffer> {
  const secretRef = await orderKey();
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, await readKey(secretRef), iv).setAAD(Buffer.from(secretRef));
  const sealed = [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat([Buffer.from(`${secretRef}\n`), iv, ...sealed]);
}

async function open(file: Buffer): Promise<Buffer> {
  const end = file.indexOf('\n');
  const secretRef = file.toString('utf8', 0, end);
  // The token goes to the key manager alone, whatever a file says.
  if (!secretRef.startsWith(`${keyManager}/`)) throw new Error(`The key is not at ${keyManager}.`);
  const iv = file.subarray(end + 1, end + 1 + IV_BYTES);
  const decipher = createDecipheriv(CIPHER, await readKey(secretRef), iv).setAAD(Buffer.from(secretRef));
  decipher.setAuthTag(file.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(file.subarray(end + 1 + IV_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** The key is made by the server, which answers once it is there. */
async function orderKey(): Promise<string> {
  const meta = { name: 'example: sealed files', algorithm: 'aes', bit_length: 256, mode: 'gcm' };
  const body = JSON.stringify({ type: 'key', meta });
  const headers = { 'x-auth-token': token };
  const ordered = await ask(`${keyManager}/v1/orders`, { method: 'POST', headers, body });
  const { order_ref: orderRef } = (await ordered.json()) as { readonly order_ref: string };
  const order = await ask(orderRef, { headers });
  return ((await order.json()) as { readonly secret_ref: string }).secret_ref;
}

async function readKey(secretRef: string): Promise<Buffer> {
  const headers = { 'x-auth-token': token, accept: 'application/octet-stream' };
  return Buffer.from(await (await ask(`${secretRef}/payload`, { headers })).arrayBuffer());
}
