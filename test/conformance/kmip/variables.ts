// The variables of a published conversation: what a request names by one is what an earlier answer has bound to it.

import { hex } from '../../../src/base/bytes.ts';
import type { TtlvItem } from '../../../src/wire/ttlv/index.ts';

export const VARIABLE = /^\$([A-Z_0-9]+?)([+-]\d+)?$/;

const ID = 'UNIQUE_IDENTIFIER';

export class Variables {
  readonly #texts = new Map<string, string>();
  /** Every value that the client has sent: what an answer prints beside these was made by the server that printed it. */
  readonly sent = new Set<string>();
  /** Which answer is looked at: all that Locate finds, or a page of it, where the order of what is found is open. */
  located: 'all' | 'page' | undefined;
  /** Of identifiers that a page has shown: each object stands on one page. */
  readonly #onPages = new Set<string>();
  /** By identifier: what the case calls the object in its attribute x-ID. */
  readonly #testIdentifiers = new Map<string, string>();
  readonly #now: number;

  /** `now`: seconds, of the server's clock at the beginning. */
  constructor(now: number) {
    this.#now = now;
  }

  /** What a variable stands for by now; of those that nobody has bound, something of the right shape. */
  textOf(value: string, type: string): string {
    const other = this.#texts.get(`= ${value.toLowerCase()}`);
    if (other !== undefined && (type === 'ByteString' || type === 'DateTime')) return other;
    const [, name = '', shift = '0'] = VARIABLE.exec(value) ?? [];
    if (name === '') return value;
    if (name === 'NOW') return new Date((this.#now + Number(shift)) * 1000).toISOString();
    const bound = this.#texts.get(name);
    if (bound !== undefined) return bound;
    return type === 'ByteString'
      ? '00'
      : type === 'DateTime'
        ? new Date(this.#now * 1000).toISOString()
        : name;
  }

  /** What was printed where the published run made something of its own; later requests mean ours. */
  standsFor(printed: string, made: string, name: string | undefined): void {
    this.#texts.set(`= ${printed.toLowerCase()}`, made);
    // One file prints what was made, and asks for it by a variable afterwards.
    const variable = name === 'Data' ? 'DATA_0' : name === 'IVCounterNonce' ? 'IV_COUNTER_NONCE' : undefined;
    if (variable !== undefined && !this.#texts.has(variable)) this.#texts.set(variable, made);
  }

  /** True once it is bound to that, or was. */
  bind(value: string, actual: TtlvItem): boolean {
    const [, name = ''] = VARIABLE.exec(value) ?? [];
    if (name === 'NOW') return true;
    const text = actual.type === 'ByteString' ? hex(actual.content) : actual.text;
    // Each client has an id of its own for a message; what was made from randomness is new each time.
    if (!this.#texts.has(name) || !/^(SHORT_)?UNIQUE_IDENTIFIER/.test(name)) this.#texts.set(name, text);
    if (this.#texts.get(name) !== text && this.located !== undefined) this.#exchange(name, text);
    if (this.located === 'page' && name.startsWith(ID)) this.#onPages.add(name);
    return this.#texts.get(name) === text;
  }

  /** From here on the printed identifier stands for the object that was found in its place, and that one's for the other object. */
  #exchange(name: string, text: string): void {
    const mine = this.#texts.get(name);
    const other = [...this.#texts].find(([each, id]) => id === text && each.startsWith(ID))?.[0];
    if (mine === undefined || other === undefined || this.#onPages.has(other)) return;
    this.#texts.set(other, mine);
    this.#texts.set(name, text);
  }

  /** What the client has called an object by which it knows it again. */
  noteTestIdentifier(id: string, text: string): void {
    this.#testIdentifiers.set(id, text);
  }

  /** What the attribute x-ID of an object has to be where it may stand in the place of another one. */
  testIdentifierOf(id: string): string | undefined {
    return this.#onPages.size === 0 ? undefined : this.#testIdentifiers.get(id);
  }

  copy(): Variables {
    const copy = new Variables(this.#now);
    copy.located = this.located;
    copy.take(this);
    for (const text of this.sent) copy.sent.add(text);
    for (const [id, text] of this.#testIdentifiers) copy.#testIdentifiers.set(id, text);
    return copy;
  }

  take(other: Variables): void {
    for (const [name, text] of other.#texts) this.#texts.set(name, text);
    for (const name of other.#onPages) this.#onPages.add(name);
  }
}
