// Which slot holds the token that the settings name, and why it cannot be used.

import { KmsError } from '../../domain/errors.ts';
import type { TokenFacts } from './commands.ts';
import { isReason, PIN_REFUSED } from './fault.ts';
import { wordList } from './layout.ts';
import type { Library } from './library.ts';

/** Which token: by its label or its serial number. */
export interface TokenSelector {
  readonly label?: string | undefined;
  readonly serial?: string | undefined;
}

export interface SlotFacts extends Omit<TokenFacts, 'mechanisms'> {
  readonly slot: number;
}

/** Throws `sealed`, naming the tokens that there are. */
export function findToken(library: Library, { label, serial }: TokenSelector): SlotFacts {
  const slots = wordList((list, count) => library.call('C_GetSlotList', 1, list, count));
  const tokens = slots.map(slot => tokenFacts(library, slot));
  const found = tokens.filter(
    token =>
      (label === undefined || token.label === label) && (serial === undefined || token.serial === serial),
  );
  const [first, second] = found;
  const wanted = serial === undefined ? `the label "${label}"` : `the serial number "${serial}"`;
  if (first === undefined) {
    const others = tokens.map(token => token.label).filter(text => text !== '');
    throw new KmsError(
      'sealed',
      `The PKCS #11 library has no token with ${wanted}. It has: ${others.join(', ') || 'none'}.`,
    );
  }
  if (second !== undefined) {
    throw new KmsError(
      'sealed',
      `Several tokens have ${wanted}. Name the one that is meant by its serial number.`,
    );
  }
  return first;
}

/** CK_TOKEN_INFO: texts are filled up with spaces (v2.40 section 3.2). */
function tokenFacts(library: Library, slot: number): SlotFacts {
  const info = Buffer.alloc(TOKEN_INFO_BYTES);
  library.call('C_GetTokenInfo', slot, info);
  const textAt = (from: number, to: number) => info.toString('utf8', from, to).trimEnd();
  return {
    slot,
    label: textAt(0, 32),
    manufacturer: textAt(32, 64),
    model: textAt(64, 80),
    serial: textAt(80, 96),
  };
}

/** 96 bytes of texts, eleven words, two versions and a time, with room to spare. */
const TOKEN_INFO_BYTES = 256;

/** Throws nothing: the refusal of a login, told for the operator. */
export function pinRefusal(thrown: unknown, label: string): unknown {
  if (isReason(thrown, 'pinLocked')) {
    const message = `The PIN of token "${label}" is locked after too many wrong attempts. Its security officer must set a new one.`;
    return new KmsError('sealed', message, { token: label, [PIN_REFUSED]: 1 }, thrown);
  }
  if (isReason(thrown, 'pinIncorrect', 'pinInvalid', 'pinLenRange')) {
    return new KmsError(
      'sealed',
      `The PIN of token "${label}" is wrong.`,
      { token: label, [PIN_REFUSED]: 1 },
      thrown,
    );
  }
  if (isReason(thrown, 'pinExpired')) {
    return new KmsError(
      'sealed',
      `The PIN of token "${label}" has expired.`,
      { token: label, [PIN_REFUSED]: 1 },
      thrown,
    );
  }
  return thrown;
}
