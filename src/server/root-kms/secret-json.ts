// JSON whose one secret member is base64 that never becomes a string: written into the bytes of a request, taken from those of an answer.

import { type Bytes, decodeUtf8, wipe } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import { base64Length, readBase64, takeSecretMember, writeBase64 } from '../../wire/secret-base64.ts';

/** The other members, and behind them the secret one. */
export function jsonWithSecret(
  members: Readonly<Record<string, unknown>>,
  name: string,
  secret: SecretBytes,
): Bytes {
  const text = JSON.stringify(members);
  const head = `${text.slice(0, -1)}${text === '{}' ? '' : ','}${JSON.stringify(name)}:"`;
  const headBytes = Buffer.byteLength(head);
  const body = Buffer.alloc(headBytes + base64Length(secret.length) + 2);
  body.write(head, 0, 'utf8');
  writeBase64(body, headBytes, revealSecretBytes(secret));
  body.write('"}', body.length - 2, 'latin1');
  return body;
}

/** The secret member at the depth; undefined where there is none. The bytes are wiped. */
export function takeSecret(json: Bytes, name: string, depth: number): SecretBytes | undefined {
  const ascii = takeSecretMember(json, name, { depth });
  const bytes = ascii === undefined ? undefined : readBase64(ascii);
  if (ascii !== undefined) wipe(ascii);
  wipe(json);
  return bytes === undefined ? undefined : SecretBytes.own(bytes);
}

/** An answer without a secret; an empty object for what is no JSON object. */
export function plainJson(json: Bytes): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(decodeUtf8(json));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
