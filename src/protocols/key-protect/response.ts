// Answers as bytes. Key material and plaintexts are revealed here and nowhere else in this protocol: they go from their guarded form
// straight into the bytes of the answer, never through a string. Whoever sends the answer wipes it afterwards.

import { assert } from '../../base/assert.ts';
import { revealSecretBytes } from '../../base/secret-bytes.ts';
import { base64Length, writeBase64 } from '../../wire/secret-base64.ts';
import type { Answer, AnswerSecret } from './route.ts';

/** Disposes of the secret, whatever happens. */
export function encodeAnswer({ body, secret }: Answer): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  const text = JSON.stringify(body);
  return secret === undefined ? Buffer.from(text, 'utf8') : withSecret(text, secret);
}

/** `text` is a JSON object that is not empty, or a collection of one resource whose last member is the list of resources. */
function withSecret(text: string, { name, value, inResource }: AnswerSecret): Buffer {
  using secret = value;
  const bytes = revealSecretBytes(secret);
  const tail = inResource === true ? '}]}' : '}';
  assert(text.endsWith(tail), 'a secret goes to the end of its object');
  const head = `${text.slice(0, -tail.length)},${JSON.stringify(name)}:"`;
  const headBytes = Buffer.byteLength(head);
  // Not from the shared pool: the whole buffer is ours to wipe.
  const answer = Buffer.alloc(headBytes + base64Length(bytes.length) + 1 + tail.length);
  answer.write(head, 0, 'utf8');
  writeBase64(answer, headBytes, bytes);
  answer.write(`"${tail}`, answer.length - 1 - tail.length, 'latin1');
  return answer;
}
