// What we compare ourselves with: a Fastify server that only parses, seals with AES-256-GCM and answers. It authenticates nobody, asks no
// policy, stores nothing and forgets everything. Prints its URL and ends with its parent.

import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import Fastify from 'fastify';

const key = createSecretKey(randomBytes(32));

function seal(plaintext: Buffer): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  );
}

function open(blob: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12));
  decipher.setAuthTag(blob.subarray(-16));
  return Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]).toString('base64');
}

interface Body {
  readonly KeyId: string;
  readonly Plaintext: string;
  readonly CiphertextBlob: string;
}

const operations: Readonly<Record<string, (body: Body) => object>> = {
  Encrypt: body => ({ KeyId: body.KeyId, CiphertextBlob: seal(Buffer.from(body.Plaintext, 'base64')) }),
  Decrypt: body => ({ KeyId: body.KeyId, Plaintext: open(Buffer.from(body.CiphertextBlob, 'base64')) }),
  GenerateDataKey(body) {
    const plaintext = randomBytes(32);
    return { KeyId: body.KeyId, Plaintext: plaintext.toString('base64'), CiphertextBlob: seal(plaintext) };
  },
};

const app = Fastify();
app.addContentTypeParser('application/x-amz-json-1.1', { parseAs: 'string' }, (_request, body, done) => {
  done(null, JSON.parse(String(body)));
});
app.post('/', async (request, reply) => {
  const name = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  const operation = operations[name];
  if (operation === undefined) return reply.code(400).send({ __type: 'UnknownOperationException' });
  return operation(request.body as Body);
});
await app.listen({ host: '127.0.0.1', port: 0 });
const address = app.server.address();
if (typeof address === 'object' && address !== null)
  process.stdout.write(`http://127.0.0.1:${address.port}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
