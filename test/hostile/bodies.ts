// A good body, spoiled at every place in every way: one place after the other, so that whatever reads the rest reads that one as well.

import { CONFUSIONS, TEXTS } from './values.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

type Place = readonly (string | number)[];

/** JSON texts, few of them good: every value at every place, and every member missing, twice, and beside an unknown one. */
export function spoiled(
  good: Json,
  values: readonly string[] = [...CONFUSIONS, ...TEXTS],
): readonly string[] {
  const texts = placesIn(good).flatMap(place => values.map(value => printed(good, { at: place, value })));
  const members = placesIn(good).filter(place => typeof place.at(-1) === 'string');
  for (const at of members) {
    texts.push(printed(good, { at, missing: true }), printed(good, { at, twice: true }));
    texts.push(printed(good, { at, beside: '"unknown":1' }), printed(good, { at, beside: '"__proto__":{}' }));
  }
  return texts;
}

/** Bodies that are no JSON object in UTF-8, the good one somewhere in them. */
export function misencoded(good: Json): readonly (string | Uint8Array)[] {
  const text = JSON.stringify(good);
  const within = (...bytes: readonly number[]) =>
    Buffer.concat([
      Buffer.from('{"x":"'),
      Uint8Array.from(bytes),
      Buffer.from('",'),
      Buffer.from(text.slice(1)),
    ]);
  return [
    ...CONFUSIONS.filter(value => !value.startsWith('{')),
    text.slice(0, -1),
    text.slice(0, text.length / 2),
    `${text}}`,
    `${text}${text}`,
    `[${text}]`,
    text.replaceAll('"', "'"),
    text.replace('{', '{,'),
    `/* */${text}`,
    `\ufeff${text}`,
    `)]}'\n${text}`,
    Buffer.from(text, 'utf16le'),
    Buffer.concat([Uint8Array.of(0xff, 0xfe), Buffer.from(text, 'utf16le')]),
    within(0xed, 0xa0, 0x80),
    within(0xc0, 0xaf),
    within(0xf4, 0x90, 0x80, 0x80),
    within(0xe2, 0x28, 0xa1),
    within(0x80),
    within(0x00),
    within(0x0a),
    Buffer.concat([Uint8Array.of(0x1f, 0x8b, 0x08), Buffer.from(text)]),
    Buffer.alloc(24_000, '['),
    Buffer.alloc(24_000, '{"a":'),
    Buffer.alloc(200_000, ' '),
    Buffer.alloc(2_000_000, 'a'),
    Uint8Array.of(0),
  ];
}

function placesIn(value: Json, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => placesIn(item, [...at, index]))
    : Object.entries(value).flatMap(([name, member]) => placesIn(member as Json, [...at, name]));
  return [at, ...inner];
}

interface Change {
  readonly at: Place;
  readonly value?: string;
  readonly missing?: boolean;
  readonly twice?: boolean;
  /** A member as text. */
  readonly beside?: string;
}

function printed(value: Json, change: Change | undefined): string {
  if (change?.at.length === 0 && change.value !== undefined) return change.value;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((item: Json, index) => printed(item, within(change, index))).join(',')}]`;
  }
  const members = Object.entries(value).flatMap(([name, member]) => {
    const inner = within(change, name);
    if (inner?.at.length === 0 && inner.missing) return [];
    const text = `${JSON.stringify(name)}:${printed(member as Json, inner)}`;
    if (inner?.at.length !== 0) return [text];
    if (inner.twice) return [text, text];
    return inner.beside === undefined ? [text] : [text, inner.beside];
  });
  return `{${members.join(',')}}`;
}

function within(change: Change | undefined, step: string | number): Change | undefined {
  return change !== undefined && change.at[0] === step ? { ...change, at: change.at.slice(1) } : undefined;
}
