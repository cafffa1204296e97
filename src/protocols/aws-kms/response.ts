// Answers as bytes. Plaintexts are revealed here and nowhere else in this protocol: they go from their guarded form straight into the
// bytes of the answer, never through a string, and are wiped at once. Whoever sends the answer wipes it afterwards.

import { type Bytes, base64 } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import { base64Length, writeBase64 } from '../../wire/secret-base64.ts';
import type { AwsFault } from './fault.ts';

type OutputValue =
  | string
  | number
  | boolean
  | undefined
  | readonly OutputValue[]
  | { readonly [name: string]: OutputValue };

/** Members in AWS's names. What is undefined is left out: AWS sends no null. Blobs stand in the outermost object alone. */
export type AwsOutput = Readonly<Record<string, OutputValue | Bytes | SecretBytes>>;

/**
 * Disposes of the secret in the output, whatever happens; there is at most one. Bytes where there was a secret, to be wiped once they are
 * sent; a text otherwise, which node joins to the head of the answer and sends in one piece.
 */
export function encodeOutput(output: AwsOutput): Buffer | string {
  const open: Record<string, OutputValue> = {};
  let secretName = '';
  let secret: SecretBytes | undefined;
  for (const name in output) {
    const value = output[name];
    if (value instanceof SecretBytes) {
      secretName = name;
      secret = value;
    } else {
      open[name] = value instanceof Uint8Array ? base64(value) : (value as OutputValue);
    }
  }
  const text = JSON.stringify(open);
  return secret === undefined ? text : withSecret(text, secretName, secret);
}

/** `text` is a JSON object; the secret becomes its last member. */
function withSecret(text: string, name: string, secret: SecretBytes): Buffer {
  using scoped = secret;
  const bytes = revealSecretBytes(scoped);
  const head = `${text.slice(0, -1)}${text === '{}' ? '' : ','}"${name}":"`;
  const headBytes = Buffer.byteLength(head);
  // Not from the shared pool: the whole buffer is ours to wipe.
  const body = Buffer.alloc(headBytes + base64Length(bytes.length) + 2);
  body.write(head, 0, 'utf8');
  writeBase64(body, headBytes, bytes);
  body.write('"}', body.length - 2, 'latin1');
  return body;
}

export function encodeFault({ type, message }: AwsFault): string {
  return JSON.stringify({ __type: type, message });
}
