// Conditions of rules: one row per operator. On an absent attribute the plain operators do not hold and the `not` operators do, as in
// AWS: "deny unless the department is sales" is not evaded by naming no department. `ifExists` makes either hold.

import { BlockList, isIP } from 'node:net';
import { assert } from '../base/assert.ts';
import type { Condition, ConditionOperator } from '../domain/rule.ts';

type Comparison = (actual: string, values: readonly string[]) => boolean;

const COMPARISONS: Readonly<Record<Exclude<ConditionOperator, 'exists'>, Comparison>> = {
  equals: (actual, values) => values.includes(actual),
  notEquals: (actual, values) => !values.includes(actual),
  like: (actual, values) => values.some(pattern => matchesPattern(actual, pattern)),
  notLike: (actual, values) => !values.some(pattern => matchesPattern(actual, pattern)),
  inNetwork: (actual, values) => inSomeNetwork(actual, values),
  notInNetwork: (actual, values) => !inSomeNetwork(actual, values),
};

const HOLDS_ON_ABSENCE: ReadonlySet<ConditionOperator> = new Set(['notEquals', 'notLike', 'notInNetwork']);

export function conditionHolds(condition: Condition, attributes: Readonly<Record<string, string>>): boolean {
  const actual = Object.hasOwn(attributes, condition.attribute) ? attributes[condition.attribute] : undefined;
  if (condition.operator === 'exists') return condition.values.includes(String(actual !== undefined));
  if (actual === undefined) return condition.ifExists === true || HOLDS_ON_ABSENCE.has(condition.operator);
  return COMPARISONS[condition.operator](actual, condition.values);
}

/** `*` is any text, `?` any one character. At most 32 steps for each character of the text: whoever writes a rule holds nobody up. */
export function matchesPattern(text: string, pattern: string): boolean {
  const [first = '', ...pieces] = pattern.split('*');
  const last = pieces.pop();
  if (last === undefined) return text.length === first.length && standsAt(text, first, 0);
  const end = text.length - last.length;
  if (end < first.length || !standsAt(text, first, 0) || !standsAt(text, last, end)) return false;
  let from = first.length;
  for (const piece of pieces) {
    const at = piece.length <= WORD_BITS ? find(text, piece, from, end) : findLong(text, piece, from, end);
    if (at === undefined) return false;
    from = at + piece.length;
  }
  return true;
}

const WORD_BITS = 32;
/** The longest piece that may be looked for: 32 words. */
const PIECE_CHARACTERS_MAX = WORD_BITS * WORD_BITS;

function standsAt(text: string, piece: string, start: number): boolean {
  for (let at = 0; at < piece.length; at += 1) {
    if (piece[at] !== '?' && piece[at] !== text[start + at]) return false;
  }
  return true;
}

/** Where the piece first stands, from `from` on and before `end`. */
function find(text: string, piece: string, from: number, end: number): number | undefined {
  for (let at = from; at + piece.length <= end; at += 1) if (standsAt(text, piece, at)) return at;
  return undefined;
}

/**
 * The same for a long piece, by the shift-and algorithm (Baeza-Yates and Gonnet, 1992): bit n of the state says that the n + 1 characters
 * up to here are the beginning of the piece.
 */
function findLong(text: string, piece: string, from: number, end: number): number | undefined {
  assert(piece.length <= PIECE_CHARACTERS_MAX, 'a pattern has the length that a rule may give it');
  const words = Math.ceil(piece.length / WORD_BITS);
  const bitsWhere = (fits: (character: string | undefined) => boolean): Uint32Array => {
    const bits = new Uint32Array(words);
    for (let at = 0; at < piece.length; at += 1) {
      if (fits(piece[at])) bits[at >> 5] = (bits[at >> 5] ?? 0) | (1 << (at & 31));
    }
    return bits;
  };
  const masks = new Map([...new Set(piece)].map(one => [one, bitsWhere(its => its === one || its === '?')]));
  const anyCharacter = bitsWhere(its => its === '?');
  const state = new Uint32Array(words);
  const lastBit = 1 << ((piece.length - 1) & 31);
  for (let at = from; at < end; at += 1) {
    const mask = masks.get(text[at] ?? '') ?? anyCharacter;
    let carried = 1;
    for (let word = 0; word < words; word += 1) {
      const before = state[word] ?? 0;
      state[word] = ((before << 1) | carried) & (mask[word] ?? 0);
      carried = before >>> 31;
    }
    if (((state[words - 1] ?? 0) & lastBit) !== 0) return at - piece.length + 1;
  }
  return undefined;
}

/** Whether the address lies in the CIDR block. A malformed block or address matches nothing. */
export function inNetwork(address: string, network: string): boolean {
  return inSomeNetwork(address, [network]);
}

/** An allow-list may have a thousand networks, and is asked for every request: what is made of a list is kept while the list is. */
const lists = new WeakMap<readonly string[], BlockList>();

function inSomeNetwork(address: string, networks: readonly string[]): boolean {
  const plain = address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
  const family = isIP(plain);
  if (family === 0) return false;
  const list = lists.get(networks) ?? listOf(networks);
  lists.set(networks, list);
  return list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const parsed = parseNetwork(network);
    if (parsed !== undefined) list.addSubnet(parsed.base, parsed.prefixBits, parsed.family);
  }
  return list;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address; undefined when it is none of these. */
export function parseNetwork(
  network: string,
): { readonly base: string; readonly prefixBits: number; readonly family: 'ipv4' | 'ipv6' } | undefined {
  const slash = network.indexOf('/');
  const base = slash < 0 ? network : network.slice(0, slash);
  const version = isIP(base);
  if (version === 0) return undefined;
  const widestBits = version === 4 ? 32 : 128;
  const prefixText = slash < 0 ? String(widestBits) : network.slice(slash + 1);
  const prefixBits = Number(prefixText);
  if (!/^\d{1,3}$/.test(prefixText) || prefixBits > widestBits) return undefined;
  return { base, prefixBits, family: version === 4 ? 'ipv4' : 'ipv6' };
}
