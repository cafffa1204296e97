// PEM (RFC 7468): one label, base64 in lines of 64 characters.

import { type Bytes, base64, decodeBase64 } from '../../base/bytes.ts';

export function writePem(label: string, content: Bytes): string {
  const lines = base64(content).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/** The contents of all blocks with one of the labels, in their order; undefined where a block is no base64. */
export function readPem(text: string, labels: readonly string[]): readonly Bytes[] | undefined {
  const contents: Bytes[] = [];
  for (const [, label = '', body = ''] of text.matchAll(BLOCK)) {
    if (!labels.includes(label)) continue;
    const content = decodeBase64(body.replace(/\s+/g, ''));
    if (content === undefined) return undefined;
    contents.push(content);
  }
  return contents;
}
