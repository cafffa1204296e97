// Payloads as bytes. They are revealed here and nowhere else in this protocol, and go straight into the bytes of the answer, never through
// a string. Whoever sends the answer wipes it afterwards.

import { type Bytes, wipe } from '../../base/bytes.ts';
import { revealSecretBytes } from '../../base/secret-bytes.ts';
import type { Secret } from '../../domain/secret.ts';
import { base64Length, writeBase64 } from '../../wire/secret-base64.ts';
import { answerType } from './payload.ts';
import type { Answer } from './route.ts';

export interface EncodedPayload {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Disposes of the secret, whatever happens. Throws 406. */
export function encodePayload({ revealed, asked }: NonNullable<Answer['payload']>): EncodedPayload {
  using material = revealed.material;
  const bytes = encode(revealSecretBytes(material), labelOf(revealed.secret));
  try {
    return { type: answerType(asked, bytes), bytes };
  } catch (thrown) {
    wipe(bytes);
    throw thrown;
  }
}

/** Undefined: no PEM. */
function labelOf({ form, type }: Secret): string | undefined {
  if (form === 'bytes') return undefined;
  if (form === 'encryptedPem') return 'ENCRYPTED PRIVATE KEY';
  return type === 'public' ? 'PUBLIC KEY' : 'PRIVATE KEY';
}

const LINE_CHARACTERS = 64;
const LINE_BYTES = (LINE_CHARACTERS / 4) * 3;

/** The bytes, or their PEM under the label (RFC 7468 section 2). Not from the shared pool: the whole buffer is ours to wipe. */
function encode(bytes: Bytes, label: string | undefined): Buffer {
  if (label === undefined) {
    const copy = Buffer.alloc(bytes.length);
    copy.set(bytes);
    return copy;
  }
  const head = `-----BEGIN ${label}-----\n`;
  const tail = `-----END ${label}-----\n`;
  const lines = Math.ceil(bytes.length / LINE_BYTES);
  const pem = Buffer.alloc(head.length + base64Length(bytes.length) + lines + tail.length);
  let at = pem.write(head, 0, 'latin1');
  for (let from = 0; from < bytes.length; from += LINE_BYTES) {
    const line = bytes.subarray(from, from + LINE_BYTES);
    writeBase64(pem, at, line);
    at += base64Length(line.length);
    at += pem.write('\n', at, 'latin1');
  }
  pem.write(tail, at, 'latin1');
  return pem;
}
