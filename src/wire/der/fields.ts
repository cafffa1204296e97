// The parts of a SEQUENCE or SET, taken in their order: each by its type or its context tag. What nobody has taken is refused at the end.

import { childrenOf, type DerElement } from './element.ts';
import { DerRefusal } from './refusal.ts';
import { contextTag, DER_TYPES, type DerType, primitiveContextTag } from './types.ts';

export class DerFields {
  readonly #children: readonly DerElement[];
  #next = 0;

  /** Throws {@link DerRefusal} unless the element is constructed and of the type. */
  constructor(element: DerElement, type: 'sequence' | 'set' = 'sequence') {
    if (element.typeOctet !== DER_TYPES[type])
      throw new DerRefusal(`An element must be of the type ${type}.`);
    this.#children = childrenOf(element);
  }

  /** The next element, of whatever type. */
  any(): DerElement {
    const element = this.#children[this.#next];
    if (element === undefined) throw new DerRefusal('A structure ends before its last part.');
    this.#next += 1;
    return element;
  }

  one(type: DerType): DerElement {
    const element = this.optional(type);
    if (element === undefined) throw new DerRefusal(`A structure lacks a part of the type ${type}.`);
    return element;
  }

  optional(type: DerType): DerElement | undefined {
    return this.#take(DER_TYPES[type]);
  }

  /** What `[number] EXPLICIT` is around. */
  explicit(number: number): DerElement | undefined {
    const outer = this.#take(contextTag(number));
    if (outer === undefined) return undefined;
    const [inner, another] = childrenOf(outer);
    if (inner === undefined || another !== undefined)
      throw new DerRefusal('An explicit tag must be around one element.');
    return inner;
  }

  /** `[number] IMPLICIT` as the type in whose place it stands. */
  implicit(number: number, type: DerType): DerElement | undefined {
    const typeOctet = DER_TYPES[type];
    const isConstructed = type === 'sequence' || type === 'set';
    const element = this.#take(isConstructed ? contextTag(number) : primitiveContextTag(number));
    return element === undefined ? undefined : { ...element, typeOctet };
  }

  /** Everything that is left. */
  rest(): readonly DerElement[] {
    const left = this.#children.slice(this.#next);
    this.#next = this.#children.length;
    return left;
  }

  refuseOthers(): void {
    if (this.#next < this.#children.length)
      throw new DerRefusal('A structure has a part that is not known here.');
  }

  #take(typeOctet: number): DerElement | undefined {
    const element = this.#children[this.#next];
    if (element?.typeOctet !== typeOctet) return undefined;
    this.#next += 1;
    return element;
  }
}
