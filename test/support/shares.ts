// A share as somebody would forge it who has seen another one: its set and number, another secret, and a check that fits.

import { createHash, randomBytes } from 'node:crypto';

const HEAD = 'khs1';
const SET_AND_NUMBER_DIGITS = 10;

export function forgedShare(share: string): string {
  const digits = share.replaceAll('-', '').slice(HEAD.length, HEAD.length + SET_AND_NUMBER_DIGITS);
  const body = Buffer.concat([Buffer.from(digits, 'hex'), randomBytes(32)]);
  const check = createHash('sha256').update('keyhold share check v1').update(body).digest('hex').slice(0, 6);
  return HEAD + body.toString('hex') + check;
}
