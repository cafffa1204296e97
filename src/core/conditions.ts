// Conditions of rules: one row per operator. A condition on an absent attribute does not hold, except where it says so: a deny that
// depends on an attribute which is not there must name `exists`.

import { BlockList, isIP } from 'node:net';
import type { Condition, ConditionOperator } from '../domain/rule.ts';

type Comparison = (actual: string, values: readonly string[]) => boolean;

const COMPARISONS: Readonly<Record<Exclude<ConditionOperator, 'exists'>, Comparison>> = {
  equals: (actual, values) => values.includes(actual),
  notEquals: (actual, values) => !values.includes(actual),
  like: (actual, values) => values.some(pattern => matchesPattern(actual, pattern)),
  notLike: (actual, values) => !values.some(pattern => matchesPattern(actual, pattern)),
  inNetwork: (actual, values) => values.some(network => inNetwork(actual, network)),
  notInNetwork: (actual, values) => !values.some(network => inNetwork(actual, network)),
};

export function conditionHolds(condition: Condition, attributes: Readonly<Record<string, string>>): boolean {
  const actual = Object.hasOwn(attributes, condition.attribute) ? attributes[condition.attribute] : undefined;
  if (condition.operator === 'exists') return condition.values.includes(String(actual !== undefined));
  if (actual === undefined) return condition.ifExists === true;
  return COMPARISONS[condition.operator](actual, condition.values);
}

/** `*` is any text, `?` any one character. Linear in text times stars: no regular expression that a pattern could blow up. */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let patternAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const wanted = pattern[patternAt];
    if (wanted === '*') {
      starAt = patternAt;
      patternAt += 1;
      resumeAt = at;
    } else if (wanted === '?' || wanted === text[at]) {
      patternAt += 1;
      at += 1;
    } else if (starAt >= 0) {
      // The last star takes one character more.
      resumeAt += 1;
      at = resumeAt;
      patternAt = starAt + 1;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === '*') patternAt += 1;
  return patternAt === pattern.length;
}

/** Whether the address lies in the CIDR block. A malformed block or address matches nothing. */
export function inNetwork(address: string, network: string): boolean {
  const parsed = parseNetwork(network);
  const plain = address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
  const family = isIP(plain);
  if (parsed === undefined || family === 0) return false;
  const list = new BlockList();
  list.addSubnet(parsed.base, parsed.prefixBits, parsed.family);
  return list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
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
